//! The worlds that a run may begin in, as far as what is watched can tell them apart, and what is
//! so of what nobody knows: each a full set of values. It must not know what happens in them.

use super::actor::Fields;
use super::sight::{Watched, is_broken, known};
use std::collections::{BTreeMap, BTreeSet};
use windlass_model::expr::paths::path_of;
use windlass_model::expr::{BinaryOp, Node};
use windlass_model::run::LaneId;
use windlass_model::{Side, StepIdx, Value};
use windlass_prover::Outline;
use windlass_prover::facts::{Atom, Facts};
use windlass_prover::focus::Field;
use windlass_prover::invariant::Claim;
use windlass_prover::judge::{Truth, truth};
use windlass_prover::unknown::{open_text, unknown};

/// Worlds of one condition that are begun in. More of them differ in what no shipped file says.
const WORLDS_MAX: usize = 400;

/// A world before a run, and what is so of values that nobody knows.
pub struct Before {
    /// The fields.
    pub world: Fields,
    /// What is so.
    pub facts: Facts,
}

/// Every such world in which all conditions hold.
pub fn all(outline: &Outline, watched: &Watched, lanes: &[LaneId]) -> Result<Vec<Before>, String> {
    let mut about = watched.fields();
    let claims: Vec<Claim> =
        Claim::all(&outline.def).into_iter().chain(Claim::given(&outline.def)).collect();
    let touches = |claim: &&Claim| claim.fields().iter().any(|field| about.contains(field));
    let premises: Vec<&Claim> = claims.iter().filter(touches).collect();
    about.extend(premises.iter().flat_map(|claim| claim.fields()));
    let about: BTreeSet<Field> = about.into_iter().collect();
    let texts = texts(outline, &about);
    let mut words = words(outline, &premises, &about);
    if let Watched::Stopped(field) = watched {
        // It ran before, whether or not any step says so.
        let truths = [true, false].map(|truth| equal(&Value::Bool(truth)));
        words.entry(field.clone()).or_default().extend(truths);
    }
    let mut found = Vec::new();
    for facts in conditions(outline, lanes) {
        spread(&facts, &texts, &words, &mut |facts| {
            // All other fields are left out of these worlds.
            let before = |field: &Field| unknown(&format!("{}.{}", field.0, field.1));
            let world = about.iter().map(|field| (field.clone(), known(&before(field), facts)));
            let world: Fields = world.collect();
            let broken = |claim: &&Claim| is_broken(claim, &outline.def, &world, facts);
            let right = !premises.iter().any(broken) && fits(watched, &world);
            if right {
                found.push(Before { world, facts: facts.clone() });
            }
            found.len() <= WORLDS_MAX
        });
    }
    match found.len() > WORLDS_MAX {
        true => Err(format!("there are more than {WORLDS_MAX} worlds to begin in")),
        false => Ok(found),
    }
}

/// Whether a world is one in which what is watched can be broken by the run.
fn fits(watched: &Watched, world: &Fields) -> bool {
    match watched {
        Watched::Stopped(field) => world.get(field) == Some(&Value::Bool(true)),
        Watched::Claim(_) | Watched::Deleted(_) => true,
    }
}

