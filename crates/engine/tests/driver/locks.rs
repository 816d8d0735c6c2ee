//! Runs that want the same environment: the second waits, and nobody cancels it.

use crate::stage::{Stage, Witness, drive, yes};
use crate::steps::{act, ask, locked};
use windlass_engine::Ending;
use windlass_model::observation::Signal;
use windlass_model::{EventKind, Phase, RunId};

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
