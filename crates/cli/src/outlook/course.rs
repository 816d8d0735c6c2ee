//! The fields that each step would set, worked out along the order of the workflow from the world
//! as it was seen. Pure.

use crate::render::foreseen::{Foreseen, never, nobody};
use crate::render::outlook::{Mark, Turn};
use crate::render::rounds;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use windlass_model::event::Effect;
use windlass_model::run::Run;
use windlass_model::sight::Sight;
use windlass_model::{EffectClass, StepIdx, Work, Workflow};

/// What an action would set: kind and input in, effects out.
pub type EffectsOf<'a> = dyn Fn(&str, &Value) -> Vec<Effect> + 'a;

/// Where a template could not be filled yet.
const HOLE: &str = "${{";

/// A field along the way.
#[derive(Clone)]
enum Known {
    Seen(Value),
    Made(Value),
    Open,
}

/// A step on the way: what it is given, and what it sets.
pub struct Passed {
    /// Which.
    pub at: StepIdx,
    /// Whether it surely runs.
    pub sure: bool,
    /// Its input as far as it is known, where it calls an action.
    pub input: Option<Value>,
    /// Whether all of the input is known.
    pub whole: bool,
    /// Whether a step before it has set something of what it names, or has done nobody knows what.
    pub after_others: bool,
    /// Whether a step that it waits for changes anything.
    pub behind_change: bool,
    /// What it sets.
    pub turns: Vec<Turn>,
}

/// The way through the steps that may run, in the order of the workflow.
pub struct Course<'a> {
    workflow: &'a Workflow,
    sight: &'a Sight,
    effects_of: &'a EffectsOf<'a>,
    known: Run,
    world: BTreeMap<(String, String), Known>,
    touched: BTreeSet<String>,
    /// Steps that change something, and those behind them.
    changing: BTreeSet<StepIdx>,
    /// Steps that change something that no effect tells of, and those behind them.
    blind: BTreeSet<StepIdx>,
}

impl<'a> Course<'a> {
    /// At its beginning.
    pub fn new(workflow: &'a Workflow, sight: &'a Sight, effects_of: &'a EffectsOf<'a>) -> Self {
        Self {
            workflow,
            sight,
            effects_of,
            known: nobody(workflow),
            world: BTreeMap::new(),
            touched: BTreeSet::new(),
            changing: BTreeSet::new(),
            blind: BTreeSet::new(),
        }
    }

    /// The steps that are passed, in order.
    pub fn steps(&self) -> Vec<StepIdx> {
        let later = rounds::later(self.workflow);
        let order = self.workflow.order().iter().copied();
        order.filter(|at| !later.contains(at)).collect()
    }

    /// What the expressions of a step can name here.
    pub fn scope(&self, step: StepIdx) -> Foreseen<'_> {
        Foreseen { workflow: self.workflow, nobody: &self.known, step }
    }

    /// Goes past a step; none where it does not run.
    pub fn pass(&mut self, at: StepIdx) -> Option<Passed> {
        let workflow = self.workflow;
        let behind =
            |steps: &BTreeSet<StepIdx>| workflow.needs(at).any(|need| steps.contains(&need));
        let (behind_change, behind_blind) = (behind(&self.changing), behind(&self.blind));
        self.changing.extend(behind_change.then_some(at));
        self.blind.extend(behind_blind.then_some(at));
        let (step, scope) = (workflow.step(at), self.scope(at));
        if workflow.is_join(at) {
            return None;
        }
        if step.condition.as_ref().is_some_and(|condition| never(condition, &scope)) {
            return None;
        }
        let sure = step.condition.as_ref().is_none_or(|one| one.holds(&scope) == Ok(true));
        let input = match &step.work {
            Work::Action { with, .. } => Some(with.preview(&scope)),
            _ => None,
        };
        let mut effects = match (&step.work, &input) {
            (Work::Action { uses, .. }, Some(input)) => (self.effects_of)(uses, input),
            _ => Vec::new(),
        };
        effects.extend(step.effects.iter().filter_map(|declared| {
            let resource = declared.resource.preview(&scope).as_str()?.to_owned();
            let value = declared.value.as_ref().map_or(Value::Null, |value| value.preview(&scope));
            Some(Effect { resource, field: declared.field.clone(), value })
        }));
        let whole = input.as_ref().is_none_or(|input| !open(input));
        let changes = matches!(&step.work, Work::Action { traits, .. }
            if traits.class != EffectClass::ReadOnly);
        self.changing.extend(changes.then_some(at));
        // A script, say: what it touches, nobody knows.
        let blind = matches!(&step.work, Work::Action { traits, .. } if !traits.captures);
        self.blind.extend((changes && blind && effects.is_empty()).then_some(at));
        let after_others = behind_blind
            || input.iter().any(|input| names_any(input, &self.touched))
            || effects.iter().any(|effect| self.touched.contains(&effect.resource));
        let turns = effects.iter().filter_map(|effect| self.turn(effect, sure)).collect();
        self.touched.extend(effects.into_iter().map(|effect| effect.resource));
        Some(Passed { at, sure, input, whole, after_others, behind_change, turns })
    }

    /// What a step will give is known.
    pub fn learn(&mut self, at: StepIdx, output: Value) {
        self.known.steps[at as usize].output = output;
    }

    /// A run of which nothing has happened, but for the outputs that are known.
    pub fn known(self) -> Run {
        self.known
    }

    fn turn(&mut self, effect: &Effect, sure: bool) -> Option<Turn> {
        let Effect { resource, field, value } = effect;
        let key = (resource.clone(), field.clone());
        let seen = || {
            let seen = self.sight.fields.get(resource)?.get(field);
            seen.filter(|value| !value.is_null()).cloned()
        };
        let before = self.world.get(&key).cloned().or_else(|| seen().map(Known::Seen));
        let to = Some(value).filter(|value| !value.is_null() && !open(value)).cloned();
        let (from, looked) = match before {
            Some(Known::Seen(value)) => (Some(value), true),
            Some(Known::Made(value)) => (Some(value), false),
            Some(Known::Open) | None => (None, false),
        };
        // What may start an app does nothing to one that runs.
        if field == "running" && value.is_null() && from == Some(Value::Bool(true)) {
            return None;
        }
        let after = match &to {
            Some(value) if sure => Known::Made(value.clone()),
            _ => Known::Open,
        };
        self.world.insert(key, after);
        let mark = match (&from, &to) {
            (Some(_), Some(_)) if sure && looked => Mark::Probed,
            (Some(_), Some(_)) if sure => Mark::Computed,
            _ => Mark::Unknown,
        };
        Some(Turn { resource: resource.clone(), field: field.clone(), from, to, mark })
    }
}

