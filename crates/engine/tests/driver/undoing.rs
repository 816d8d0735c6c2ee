//! What an undo leaves alone is told, however long it works and whoever sees its end; and a look at
//! an undo asks the action that undoes.

use crate::stage::{Stage, Witness, drive};
use crate::steps::{act, row};
use serde_json::{Value, json};
use windlass_engine::Ending;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::expr::Template;
use windlass_model::observation::Signal;
use windlass_model::step::Compensate;
use windlass_model::{
    ActionSpec, EffectClass, EventKind, Failure, Phase, Side, StepDef, StepId, Work,
};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Found, Seen, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, erase};

/// Polls that a slow undo takes.
const POLLS: u32 = 3;

fn spec(kind: &str, captures: bool) -> ActionSpec {
    ActionSpec {
        kind: kind.to_owned(),
        summary: String::new(),
        input: json!({}),
        output: json!({}),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures,
            compensates: true,
            compensates_in_progress: false,
            idempotent: false,
            settle_ms: 0,
        },
        guide: ActionGuide::default(),
        example: String::new(),
    }
}

/// Its undo is a remote operation that leaves two values alone, one of which it sees late.
struct Slow(ActionSpec);

impl TypedAction for Slow {
    type Input = Value;
    type Output = Value;
    type Captured = ();
    type Handle = u32;

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
    ) -> Outcome<Acted<Value, u32>> {
        Ok(Acted::Done(json!({})))
    }

    async fn compensate(
        &self,
        ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), u32>> {
        ctx.output.kept("the key stays");
        Ok(Acted::Accepted(0))
    }

    async fn poll(
        &self,
        ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
        handle: u32,
    ) -> Outcome<Seen<Value, u32>> {
        ctx.output.kept("the rule stays");
        let next =
            Seen::InProgress { handle: handle + 1, percent: None, message: None, after_ms: 60_000 };
        Ok(if handle < POLLS { next } else { Seen::Done(json!({})) })
    }

    async fn probe(
        &self,
        _ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
        handle: Option<u32>,
    ) -> Outcome<Found<Value, u32>> {
        Ok(handle.map_or(Found::Absent, Found::InProgress))
    }
}

fn step(kind: &str) -> StepDef {
    let traits = spec(kind, false).traits;
    let with = Template::Literal(json!({}));
    StepDef::new("a", Work::Action { uses: kind.to_owned(), with, traits })
}

fn back() -> Signal {
    Signal::Rollback { by: "human".into(), reason: "wrong build".into(), to: None }
}

#[tokio::test(start_paused = true)]
async fn what_a_long_undo_left_alone_is_told_by_whoever_sees_its_end() {
    let stage = Stage::new().with(erase(Slow(spec("slow", false))));
    let (first, second) = (stage.engine("first"), stage.engine("second"));
    let run = first.create(&row(vec![step("slow")])).await.unwrap();
    drive(&first, run, &Witness::new()).await.unwrap().unwrap();
    first.signal(run, &back()).await.unwrap();
    let witness = Witness::new();
    let driven = drive(&first, run, &witness);
    witness.heard(|kind| matches!(kind, EventKind::AttemptProgressed { .. })).await;
    driven.abort();
    assert!(driven.await.unwrap_err().is_cancelled());
    stage.bury("first");

    let ending = drive(&second, run, &Witness::new()).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::RolledBack)));
    let loaded = second.reader().load_verified(run).await.unwrap();
    let undo = loaded.run.steps[0].undo.as_ref().and_then(|lane| lane.attempt.as_ref());
    assert_eq!(undo.unwrap().kept, ["the key stays", "the rule stays"]);
    let history = stage.history(run).await;
    let accepted = history.iter().filter(|e| matches!(e.kind, EventKind::AttemptAccepted { .. }));
    assert_eq!(accepted.count(), 1, "the undo was sent once");
}

/// Undoes what another action did, and always fails at it.
struct Lever(ActionSpec);

impl TypedAction for Lever {
    type Input = Value;
    type Output = Value;
    type Captured = Value;
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.0
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    async fn capture(
        &self,
        _ctx: &Context,
        _input: &Value,
    ) -> Outcome<windlass_ports::typed::Capture<Value>> {
        Ok(windlass_ports::typed::Capture { state: json!("up"), not_before: None })
    }

    async fn execute(
        &self,
        _ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Value, ()>> {
        Err(ActionError::InDoubt("the reply was lost".to_owned()))
    }

    async fn probe(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Value, ()>> {
        let message = format!("the lever of {} is jammed", attempt.input["of"]);
        Ok(Found::Failed(Failure::permanent("jammed", message)))
    }
}

/// A run whose step is undone by a lever, stuck since the lever failed; what a look at it says.
async fn jammed(forward: &str, lever_captures: bool) -> windlass_engine::Seen {
    let lever = spec("lever", lever_captures);
    let traits = lever.traits.clone();
    let stage = Stage::new().with(erase(Lever(lever)));
    let mut step = act("a", forward, "old");
    let with = Template::Literal(json!({ "of": "a" }));
    step.compensate = Compensate::Custom { uses: "lever".to_owned(), with, traits, only_if: None };
    let engine = stage.engine("one");
    let run = engine.create(&row(vec![step])).await.unwrap();
    let ending = drive(&engine, run, &Witness::new()).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Succeeded)));
    engine.signal(run, &back()).await.unwrap();
    let ending = drive(&engine, run, &Witness::new()).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Stuck)));
    engine.look(run, &StepId::new("a")).await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_look_at_an_undo_by_another_action_asks_that_one() {
    let seen = jammed("world.set", false).await;
    assert_eq!(seen.side, Side::Undo);
    assert_eq!(seen.words, "it failed: the lever of \"a\" is jammed");
    assert!(!seen.contradicts, "this lever reads nothing of the world: a human may have pulled it");
    // One that reads the world would see what a human did by hand.
    assert!(jammed("world.put", true).await.contradicts);
}
