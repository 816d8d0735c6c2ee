//! Judging a rehearsal by the clean one: each effect as often, the same end, the same world.

use super::fault::StepFault;
use super::invariants;
use super::play::Played;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use windlass_model::{Phase, Workflow};

/// Effects and how often they took place, by kind and target.
pub type Effects = BTreeMap<(String, String), usize>;

/// What is wrong with a rehearsal; nothing where all is well.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Effects that took place more often than without the crash.
    pub doubled: Vec<String>,
    /// Effects that did not take place.
    pub missing: Vec<String>,
    /// Invariants that were broken.
    pub broken: Vec<String>,
    /// An end, or a world in the end, that is not as it should be.
    pub otherwise: Vec<String>,
}

impl Verdict {
    /// Whether all is well.
    pub fn is_well(&self) -> bool {
        self.reasons().next().is_none()
    }

    /// All that is wrong.
    pub fn reasons(&self) -> impl Iterator<Item = &String> {
        self.doubled.iter().chain(&self.missing).chain(&self.broken).chain(&self.otherwise)
    }
}

/// The effects of a ledger.
pub fn effects(played: &Played) -> Effects {
    let mut effects = Effects::new();
    for entry in &played.ledger {
        let kind = serde_json::to_value(entry.change.effect).unwrap_or_default();
        let kind = kind.as_str().unwrap_or_default().to_owned();
        *effects.entry((kind, entry.change.target.clone())).or_default() += 1;
    }
    effects
}

/// Judges a rehearsal that must end like the clean one.
pub fn like_clean(workflow: &Workflow, clean: &Played, played: &Played) -> Verdict {
    let mut verdict = kept(workflow, played);
    let (wanted, took_place) = (effects(clean), effects(played));
    for key in wanted.keys().chain(took_place.keys().filter(|key| !wanted.contains_key(key))) {
        let (want, have) = (wanted.get(key).unwrap_or(&0), took_place.get(key).unwrap_or(&0));
        let said = format!("{} of {}: {have} times, not {want}", key.0, key.1);
        match have.cmp(want) {
            std::cmp::Ordering::Greater => verdict.doubled.push(said),
            std::cmp::Ordering::Less => verdict.missing.push(said),
            std::cmp::Ordering::Equal => {}
        }
    }
    if played.phase != clean.phase {
        let why = played.why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        verdict.otherwise.push(format!("the run {}, not {}{why}", played.phase, clean.phase));
    }
    verdict.otherwise.extend(difference(&clean.after, &played.after));
    verdict
}

/// Judges a rehearsal in which a step failed for good: the run must not succeed, and what it says
/// is rolled back must be.
pub fn of_failure(workflow: &Workflow, clean: &Played, played: &Played, of: &StepFault) -> Verdict {
    if of.how.passes() || played.phase == clean.phase && effects(played) == effects(clean) {
        return like_clean(workflow, clean, played);
    }
    let mut verdict = kept(workflow, played);
    match played.phase {
        Phase::Failed | Phase::Stuck => {}
        Phase::RolledBack => {
            let left = difference(&played.before, &played.after);
            verdict.otherwise.extend(left.map(|left| format!("rolled back, but {left}")));
        }
        phase => verdict.otherwise.push(format!("the run {phase} although {of}")),
    }
    verdict
}

fn kept(workflow: &Workflow, played: &Played) -> Verdict {
    let broken = invariants::broken(workflow, &played.ledger);
    let told = |said: &String| format!("the run says what is not so: {said}");
    let otherwise = played.mistold.iter().map(told).collect();
    Verdict { broken, otherwise, ..Verdict::default() }
}

/// Parts of the simulated world that a release is about.
const PARTS: [&str; 2] = ["sites", "servers"];

/// Keys whose values are of one making: versions, ids, what Azure remembers of swaps and of deleted
/// databases, and how many requests were shared out.
const OF_ONE_MAKING: [&str; 11] = [
    "etag",
    "stamp",
    "database_id",
    "id",
    "revision",
    "tags",
    "dropped",
    "restorable",
    "swaps",
    "swapped",
    "shared_out",
];

/// The first difference of two worlds, as a sentence.
fn difference(want: &Value, have: &Value) -> Option<String> {
    PARTS.iter().find_map(|part| {
        let (want, have) = (lasting(&want[*part]), lasting(&have[*part]));
        let (path, want, have) = first(&want, &have, (*part).to_owned())?;
        Some(format!("in the end {path} is {have}, not {want}"))
    })
}

/// A value without what is of one moment or one making.
fn lasting(value: &Value) -> Value {
    match value {
        Value::Array(list) => {
            let mut list: Vec<Value> = list.iter().map(lasting).collect();
            // Parallel steps make things in any order.
            list.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
            Value::Array(list)
        }
        Value::Object(map) => {
            let stays = map.iter().filter(|(key, _)| !OF_ONE_MAKING.contains(&key.as_str()));
            let pairs = stays.map(|(key, value)| (key.clone(), lasting(value)));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        Value::String(text) if text.parse::<jiff::Timestamp>().is_ok() => Value::from("a time"),
        other => other.clone(),
    }
}

fn first(want: &Value, have: &Value, path: String) -> Option<(String, Value, Value)> {
    match (want, have) {
        (Value::Array(wants), Value::Array(haves)) if wants.len() == haves.len() => {
            let mut pairs = wants.iter().zip(haves).enumerate();
            pairs.find_map(|(at, (want, have))| {
                let name = want["name"].as_str().map_or_else(|| at.to_string(), str::to_owned);
                first(want, have, format!("{path}.{name}"))
            })
        }
        (Value::Object(wants), Value::Object(haves)) if wants.keys().eq(haves.keys()) => {
            let mut pairs = wants.iter().map(|(key, want)| (key, want, &haves[key]));
            pairs.find_map(|(key, want, have)| first(want, have, format!("{path}.{key}")))
        }
        (want, have) if want == have => None,
        (want, have) => Some((path, want.clone(), have.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_world_differs_by_what_lasts_and_the_place_is_named() {
        let world = |database: &str, at: &str| {
            json!({ "sites": [{ "name": "qa4", "etag": at, "app": { "database": database,
                "modified": at } }], "servers": [] })
        };
        let (one, later) = ("2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z");
        assert_eq!(difference(&world("a", one), &world("a", later)), None);
        let said = difference(&world("a", one), &world("b", one)).unwrap();
        assert_eq!(said, "in the end sites.qa4.app.database is \"b\", not \"a\"");
        let both = |names: [&str; 2]| {
            let made = names.map(|name| json!({ "name": name, "online": true }));
            json!({ "sites": [], "servers": [{ "name": "sql", "databases": made }] })
        };
        assert_eq!(difference(&both(["a", "b"]), &both(["b", "a"])), None);
        let gone = json!({ "sites": [], "servers": [] });
        assert!(difference(&world("a", one), &gone).unwrap().starts_with("in the end sites is"));
    }
}
