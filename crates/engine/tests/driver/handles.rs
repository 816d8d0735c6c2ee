//! What an action keeps is durable before it goes on; an action that breaks down is in doubt.

use crate::stage::{Stage, run_to_end};
use crate::steps::row;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use windlass_engine::Ending;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::expr::Template;
use windlass_model::{ActionSpec, EffectClass, EventKind, Phase, StepDef, Work};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Found, TypedAttempt};
use windlass_ports::{Context, Outcome, Store, TypedAction, erase};

fn traits() -> ActionTraits {
    ActionTraits {
        class: EffectClass::Reversible,
        captures: false,
        compensates: false,
        compensates_in_progress: false,
        idempotent: false,
        settle_ms: 0,
    }
}

fn spec(kind: &str) -> ActionSpec {
    ActionSpec {
        kind: kind.to_owned(),
        summary: String::new(),
        input: json!({}),
        output: json!({}),
        traits: traits(),
        guide: ActionGuide::default(),
        example: String::new(),
    }
}

fn step(kind: &str) -> StepDef {
    let with = Template::Literal(json!({}));
    StepDef::new("a", Work::Action { uses: kind.to_owned(), with, traits: traits() })
}

/// Keeps a handle, then looks what the store holds.
struct Gate {
    spec: ActionSpec,
    store: Arc<dyn Store>,
    stored: Arc<Mutex<Vec<String>>>,
}

impl TypedAction for Gate {
    type Input = Value;
    type Output = Value;
    type Captured = ();
    type Handle = u32;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    async fn execute(
        &self,
        ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Value, u32>> {
        ctx.handles.keep(json!(4711)).await?;
        let events = self.store.events(ctx.run, 0, usize::MAX).await.unwrap();
        let texts = events.iter().map(|e| String::from_utf8_lossy(&e.bytes).into_owned());
        *self.stored.lock().unwrap() = texts.collect();
        Ok(Acted::Done(json!({})))
    }

    async fn probe(
        &self,
        _ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
        _handle: Option<u32>,
    ) -> Outcome<Found<Value, u32>> {
        Ok(Found::Absent)
    }
}

#[tokio::test(start_paused = true)]
async fn a_kept_handle_is_durable_before_the_action_goes_on() {
    let stage = Stage::new();
    let stored: Arc<Mutex<Vec<String>>> = Arc::default();
    let gate = Gate { spec: spec("gate"), store: stage.store.clone(), stored: stored.clone() };
    let stage = stage.with(erase(gate));
    let (_, ending) = run_to_end(&stage, &row(vec![step("gate")])).await;
    assert_eq!(ending, Ending::Rest(Phase::Succeeded));
    let stored = stored.lock().unwrap();
    let accepted = stored.iter().filter(|text| text.contains("attempt_accepted")).count();
    assert_eq!(accepted, 1, "the handle was in the store while the action ran: {stored:?}");
}

/// Breaks down the first time; a look then says that it is done.
struct Fragile {
    spec: ActionSpec,
}

impl TypedAction for Fragile {
    type Input = Value;
    type Output = Value;
    type Captured = ();
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    async fn execute(
        &self,
        _ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Value, ()>> {
        panic!("an author's mistake, on purpose");
    }

    async fn probe(
        &self,
        _ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Value, ()>> {
        Ok(Found::Done(json!({ "looked": true })))
    }
}

#[tokio::test(start_paused = true)]
async fn an_action_that_breaks_down_is_in_doubt_and_is_looked_for() {
    let stage = Stage::new().with(erase(Fragile { spec: spec("fragile") }));
    let (run, ending) = run_to_end(&stage, &row(vec![step("fragile")])).await;
    assert_eq!(ending, Ending::Rest(Phase::Succeeded));
    let history = stage.history(run).await;
    assert!(history.iter().any(|e| matches!(e.kind, EventKind::AttemptInDoubt { .. })));
}