/// Whether a value has a hole that only the run will fill.
pub fn open(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(HOLE),
        Value::Array(list) => list.iter().any(open),
        Value::Object(map) => map.values().any(open),
        _ => false,
    }
}

fn names_any(value: &Value, names: &BTreeSet<String>) -> bool {
    match value {
        Value::String(text) => names.contains(text),
        Value::Array(list) => list.iter().any(|one| names_any(one, names)),
        Value::Object(map) => map.values().any(|one| names_any(one, names)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use windlass_model::expr::Template;
    use windlass_model::{StepDef, WorkflowDef};

    /// Steps in a row that each set `running` of an app.
    fn row(values: &[(&str, Value)]) -> Workflow {
        let traits = windlass_model::catalog::ActionTraits {
            class: windlass_model::EffectClass::Reversible,
            captures: true,
            compensates: true,
            compensates_in_progress: false,
            idempotent: true,
            settle_ms: 0,
        };
        let mut before = Vec::new();
        let steps = values.iter().enumerate().map(|(number, (app, value))| {
            let with = Template::Literal(json!({ "app": app, "running": value }));
            let work = Work::Action { uses: "x".into(), with, traits: traits.clone() };
            let id = format!("s{number}");
            let mut step = StepDef::new(&id, work);
            step.needs = std::mem::replace(&mut before, vec![id.as_str().into()]);
            step
        });
        let def = WorkflowDef { steps: steps.collect(), ..WorkflowDef::default() };
        Workflow::new(def).unwrap()
    }

    fn effects(_: &str, input: &Value) -> Vec<Effect> {
        let resource = input["app"].as_str().unwrap().to_owned();
        vec![Effect { resource, field: "running".into(), value: input["running"].clone() }]
    }

    #[test]
    fn what_a_step_changes_follows_from_the_look_and_the_steps_before() {
        let steps = [
            ("qa4", json!(false)),
            ("qa4", json!(true)),
            ("qa5", json!(false)),
            ("qa4", json!("${{ steps.a.outputs.b }}")),
            ("qa4", json!(true)),
        ];
        let fields = [("running".to_owned(), json!(true))].into_iter().collect();
        let sight = Sight { fields: [("qa4".to_owned(), fields)].into(), ..Sight::default() };
        let workflow = row(&steps);
        let mut course = Course::new(&workflow, &sight, &effects);
        let passed: Vec<_> =
            course.steps().into_iter().map(|at| course.pass(at).unwrap()).collect();
        let told = passed.iter().map(|one| {
            let turn = &one.turns[0];
            (turn.from.clone(), turn.to.clone(), turn.mark, one.whole, one.after_others)
        });
        let told: Vec<_> = told.collect();
        let (yes, no) = (Some(json!(true)), Some(json!(false)));
        assert_eq!(
            told,
            [
                (yes.clone(), no.clone(), Mark::Probed, true, false),
                (no.clone(), yes.clone(), Mark::Computed, true, true),
                (None, no, Mark::Unknown, true, false),
                (yes.clone(), None, Mark::Unknown, false, true),
                (None, yes, Mark::Unknown, true, true),
            ]
        );
    }
}