/// What the fields can be of which not all is known: before the run, and as steps set them.
fn texts(outline: &Outline, about: &BTreeSet<Field>) -> Vec<(String, Field)> {
    let before = about.iter().map(|field| (unknown(&format!("{}.{}", field.0, field.1)), field));
    let set = set(outline, about);
    let all = before.chain(set.iter().map(|(field, value)| (value.clone(), field)));
    let open =
        |(value, field): (Value, &Field)| Some((open_text(&value)?.to_owned(), field.clone()));
    all.filter_map(open).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The values that steps set the fields to, their undoing included.
fn set(outline: &Outline, about: &BTreeSet<Field>) -> Vec<(Field, Value)> {
    let mut values = Vec::new();
    for sketch in &outline.sketches {
        let undo = match &sketch.undo {
            windlass_prover::outline::Undo::Set(effects) => effects.as_slice(),
            _ => &[],
        };
        for effect in sketch.effects.iter().chain(undo) {
            let field = (effect.resource.clone(), effect.field.clone());
            if about.contains(&field) {
                values.push((field, effect.value.clone()));
            }
        }
    }
    values
}

/// What a field may be that conditions ask for, or steps set: each beside something else.
type Words = BTreeMap<Field, BTreeSet<Atom>>;

fn words(outline: &Outline, premises: &[&Claim], about: &BTreeSet<Field>) -> Words {
    let mut found = Words::new();
    for (field, value) in set(outline, about) {
        if open_text(&value).is_none() {
            found.entry(field).or_default().insert(equal(&value));
        }
    }
    for claim in premises {
        asks(&claim.expr.node, claim.item.as_deref(), &mut found);
    }
    found
}

fn equal(value: &Value) -> Atom {
    Atom::Equal(String::new(), value.to_string())
}

/// What a condition asks of which field.
fn asks(node: &Node, item: Option<&str>, found: &mut Words) {
    let field = |node: &Node| match (path_of(node).as_deref(), item) {
        (Some(["item", field]), Some(item)) => Some((item.to_owned(), (*field).to_owned())),
        (Some(["resources", name, field]), _) => Some(((*name).to_owned(), (*field).to_owned())),
        _ => None,
    };
    let mut note = |of: Option<Field>, atom: Atom| {
        let words = of.map(|field| found.entry(field).or_default());
        words.into_iter().for_each(|words| words.extend([atom.clone()]));
    };
    match node {
        Node::Binary { op: BinaryOp::Equal | BinaryOp::NotEqual, left, right } => {
            for (one, other) in [(left, right), (right, left)] {
                if let Node::Literal(value) = &**other {
                    note(field(one), equal(value));
                }
            }
        }
        Node::Call { target: Some(target), args, function } if function == "startsWith" => {
            if let Some(Node::Literal(Value::String(with))) = args.first() {
                note(field(target), Atom::Begins(String::new(), with.clone()));
            }
        }
        Node::Binary { left, right, .. } => {
            asks(left, item, found);
            asks(right, item, found);
        }
        Node::Unary { of, .. } => asks(of, item, found),
        // A field by itself is asked whether it is true.
        node => {
            for truth in [true, false] {
                note(field(node), equal(&Value::Bool(truth)));
            }
        }
    }
}

/// Each choice of a word for each text.
fn spread(
    facts: &Facts,
    texts: &[(String, Field)],
    words: &Words,
    each: &mut dyn FnMut(&Facts) -> bool,
) -> bool {
    let Some(((text, field), rest)) = texts.split_first() else { return each(facts) };
    for word in words.get(field).into_iter().flatten() {
        let atom = match word {
            Atom::Equal(_, json) => Atom::Equal(text.clone(), json.clone()),
            Atom::Begins(_, with) => Atom::Begins(text.clone(), with.clone()),
            Atom::True(_) => continue,
        };
        // What is known of a text bars most words.
        let fits = facts.holds(&atom) != Some(false);
        if fits && !spread(&facts.with(atom, true), rest, words, each) {
            return false;
        }
    }
    let truths = [true, false].map(|truth| equal(&Value::Bool(truth)));
    let is_truth = words.get(field).is_some_and(|words| truths.iter().all(|t| words.contains(t)));
    // Something else, where there is something else.
    is_truth || spread(facts, rest, words, each)
}

/// Each way in which the conditions of these lanes may turn out.
fn conditions(outline: &Outline, lanes: &[LaneId]) -> Vec<Facts> {
    let mut all = vec![Facts::default()];
    for lane in lanes {
        let Some(expr) = outline.hangs_on(*lane) else { continue };
        let mut open = std::mem::take(&mut all);
        while let Some(facts) = open.pop() {
            match truth(expr, &outline.scope(lane.0), &facts) {
                Truth::Known(_) => all.push(facts),
                Truth::Open(atom) => {
                    open.extend([true, false].map(|holds| facts.with(atom.clone(), holds)));
                }
            }
        }
    }
    all
}

/// The lanes of a workflow.
pub fn lanes(outline: &Outline) -> Vec<LaneId> {
    let steps = 0..outline.sketches.len() as StepIdx;
    steps.flat_map(|at| [(at, Side::Forward), (at, Side::Undo)]).collect()
}
