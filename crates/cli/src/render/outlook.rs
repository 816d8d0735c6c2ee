//! What a run would change in the world as it is, and how long its steps took before: the shapes,
//! and their words. It must not know how the world was looked at.

use super::duration::span;
use super::values::plain;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use windlass_model::run::Run;
use windlass_model::sight::Sight;
use windlass_model::{Millis, Side, StepId, StepIdx};

/// Fields of one step that a plan shows; the rest is counted.
const FIELDS_SHOWN: usize = 6;

/// How something is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// It was looked at.
    Probed,
    /// It follows from what was looked at and what earlier steps will have done.
    Computed,
    /// Only the run will know.
    Unknown,
}

impl Mark {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Probed => "probed",
            Self::Computed => "computed",
            Self::Unknown => "unknown",
        }
    }
}

/// A field of the world that a step would set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Turn {
    /// The resource.
    pub resource: String,
    /// The field.
    pub field: String,
    /// Its value before the step, where that is known.
    pub from: Option<Value>,
    /// Its value after it, where that is known.
    pub to: Option<Value>,
    /// How both are known.
    pub mark: Mark,
}

/// Something that a look told of a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Told {
    /// In words.
    pub words: String,
    /// How it is known.
    pub mark: Mark,
    /// Whether the service said that one may not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
}

/// How long something took in earlier runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Took {
    /// The least.
    pub least_ms: Millis,
    /// The most.
    pub most_ms: Millis,
    /// In how many runs.
    pub runs: usize,
}

impl Took {
    /// Of some spans; none of none.
    pub fn of(spans: &[Millis]) -> Option<Self> {
        let (least, most) = (spans.iter().min()?, spans.iter().max()?);
        Some(Self { least_ms: *least, most_ms: *most, runs: spans.len() })
    }

    /// In words: `6m00s to 11m20s, last 5 runs`.
    pub fn words(&self) -> String {
        let (least, most) = (span(self.least_ms), span(self.most_ms));
        let took = if least == most { least } else { format!("{least} to {most}") };
        match self.runs {
            1 => format!("{took}, in the last run"),
            runs => format!("{took}, last {runs} runs"),
        }
    }
}

/// What is known of a run before it begins.
#[derive(Clone, Debug, Default)]
pub struct Outlook {
    /// The fields that each step would set.
    pub turns: BTreeMap<StepIdx, Vec<Turn>>,
    /// What a look told of each step.
    pub told: BTreeMap<StepIdx, Vec<Told>>,
    /// How long each took.
    pub took: BTreeMap<(StepId, Side), Took>,
    /// How long people took to answer each question.
    pub answered: BTreeMap<StepId, Took>,
    /// A run of which nothing has happened, but for the outputs that are known already.
    pub known: Option<Run>,
    /// The world as it was seen.
    pub sight: Sight,
    /// What is to be said of the looks as a whole.
    pub notes: Vec<String>,
}

impl Outlook {
    /// The lines of one step.
    pub fn lines(&self, at: StepIdx, step: &StepId) -> Vec<String> {
        let turns = self.turns.get(&at).map(Vec::as_slice).unwrap_or_default();
        let mut lines: Vec<String> = turns.iter().take(FIELDS_SHOWN).map(turned).collect();
        if let Some(more) = turns.len().checked_sub(FIELDS_SHOWN).filter(|more| *more > 0) {
            lines.push(format!("and {more} fields more"));
        }
        let told = self.told.get(&at).into_iter().flatten();
        lines.extend(told.map(|told| format!("{}  [{}]", told.words, told.mark.word())));
        let took = self.took.get(&(step.clone(), Side::Forward));
        lines.extend(took.map(|took| format!("took {}", took.words())));
        let answered = self.answered.get(step);
        lines.extend(answered.map(|took| format!("answered after {}", took.words())));
        lines
    }

    /// What programs read of one step.
    pub fn json(&self, at: StepIdx, step: &StepId) -> Value {
        json!({
            "changes": self.turns.get(&at).map(Vec::as_slice).unwrap_or_default(),
            "looked": self.told.get(&at).map(Vec::as_slice).unwrap_or_default(),
            "took": self.took.get(&(step.clone(), Side::Forward)),
            "answered_after": self.answered.get(step),
            "undo_took": self.took.get(&(step.clone(), Side::Undo)),
        })
    }
}

/// A value in a few words; of a map, how many entries it has.
fn short(value: &Value) -> String {
    match value {
        Value::Object(map) => format!("{} entries", map.len()),
        value => plain(value),
    }
}

/// A field's turn in words.
fn turned(turn: &Turn) -> String {
    let Turn { resource, field, from, to, mark } = turn;
    let shown = |value: &Option<Value>| value.as_ref().map_or_else(|| "?".to_owned(), short);
    let word = mark.word();
    match (field.as_str(), from, to) {
        ("exists", Some(Value::Bool(true)), Some(Value::Bool(true))) => {
            format!("{resource} exists ALREADY  [{word}]")
        }
        (_, Some(from), Some(to)) if from == to => {
            format!("{resource}.{field} is {} already  [{word}]", short(from))
        }
        _ => format!("{resource}.{field}: {} -> {}  [{word}]", shown(from), shown(to)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_says_what_changes_and_how_that_is_known() {
        let turn = |field: &str, from: Option<Value>, to: Option<Value>| Turn {
            resource: "qa4".into(),
            field: field.into(),
            from,
            to,
            mark: Mark::Probed,
        };
        let yes = || Some(json!(true));
        assert_eq!(
            turned(&turn("running", yes(), Some(json!(false)))),
            "qa4.running: true -> false  [probed]"
        );
        assert_eq!(turned(&turn("running", yes(), yes())), "qa4.running is true already  [probed]");
        assert_eq!(turned(&turn("exists", yes(), yes())), "qa4 exists ALREADY  [probed]");
        assert_eq!(turned(&turn("version", None, None)), "qa4.version: ? -> ?  [probed]");
    }

    #[test]
    fn spans_of_earlier_runs_are_a_range() {
        let took = Took::of(&[360_000, 680_000, 400_000]).unwrap();
        assert_eq!(took.words(), "6m00s to 11m20s, last 3 runs");
        assert_eq!(Took::of(&[]), None);
    }
}
