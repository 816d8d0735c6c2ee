//! What each step of a workflow would do, worked out once: its input as far as it is known, the
//! fields that it sets, what its compensation sets, and what both hang on. The model's own workflow
//! stands beside it without all that asks, waits and guards. It must not know any order of events.

use crate::judge::render;
use crate::unknown::{shown_value, unknown};
use windlass_model::event::Effect;
use windlass_model::expr::{Expr, Scope, Template};
use windlass_model::rollback::point_of_no_return;
use windlass_model::run::{LaneId, Run};
use windlass_model::scope::RunScope;
use windlass_model::step::{Compensate, DeclaredEffect, Retry, StepDef, Work};
use windlass_model::workflow::InvalidWorkflow;
use windlass_model::{EventKind, Map, RunId, Side, StepId, StepIdx, Value, Workflow, WorkflowDef};

/// Levels of nested outputs that are told apart: deeper ones are unknown as a whole.
const OUTPUT_DEPTH: u32 = 4;

/// The key of an output's schema that says which input it equals.
const SAME_AS: &str = "x-same-as";

/// What actions say of themselves. Pure.
pub trait Declared {
    /// The fields of the world that an action sets.
    fn effects(&self, uses: &str, input: &Value) -> Vec<Effect>;

    /// The JSON Schema of its output.
    fn output(&self, uses: &str) -> Option<&Value>;
}

/// How a step's compensation leaves its fields.
#[derive(Clone, Debug, PartialEq)]
pub enum Undo {
    /// Nothing is put back.
    Nothing,
    /// As they were before the step.
    PutBack,
    /// As another action sets them.
    Set(Vec<Effect>),
}

/// One step.
#[derive(Clone, Debug)]
pub struct Sketch {
    /// What it sets.
    pub effects: Vec<Effect>,
    /// What its compensation sets.
    pub undo: Undo,
    /// What it hangs on.
    pub condition: Option<Expr>,
    /// What its compensation hangs on.
    pub only_if: Option<Expr>,
}

/// A workflow as the proof sees it.
pub struct Outline {
    /// As it was resolved.
    pub def: WorkflowDef,
    /// What model's rules are asked about: the same steps and needs, without what asks, waits and
    /// guards.
    pub bare: Workflow,
    /// The steps, in the workflow's order.
    pub sketches: Vec<Sketch>,
    /// The whole workflow, whose expressions are judged.
    whole: Workflow,
    /// A run in which each step has the outputs that it will have.
    done: Run,
    /// Which step of the whole workflow stands at a place.
    stands: Vec<StepIdx>,
    /// The run that is looked at, where one is under way.
    pub(crate) present: Option<Run>,
}

impl Outline {
    /// Works it out for every run of the workflow.
    pub fn new(def: WorkflowDef, declared: &dyn Declared) -> Result<Self, InvalidWorkflow> {
        Self::of(def, declared, None)
    }

    /// Works it out for a run that is under way: what its steps gave is known.
    pub fn at(
        def: WorkflowDef,
        declared: &dyn Declared,
        run: &Run,
    ) -> Result<Self, InvalidWorkflow> {
        Self::of(def, declared, Some(run))
    }

    fn of(
        def: WorkflowDef,
        declared: &dyn Declared,
        present: Option<&Run>,
    ) -> Result<Self, InvalidWorkflow> {
        let whole = Workflow::new(def.clone())?;
        let mut done = Run::new(RunId::default(), &whole);
        let mut sketches = vec![None; whole.len()];
        for at in whole.order() {
            let (sketch, output) = sketch(&whole, &done, *at, declared);
            let here = present.and_then(|run| run.steps.get(*at as usize));
            let given = here.filter(|step| step.forward.finished()).map(|step| &step.output);
            done.steps[*at as usize].output = given.cloned().unwrap_or(output);
            sketches[*at as usize] = Some(sketch);
        }
        let bare = Workflow::new(WorkflowDef {
            steps: def.steps.iter().map(bared).collect(),
            // Whatever runs at once in the proof has been started one by one.
            max_parallel: u32::MAX,
            ..def.clone()
        })?;
        let sketches = sketches.into_iter().flatten().collect();
        let stands = (0..whole.len() as StepIdx).collect();
        Ok(Self { def, bare, sketches, whole, done, stands, present: present.cloned() })
    }

