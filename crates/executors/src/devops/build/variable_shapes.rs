//! `azure_devops.build.set_variables`: its input, what it captures, its output, its description.

use super::definition::BuildDefinition;
use super::version::{PARTS, Part, next};
use crate::devops::definition_ref::{DefinitionRef, definition_schema};
use crate::devops::refusal::permanent;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::{ActionSpec, EffectClass, Side};
use windlass_ports::Outcome;

/// The action's kind.
pub const KIND: &str = "azure_devops.build.set_variables";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

const ONCE: &str = "what it is done for, such as a build's number, or several: where a revision \
                    says that it was done for one already, nothing is changed";

/// A variable's new value.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum NewValue {
    /// A text.
    Text(String),
    /// A number, as its text.
    Number(serde_json::Number),
    /// One that is computed from what is there before.
    Computed(Computed),
}

/// A value computed from what is there before.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Computed {
    /// The variable that it is taken from; its own where absent.
    pub from: Option<String>,
    /// The part of the version that grows.
    pub increment: Option<Part>,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The build definition; the section's where absent.
    pub definition: Option<DefinitionRef>,
    /// The new values by name.
    pub variables: BTreeMap<String, NewValue>,
    /// Values that must be there before.
    #[serde(default)]
    pub expect: BTreeMap<String, String>,
    /// What it is done for: once, whoever asks again.
    pub once: Option<Once>,
}

/// One purpose or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Once {
    /// One.
    One(String),
    /// Several, of which one is enough.
    Several(Vec<String>),
}

impl Once {
    /// All of them.
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(all) => all,
        }
    }
}

/// One variable before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// Its value before.
    pub before: String,
    /// Its value afterwards.
    pub after: String,
}

/// What was before, and what is to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// The definition's number.
    pub definition: u64,
    /// The revision that was read.
    pub revision: u64,
    /// The variables.
    pub changes: Vec<Change>,
    /// The revision that did it already, for the same purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_in: Option<u64>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The definition's number.
    pub definition: u64,
    /// The revision that holds the values.
    pub revision: u64,
    /// The values by name.
    pub values: BTreeMap<String, String>,
    /// The values before.
    pub previous: BTreeMap<String, String>,
}

impl Before {
    /// What the step has to say.
    pub fn output(&self, revision: u64) -> Output {
        let side = |of: fn(&Change) -> &String| {
            self.changes.iter().map(|one| (one.name.clone(), of(one).clone())).collect()
        };
        let (values, previous) = (side(|one| &one.after), side(|one| &one.before));
        Output { definition: self.definition, revision, values, previous }
    }
}

/// What a revision says that did it, or that took it back; nothing where no purpose is given.
pub fn purpose(once: Option<&Once>, side: Side) -> String {
    let all = once.map_or(&[][..], Once::all);
    all.iter().map(|one| format!(", {}", clause(one, side))).collect()
}

fn clause(once: &str, side: Side) -> String {
    let word = if side == Side::Undo { "taken back" } else { "once" };
    format!("{word} for {once}")
}

/// The revision that did it for a purpose, and that nobody took back since.
pub fn done_in(revisions: &[(u64, String)], once: &str) -> Option<u64> {
    let said = |side: Side| {
        let words = clause(once, side);
        let says = move |comment: &str| comment.split(", ").any(|clause| clause == words);
        let saying = revisions.iter().filter(move |(_, comment)| says(comment));
        saying.map(|(revision, _)| *revision).max()
    };
    said(Side::Forward).filter(|done| said(Side::Undo).is_none_or(|back| back < *done))
}

/// Computes all values from one look: a variable that is taken from another gets what that one held
/// before.
pub fn changes(read: &BuildDefinition, input: &Input) -> Outcome<Vec<Change>> {
    for (name, wanted) in &input.expect {
        let found = known(read, name)?;
        if found != wanted {
            return permanent(
                "unexpected_value",
                format!(
                    "failed to set the variables of {}: {name} is {found}, and {wanted} was \
                     expected; somebody was here before",
                    read.name
                ),
            );
        }
    }
    input
        .variables
        .iter()
        .map(|(name, value)| {
            let before = known(read, name)?.to_owned();
            let after = match value {
                NewValue::Text(text) => text.clone(),
                NewValue::Number(number) => number.to_string(),
                NewValue::Computed(Computed { from, increment }) => {
                    let source =
                        from.as_ref().map_or(Ok(before.as_str()), |from| known(read, from))?;
                    match increment {
                        Some(part) => next(source, *part)?,
                        None => source.to_owned(),
                    }
                }
            };
            Ok(Change { name: name.clone(), before, after })
        })
        .collect()
}

