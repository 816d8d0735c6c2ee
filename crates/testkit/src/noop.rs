//! An action that does nothing, and workflows of it: what a measurement of windlass itself stands
//! on. It must not know what is measured.

use serde_json::{Value, json};
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::expr::Template;
use windlass_model::workflow::WORKFLOW_FORMAT;
use windlass_model::{ActionSpec, EffectClass, StepDef, StepId, Work, WorkflowDef};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Found, TypedAttempt};
use windlass_ports::{ActionError, Context, Registry, TypedAction, erase};

/// The kind of the action.
pub const NOOP: &str = "bench.noop";

/// Kinds of actions beside it: about as many as the catalog has, since every run carries them all.
const OTHERS: usize = 119;

/// Steps in flight: what a file has by default.
const MAX_PARALLEL: u32 = 8;

/// A registry that holds the action, among others that nobody calls.
pub fn registry() -> Registry {
    let mut registry = Registry::default();
    registry.add_action(erase(Noop(spec())));
    for n in 0..OTHERS {
        registry.add_action(erase(Noop(ActionSpec { kind: format!("{NOOP}_{n}"), ..spec() })));
    }
    registry
}

/// `steps` steps, each needing the one before it.
pub fn chain(steps: usize) -> WorkflowDef {
    let needs = |n: usize| n.checked_sub(1).map(name).into_iter().collect();
    workflow((0..steps).map(|n| step(n, needs(n))).collect())
}

/// `steps` steps: one root, what needs only that, and one join of them all, which writes no event.
pub fn wide(steps: usize) -> WorkflowDef {
    let mut all = vec![step(0, Vec::new())];
    all.extend((1..steps).map(|n| step(n, vec![name(0)])));
    let needs = (1..steps).map(name).collect();
    all.push(StepDef { needs, ..StepDef::new("join", Work::Join) });
    workflow(all)
}

/// A step that waits for the signal of this name, then one that does nothing.
pub fn waiting(signal: &str) -> WorkflowDef {
    let wait = StepDef::new("wait", Work::WaitSignal { name: signal.to_owned() });
    let needs = vec![StepId::new("wait")];
    workflow(vec![wait, step(0, needs)])
}

fn name(n: usize) -> StepId {
    StepId::new(format!("step_{n}"))
}

fn step(n: usize, needs: Vec<StepId>) -> StepDef {
    let (with, traits) = (Template::Literal(json!({})), spec().traits);
    let work = Work::Action { uses: NOOP.to_owned(), with, traits };
    StepDef { needs, ..StepDef::new(name(n).as_str(), work) }
}

fn workflow(steps: Vec<StepDef>) -> WorkflowDef {
    WorkflowDef {
        format: WORKFLOW_FORMAT,
        name: "bench".to_owned(),
        max_parallel: MAX_PARALLEL,
        steps,
        ..WorkflowDef::default()
    }
}

fn spec() -> ActionSpec {
    ActionSpec {
        kind: NOOP.to_owned(),
        summary: "Does nothing.".to_owned(),
        input: json!({}),
        output: json!({}),
        traits: ActionTraits {
            class: EffectClass::ReadOnly,
            captures: false,
            compensates: false,
            compensates_in_progress: false,
            idempotent: true,
            settle_ms: 0,
        },
        guide: ActionGuide::default(),
        example: String::new(),
    }
}

struct Noop(ActionSpec);

impl TypedAction for Noop {
    type Input = Value;
    type Output = Value;
    type Captured = ();
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.0
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    async fn execute(
        &self,
        _ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
    ) -> Result<Acted<Value, ()>, ActionError> {
        Ok(Acted::Done(Value::Null))
    }

    async fn probe(
        &self,
        _ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Result<Found<Value, ()>, ActionError> {
        Ok(Found::Absent)
    }
}
