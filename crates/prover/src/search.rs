//! The search: every situation that can be reached, the nearest first, so that the first breach
//! found is told by the shortest story. It must not know what a breach is.

use crate::facts::Facts;
use crate::moves::{Move, Moves, Refused, Settled};
use crate::state::{Key, State};
use std::collections::{HashSet, VecDeque};

/// Situations by what they are known by.
pub type Seen = HashSet<Key>;

/// A way to a situation.
pub type Way = Vec<Move>;

/// What a search came to.
#[derive(Debug)]
pub enum Found<B> {
    /// All situations were looked at, and none is a breach.
    Nothing,
    /// The nearest breach, the way to it, and what must be so for it.
    Breach(B, Way, Facts),
    /// There are more situations than were to be looked at.
    TooMany,
}

/// A search, with its size.
#[derive(Debug)]
pub struct Searched<B> {
    /// What it came to.
    pub found: Found<B>,
    /// Situations that were looked at.
    pub states: usize,
    /// These situations.
    pub seen: Seen,
}

/// Where a situation was reached from: the position of the one before, and what happened.
struct Step {
    from: usize,
    made: Move,
}

/// Looks at every situation, at most so many. `breach` says what is wrong with one, and what must
/// be so of values that nobody knows for that.
pub fn search<B>(
    moves: &Moves<'_>,
    states_max: usize,
    breach: &mut dyn FnMut(&State) -> Option<(B, Facts)>,
) -> Result<Searched<B>, Refused> {
    search_on(moves, states_max, moves.first()?, &Seen::new(), breach)
}

/// Looks at every situation that some lead to, but for those that were looked at before.
pub fn search_on<B>(
    moves: &Moves<'_>,
    states_max: usize,
    from: Vec<State>,
    before: &Seen,
    breach: &mut dyn FnMut(&State) -> Option<(B, Facts)>,
) -> Result<Searched<B>, Refused> {
    let mut seen = Seen::new();
    let mut steps: Vec<Option<Step>> = vec![None];
    let mut open: VecDeque<(usize, State)> = from.into_iter().map(|state| (0, state)).collect();
    let mut found = Found::Nothing;
    while let Some((at, state)) = open.pop_front() {
        // What happens by itself changes nothing of the world, so it is looked at afterwards.
        let settled = moves.settle_down(state)?;
        let next = match settled {
            Settled::Hangs(state, atom) => [true, false]
                .map(|holds| {
                    let facts = state.facts.with(atom.clone(), holds);
                    (Move::Assume(atom.clone(), holds), State { facts, ..(*state).clone() })
                })
                .to_vec(),
            Settled::Rests(state) => {
                let key = state.key();
                if before.contains(&key) || !seen.insert(key) {
                    continue;
                }
                if let Some((breach, facts)) = breach(&state) {
                    found = Found::Breach(breach, way(&steps, at), facts);
                    break;
                }
                if seen.len() > states_max {
                    found = Found::TooMany;
                    break;
                }
                moves.next(&state)?
            }
        };
        for (made, state) in next {
            let counts = moves.counts(&made);
            steps.push(Some(Step { from: at, made }));
            // What does not count is as near as what it comes from.
            match counts {
                true => open.push_back((steps.len() - 1, state)),
                false => open.push_front((steps.len() - 1, state)),
            }
        }
    }
    Ok(Searched { found, states: seen.len(), seen })
}

fn way(steps: &[Option<Step>], mut at: usize) -> Way {
    let mut way = Vec::new();
    while let Some(Some(step)) = steps.get(at) {
        way.push(step.made.clone());
        at = step.from;
    }
    way.reverse();
    way
}
