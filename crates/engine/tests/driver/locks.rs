//! Runs that want the same environment: the second waits, and nobody cancels it.

use crate::stage::{Stage, Witness, drive, drive_as, yes};
use crate::steps::{act, ask, locked};
use serde_json::{Value, json};
use std::time::Duration;
use windlass_engine::Ending;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::observation::Signal;
use windlass_model::{ActionSpec, EventKind, Phase, RunId, StepDef, Work};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Found, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction, erase};

fn queued_behind(run: RunId) -> impl Fn(&EventKind) -> bool {
    move |kind| matches!(kind, EventKind::RunQueued { behind } if *behind == Some(run))
}

#[tokio::test(start_paused = true)]
async fn the_second_run_waits_behind_the_first_and_starts_when_it_ends() {
    let stage = Stage::new();
    let (one, two) = (stage.engine("one"), stage.engine("two"));
    let first = one.create(&locked(vec![ask("a")])).await.unwrap();
    let second = two.create(&locked(vec![act("b", "world.set", "b")])).await.unwrap();
    let (hears, waits) = (Witness::new(), Witness::new());
    let first_drive = drive(&one, first, &hears);
    hears.heard(|kind| matches!(kind, EventKind::SignalAwaited { .. })).await;
    let second_drive = drive(&two, second, &waits);
    waits.heard(queued_behind(first)).await;
    assert_eq!(stage.effects(), [""; 0]);
    two.signal(first, &yes("a")).await.unwrap();
    assert_eq!(first_drive.await.unwrap(), Ok(Ending::Rest(Phase::Succeeded)));
    assert_eq!(second_drive.await.unwrap(), Ok(Ending::Rest(Phase::Succeeded)));
    let lock = stage.store.lock("qa4".to_owned()).await.unwrap();
    assert_eq!((lock.holder, lock.queue.len()), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn a_queued_run_can_be_cancelled_and_leaves_the_queue() {
    let stage = Stage::new();
    let engine = stage.engine("one");
    let first = engine.create(&locked(vec![ask("a")])).await.unwrap();
    let second = engine.create(&locked(vec![act("b", "world.set", "b")])).await.unwrap();
    let (hears, waits) = (Witness::new(), Witness::new());
    let first_drive = drive(&engine, first, &hears);
    hears.heard(|kind| matches!(kind, EventKind::SignalAwaited { .. })).await;
    let second_drive = drive(&engine, second, &waits);
    waits.heard(queued_behind(first)).await;
    let cancel = Signal::Cancel { by: "human".into(), keep: false };
    engine.signal(second, &cancel).await.unwrap();
    assert_eq!(second_drive.await.unwrap(), Ok(Ending::Rest(Phase::Cancelled)));
    let lock = stage.store.lock("qa4".to_owned()).await.unwrap();
    assert_eq!((lock.holder, lock.queue.len()), (Some(first), 0));
    engine.signal(first, &yes("a")).await.unwrap();
    assert_eq!(first_drive.await.unwrap(), Ok(Ending::Rest(Phase::Succeeded)));
    assert_eq!(stage.effects(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_holder_that_died_after_its_end_keeps_nobody_waiting() {
    let stage = Stage::new();
    let engine = stage.engine("one");
    let first = engine.create(&locked(vec![act("a", "world.set", "a")])).await.unwrap();
    let ending = drive(&engine, first, &Witness::new()).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Succeeded)));
    // As if it had died between its last event and giving the lock back.
    stage.store.acquire_lock("qa4".to_owned(), first).await.unwrap();
    let second = engine.create(&locked(vec![act("b", "world.set", "b")])).await.unwrap();
    let ending = drive(&engine, second, &Witness::new()).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Succeeded)));
}