    /// The same with these pairs of steps in each other's places.
    pub fn swapped(&self, pairs: &[(StepIdx, StepIdx)]) -> Result<Self, InvalidWorkflow> {
        let mut steps = self.bare.def().steps.clone();
        let (mut sketches, mut stands) = (self.sketches.clone(), self.stands.clone());
        for (one, other) in pairs.iter().map(|(one, other)| (*one as usize, *other as usize)) {
            steps.swap(one, other);
            sketches.swap(one, other);
            stands.swap(one, other);
            // A place keeps its name and what it waits for: only what is done there is another.
            let (low, high) = steps.split_at_mut(one.max(other));
            let (low, high) = (&mut low[one.min(other)], &mut high[0]);
            std::mem::swap(&mut low.needs, &mut high.needs);
            std::mem::swap(&mut low.id, &mut high.id);
        }
        let bare = Workflow::new(WorkflowDef { steps, ..self.bare.def().clone() })?;
        let (def, whole, done) = (self.def.clone(), self.whole.clone(), self.done.clone());
        Ok(Self { def, bare, sketches, whole, done, stands, present: None })
    }

    /// A step's name.
    pub fn id(&self, step: StepIdx) -> &StepId {
        &self.bare.step(step).id
    }

    /// A step or its undoing, in words.
    pub fn lane_name(&self, (step, side): LaneId) -> String {
        let undoing = if side == Side::Undo { "the undoing of " } else { "" };
        format!("{undoing}`{}`", self.id(step))
    }

    /// What a lane hangs on; nothing where it begins whenever it is its turn.
    pub fn hangs_on(&self, (step, side): LaneId) -> Option<&Expr> {
        let sketch = &self.sketches[step as usize];
        match side {
            Side::Forward => sketch.condition.as_ref(),
            Side::Undo if point_of_no_return(self.bare.step(step)) => None,
            Side::Undo => sketch.only_if.as_ref(),
        }
    }

    /// That a lane is passed over, since what it hangs on is not so.
    pub fn is_not_to_run(&self, (step, side): LaneId, condition: &Expr) -> EventKind {
        let why = format!("`{}` is false", condition.source);
        EventKind::StepSkipped { step: self.id(step).clone(), side, why }
    }

    /// Whether a step says, with a reason, that nothing undoes it.
    pub fn says_that_it_stays(&self, step: StepIdx) -> bool {
        let compensate = &self.bare.step(step).compensate;
        matches!(compensate, Compensate::None { reason: Some(_), .. })
    }

    /// What a step's expressions see.
    pub fn scope(&self, step: StepIdx) -> impl Scope + '_ {
        let step = self.stands[step as usize];
        let output = Some(&self.done.steps[step as usize].output);
        RunScope { workflow: &self.whole, run: &self.done, step, output }
    }
}

fn sketch(
    workflow: &Workflow,
    done: &Run,
    at: StepIdx,
    declared: &dyn Declared,
) -> (Sketch, Value) {
    let step = workflow.step(at);
    let scope = RunScope { workflow, run: done, step: at, output: None };
    let (mut effects, output) = match &step.work {
        Work::Action { uses, with, .. } => {
            let input = render(with, &scope);
            let output = output(&step_output(step), declared.output(uses), &input, OUTPUT_DEPTH);
            (declared.effects(uses, &input), output)
        }
        Work::Set { values } => (Vec::new(), render(values, &scope)),
        Work::Join => (Vec::new(), Value::Null),
        Work::Rounds { .. } => {
            let last = workflow.needs(at).max();
            let output = last.map_or(Value::Null, |last| done.steps[last as usize].output.clone());
            (Vec::new(), output)
        }
        _ => (Vec::new(), unknown(&step_output(step))),
    };
    effects.extend(step.effects.iter().filter_map(|declared| effect(declared, &scope)));
    let after = RunScope { output: Some(&output), ..scope };
    let (undo, only_if) = undo_of(step, &after, declared);
    for effect in &mut effects {
        name_unknown(effect, step);
    }
    (Sketch { effects, undo, condition: step.condition.clone(), only_if }, output)
}

fn step_output(step: &StepDef) -> String {
    format!("steps.{}.outputs", step.id)
}

fn effect(declared: &DeclaredEffect, scope: &dyn Scope) -> Option<Effect> {
    let resource = render(&declared.resource, scope).as_str()?.to_owned();
    let value = declared.value.as_ref().map_or(Value::Null, |value| render(value, scope));
    Some(Effect { resource, field: declared.field.clone(), value })
}

