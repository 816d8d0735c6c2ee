//! Whether a world of which all is known is as it must never be: seen with the model's own
//! expressions, not with the prover's.

use super::actor::{Actor, Fields};
use serde_json::Value;
use windlass_model::expr::Scope;
use windlass_model::run::Course;
use windlass_model::{Phase, WorkflowDef};
use windlass_prover::facts::{Atom, Facts};
use windlass_prover::focus::Field;
use windlass_prover::invariant::Claim;
use windlass_prover::unknown::{has_unknown, open_text};
use windlass_prover::{Outline, Story};

/// What stands for a value of which is only known what it is not.
const SOMETHING_ELSE: &str = "something else";

/// What is watched.
pub enum Watched {
    /// A condition on the world.
    Claim(Claim),
    /// An app that no run may leave stopped.
    Stopped(Field),
    /// Something that no rollback may delete.
    Deleted(Field),
}

impl Watched {
    /// What a story is about; nothing where nothing happens in it.
    pub fn of(outline: &Outline, story: &Story) -> Option<Self> {
        let claims = Claim::all(&outline.def);
        if let Some(claim) = claims.into_iter().find(|claim| claim.name() == story.broken) {
            return Some(Self::Claim(claim));
        }
        let field = |name: &str, field: &str| (name.to_owned(), field.to_owned());
        match story.broken.split_once(" for ")? {
            ("no_app_is_left_stopped", app) => Some(Self::Stopped(field(app, "running"))),
            ("no_rollback_deletes_what_is_protected", it) => {
                Some(Self::Deleted(field(it, "exists")))
            }
            _ => None,
        }
    }

    /// The fields that it is about.
    pub fn fields(&self) -> Vec<Field> {
        match self {
            Self::Claim(claim) => claim.fields(),
            Self::Stopped(field) | Self::Deleted(field) => vec![field.clone()],
        }
    }

    /// Whether it is broken now; what is not known of the world is told by facts.
    pub fn is_broken(&self, def: &WorkflowDef, actor: &Actor<'_>, facts: &Facts) -> bool {
        let is_false = |field: &Field| {
            actor.world().get(field).is_some_and(|value| *value == Value::Bool(false))
        };
        let course = &actor.run().course;
        match self {
            Self::Claim(claim) => is_broken(claim, def, actor.world(), facts),
            Self::Stopped(field) => {
                let ended = Course::Ended(Phase::Succeeded) == *course
                    || Course::Ended(Phase::RolledBack) == *course;
                ended && is_false(field)
            }
            Self::Deleted(field) => matches!(course, Course::Back { .. }) && is_false(field),
        }
    }
}

/// Whether a world breaks a condition.
pub fn is_broken(claim: &Claim, def: &WorkflowDef, world: &Fields, facts: &Facts) -> bool {
    let item = claim.item.as_deref();
    let holds = claim.expr.holds(&Seen { def, item, world, facts });
    holds.is_ok_and(|holds| holds == claim.never)
}

struct Seen<'a> {
    def: &'a WorkflowDef,
    item: Option<&'a str>,
    world: &'a Fields,
    facts: &'a Facts,
}

impl Seen<'_> {
    fn field(&self, name: &str, field: &str) -> Option<Value> {
        let value = self.world.get(&(name.to_owned(), field.to_owned()))?;
        Some(known(value, self.facts))
    }
}

impl Scope for Seen<'_> {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        match path {
            ["item", field] => self.field(self.item?, field),
            ["resources", name, field] => self.field(name, field),
            ["inputs", rest @ ..] => self.def.inputs.resolve(rest),
            ["env", rest @ ..] => self.def.environment.values.resolve(rest),
            _ => None,
        }
    }
}

/// A value as the facts say it is: one that fits them all.
pub fn known(value: &Value, facts: &Facts) -> Value {
    let Some(text) = open_text(value).filter(|_| has_unknown(value)) else { return value.clone() };
    let of = || facts.all().filter(|(atom, holds)| atom.text() == text && *holds);
    for (atom, _) in of() {
        if let Atom::Equal(_, json) = atom {
            return serde_json::from_str(json).unwrap_or_else(|_| json.clone().into());
        }
    }
    let truth = facts.all().find(|(atom, _)| matches!(atom, Atom::True(of) if of == text));
    if let Some((_, holds)) = truth {
        return Value::Bool(holds);
    }
    let begins = of().filter_map(|(atom, _)| match atom {
        Atom::Begins(_, with) => Some(with.as_str()),
        _ => None,
    });
    match begins.max_by_key(|with| with.len()) {
        Some(with) => format!("{with}…").into(),
        None if windlass_prover::unknown::is_unknown(value) => SOMETHING_ELSE.into(),
        // What is known of it stays.
        None => value.clone(),
    }
}