#[tokio::test(start_paused = true)]
async fn a_rollback_of_a_run_that_succeeded_waits_for_the_lock() {
    let stage = Stage::new();
    let engine = stage.engine("one");
    let first = engine.create(&locked(vec![act("a", "world.set", "old")])).await.unwrap();
    let ending = drive(&engine, first, &Witness::new()).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Succeeded)));
    let second = engine.create(&locked(vec![ask("b")])).await.unwrap();
    let hears = Witness::new();
    let second_drive = drive(&engine, second, &hears);
    hears.heard(|kind| matches!(kind, EventKind::SignalAwaited { .. })).await;
    let back = Signal::Rollback { by: "human".into(), reason: "wrong".into(), to: None };
    engine.signal(first, &back).await.unwrap();
    let turns = Witness::new();
    let back_drive = drive(&engine, first, &turns);
    turns.heard(|kind| matches!(kind, EventKind::RollbackStarted { .. })).await;
    assert_eq!(stage.thing("old"), Some(77), "nothing is undone without the lock");
    engine.signal(second, &yes("b")).await.unwrap();
    assert_eq!(second_drive.await.unwrap(), Ok(Ending::Rest(Phase::Succeeded)));
    assert_eq!(back_drive.await.unwrap(), Ok(Ending::Rest(Phase::RolledBack)));
    assert_eq!(stage.thing("old"), Some(5));
}

/// Does not come back by itself.
struct Forever(ActionSpec);

impl TypedAction for Forever {
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
    ) -> Outcome<Acted<Value, ()>> {
        std::future::pending().await
    }

    async fn probe(
        &self,
        _ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Value, ()>> {
        Ok(Found::Absent)
    }
}

/// Longer than anything that an engine does by itself while a call is in flight.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test(start_paused = true)]
async fn a_run_that_is_replaced_waits_for_no_call() {
    let forever = act("a", "world.set", "a");
    let Work::Action { traits, with, .. } = &forever.work else { panic!("an action") };
    let spec = ActionSpec {
        kind: "forever".to_owned(),
        summary: String::new(),
        input: json!({}),
        output: json!({}),
        traits: ActionTraits { captures: false, ..traits.clone() },
        guide: ActionGuide::default(),
        example: String::new(),
    };
    let traits = ActionTraits { captures: false, ..traits.clone() };
    let work = Work::Action { uses: "forever".to_owned(), with: with.clone(), traits };
    let stage = Stage::new().with(erase(Forever(spec)));
    let engine = stage.engine("one");
    let run = engine.create(&locked(vec![StepDef::new("a", work)])).await.unwrap();
    let witness = Witness::new();
    let driven = drive(&engine, run, &witness);
    witness.heard(|kind| matches!(kind, EventKind::AttemptStarted { .. })).await;
    engine.signal(run, &Signal::Supersede { by: run }).await.unwrap();
    let ending = tokio::time::timeout(LONG, driven).await.expect("it rests");
    assert_eq!(ending.unwrap(), Ok(Ending::Rest(Phase::Superseded)));
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_of_a_replaced_run_waits_for_the_lock() {
    let stage = Stage::new();
    let engine = stage.engine("one");
    let steps = vec![act("a", "world.set", "old"), ask("b")];
    let old = engine.create(&locked(steps)).await.unwrap();
    let left = drive_as(&engine, old, &Witness::new(), true).await.unwrap();
    assert_eq!(left, Ok(Ending::Waiting));
    let new = engine.create(&locked(vec![ask("c")])).await.unwrap();
    stage.store.hand_lock("qa4".to_owned(), old, new).await.unwrap();
    engine.signal(old, &Signal::Supersede { by: new }).await.unwrap();
    let back = Signal::Rollback { by: "human".into(), reason: "wrong".into(), to: None };
    engine.signal(old, &back).await.unwrap();
    let ending = drive(&engine, old, &Witness::new()).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Superseded)));
    assert_eq!(stage.thing("old"), Some(77), "nothing is undone without the lock");

    let hears = Witness::new();
    let new_drive = drive(&engine, new, &hears);
    hears.heard(|kind| matches!(kind, EventKind::SignalAwaited { .. })).await;
    let turns = Witness::new();
    let back_drive = drive(&engine, old, &turns);
    turns.heard(|kind| matches!(kind, EventKind::RollbackStarted { .. })).await;
    engine.signal(new, &yes("c")).await.unwrap();
    assert_eq!(new_drive.await.unwrap(), Ok(Ending::Rest(Phase::Succeeded)));
    assert_eq!(back_drive.await.unwrap(), Ok(Ending::Rest(Phase::RolledBack)));
    assert_eq!(stage.thing("old"), Some(5));
}