/// A field that is set to something that the action cannot tell has a value of its own.
fn name_unknown(effect: &mut Effect, step: &StepDef) {
    if effect.value.is_null() {
        let Effect { resource, field, value } = effect;
        *value = unknown(&format!("{resource}.{field} after {}", step.id));
    }
}

fn undo_of(step: &StepDef, scope: &dyn Scope, declared: &dyn Declared) -> (Undo, Option<Expr>) {
    let Work::Action { traits, .. } = &step.work else { return (Undo::Nothing, None) };
    let own = if traits.compensates { Undo::PutBack } else { Undo::Nothing };
    match &step.compensate {
        Compensate::Auto => (own, None),
        Compensate::AutoIf { only_if } => (own, Some(only_if.clone())),
        Compensate::None { .. } => (Undo::Nothing, None),
        Compensate::Custom { uses, with, only_if, .. } => {
            let mut effects = declared.effects(uses, &render(with, scope));
            effects.iter_mut().for_each(|effect| name_unknown(effect, step));
            (Undo::Set(effects), only_if.clone())
        }
    }
}

/// An output of which what equals an input is known.
fn output(name: &str, schema: Option<&Value>, input: &Value, depth: u32) -> Value {
    let properties = schema.and_then(|schema| schema["properties"].as_object());
    let Some(properties) = properties.filter(|_| depth > 0) else { return unknown(name) };
    let fields = properties.iter().map(|(key, schema)| {
        let of = output(&format!("{name}.{key}"), Some(schema), &Value::Null, depth - 1);
        let same = schema[SAME_AS].as_str().and_then(|from| input.get(from));
        (key.clone(), same.map_or(of.clone(), |same| over(of, same)))
    });
    Value::Object(fields.collect::<Map<String, Value>>())
}

/// What is known of a value, over what is not. A number that stands for a thing says nothing of the
/// thing's fields.
fn over(of: Value, known: &Value) -> Value {
    match (of, known) {
        (Value::Object(mut fields), Value::Object(known)) => {
            for (key, value) in known {
                let of = fields.get(key).cloned().unwrap_or_else(|| value.clone());
                fields.insert(key.clone(), over(of, value));
            }
            Value::Object(fields)
        }
        (of @ Value::Object(_), _) | (of, Value::Null) => of,
        (_, known) => known.clone(),
    }
}

/// A step without what asks, waits and guards: those take their time and change nothing, and a
/// guard that stops the run leaves it where a rollback could begin anyhow.
fn bared(step: &StepDef) -> StepDef {
    let mut bare = StepDef {
        name: step.name.clone(),
        line: step.line,
        file: step.file.clone(),
        needs: step.needs.clone(),
        irreversible: step.irreversible,
        compensate: match &step.compensate {
            Compensate::AutoIf { .. } => Compensate::Auto,
            Compensate::Custom { uses, traits, .. } => Compensate::Custom {
                uses: uses.clone(),
                with: Template::Literal(Value::Null),
                traits: traits.clone(),
                only_if: None,
            },
            other => other.clone(),
        },
        on_in_doubt: step.on_in_doubt,
        // One failed attempt is as good as three: the operator may always try again. Another one
        // begins at once, since no time passes.
        retry: Retry { max_attempts: 1, initial_ms: 0, max_delay_ms: 0, factor: 1 },
        ..StepDef::new(step.id.as_str(), bared_work(&step.work))
    };
    if let Compensate::Custom { traits, .. } = &mut bare.compensate {
        traits.settle_ms = 0;
    }
    bare
}

fn bared_work(work: &Work) -> Work {
    match work {
        Work::Action { uses, traits, .. } => {
            let mut traits = traits.clone();
            // Time does not pass in the proof: what may still arrive, arrives as a move of its own.
            traits.settle_ms = 0;
            Work::Action { uses: uses.clone(), with: Template::Literal(Value::Null), traits }
        }
        Work::Join => Work::Join,
        _ => Work::Set { values: Template::Literal(Value::Null) },
    }
}

/// What a step does, in words: the fields that it sets.
pub fn told(effects: &[Effect]) -> String {
    let parts = effects.iter().map(|effect| {
        let Effect { resource, field, value } = effect;
        format!("{resource}.{field} is {}", shown_value(value))
    });
    parts.collect::<Vec<_>>().join(", ")
}