/// The same variables, left as they are.
pub fn unchanged(read: &BuildDefinition, input: &Input) -> Outcome<Vec<Change>> {
    let names = input.variables.keys();
    names
        .map(|name| {
            let now = known(read, name)?.to_owned();
            Ok(Change { name: name.clone(), before: now.clone(), after: now })
        })
        .collect()
}

fn known<'a>(read: &'a BuildDefinition, name: &str) -> Outcome<&'a str> {
    if read.is_secret(name) {
        let message = format!(
            "failed to use the variable {name} of {}: it is a secret, which nobody can read or \
             bring back",
            read.name
        );
        return permanent("secret_variable", message);
    }
    match read.variable(name) {
        Some(value) => Ok(value),
        None => permanent(
            "no_variable",
            format!(
                "failed to find the variable {name} of {}: there are {}",
                read.name,
                read.variables().join(", ")
            ),
        ),
    }
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let value = json!({
        "description": "a text, or {from: VARIABLE}, {increment: PART}, or both",
        "type": ["string", "number", "object"],
        "properties": {
            "from": schema::text("the variable whose value before it is taken from; its own where \
                                  absent"),
            "increment": schema::one_of(&PARTS, "the part of the version that grows by one"),
        },
        "additionalProperties": false,
    });
    let values = |what: &str| schema::map(schema::text("a value"), what);
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Sets variables of a build definition in one write, computed from one look; a \
                  concurrent edit is a conflict."
            .to_owned(),
        input: schema::object(
            [
                (
                    "definition",
                    definition_schema("the build definition; the section's where absent"),
                ),
                ("variables", schema::map(value, "the new values by name")),
                ("expect", values("values that must be there before, by name")),
                ("once", once_schema()),
            ],
            &["variables"],
        ),
        output: schema::object(
            [
                ("definition", schema::int("the definition's number")),
                ("revision", schema::int("the revision that holds the values")),
                ("values", values("the values by name")),
                ("previous", values("the values before, by name")),
            ],
            &["definition", "revision", "values", "previous"],
        ),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: true,
            compensates_in_progress: false,
            idempotent: true,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "the values of those variables and the definition's revision",
            "looks for our request id among the definition's revisions, then at the values",
            "sets the values back that are still ours, on the newest revision",
            &["PAT scope Build (read and execute)", "the right to edit the build pipeline"],
        ),
        example: format!(
            "- id: versions\n  uses: {KIND}\n  with:\n    variables:\n      \
             Prod_NextBuildVersion: {{ from: NextBuildVersion }}\n      NextBuildVersion: \
             {{ increment: minor }}\n"
        ),
    }
}

fn once_schema() -> serde_json::Value {
    json!({
        "type": ["string", "array"],
        "items": {"type": "string"},
        "description": ONCE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_done_until_it_is_taken_back() {
        let revision = |number: u64, side, once: &str| {
            (
                number,
                format!("windlass 1 (a of b){}", purpose(Some(&Once::One(once.to_owned())), side)),
            )
        };
        let done = revision(4, Side::Forward, "7.2.0.4");
        let back = revision(5, Side::Undo, "7.2.0.4");
        let other = revision(6, Side::Forward, "7.2.0.41");
        let asked = "7.2.0.4";
        assert_eq!(done_in(&[done.clone(), other.clone()], asked), Some(4));
        assert_eq!(done_in(&[done, back, other.clone()], asked), None);
        assert_eq!(done_in(&[other], asked), None);
        let several = Once::Several(vec!["sprint 42".to_owned(), asked.to_owned()]);
        let said = purpose(Some(&several), Side::Forward);
        for one in several.all() {
            assert_eq!(done_in(&[(7, format!("windlass 1 (a of b){said}"))], one), Some(7));
        }
    }
}
