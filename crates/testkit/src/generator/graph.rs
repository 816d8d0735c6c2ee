//! The shape of a workflow: chains, parallel branches, groups of `for_each` with their joins. It
//! must not know what the steps do.

use crate::prng::Prng;
use std::collections::BTreeSet;

/// A place in the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The step's name.
    pub id: String,
    /// The places that it needs, by position.
    pub needs: Vec<usize>,
    /// The element of its group, where it is one of a `for_each`.
    pub item: Option<u64>,
    /// Whether it only joins its group.
    pub join: bool,
}

/// Steps that a workflow may have beside joins: enough for every pair of features to meet, few
/// enough to be read when a seed fails.
const STEPS_MAX: u64 = 12;

/// Makes a graph.
pub fn graph(prng: &mut Prng) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    // What may be needed: steps that stand alone, and joins.
    let mut heads: Vec<usize> = Vec::new();
    let steps = prng.between(2, STEPS_MAX);
    let mut made = 0;
    while made < steps {
        let needs = needs(prng, &heads);
        if prng.percent(15) && made + 2 <= steps {
            let items = prng.between(2, 4.min(steps - made));
            let group = format!("each{made}");
            let first = places.len();
            for item in 0..items {
                let id = format!("{group}[{item}]");
                places.push(Place { id, needs: needs.clone(), item: Some(item), join: false });
            }
            let inside = (first..places.len()).collect();
            heads.push(places.len());
            places.push(Place { id: group, needs: inside, item: None, join: true });
            made += items;
        } else {
            heads.push(places.len());
            places.push(Place { id: format!("s{made}"), needs, item: None, join: false });
            made += 1;
        }
    }
    places
}

/// Mostly the one before; sometimes several; sometimes none, which begins a branch.
fn needs(prng: &mut Prng, heads: &[usize]) -> Vec<usize> {
    let Some(last) = heads.last() else { return Vec::new() };
    match prng.below(100) {
        0..=44 => vec![*last],
        45..=64 => Vec::new(),
        _ => {
            let count = prng.between(1, 3);
            let some: BTreeSet<usize> = (0..count).map(|_| *prng.pick(heads)).collect();
            some.into_iter().collect()
        }
    }
}

/// Everything that a place comes after.
pub fn ancestors(places: &[Place], of: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut next = places[of].needs.clone();
    while let Some(at) = next.pop() {
        if found.insert(at) {
            next.extend(&places[at].needs);
        }
    }
    found
}
