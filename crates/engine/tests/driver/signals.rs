//! Humans and other processes speak to a run while it is driven, and while it is not.

use crate::stage::{Stage, Witness, drive, drive_as, yes};
use crate::steps::{act, ask, hour, row};
use windlass_engine::Ending;
use windlass_model::observation::Signal;
use windlass_model::{EventKind, Phase};

#[tokio::test(start_paused = true)]
async fn a_run_that_only_waits_can_be_left_and_goes_on_with_the_answer() {
    let stage = Stage::new();
    let engine = stage.engine("one");
    let steps = vec![act("a", "world.set", "a"), ask("b"), act("c", "world.set", "c")];
    let run = engine.create(&row(steps)).await.unwrap();
    let left = drive_as(&engine, run, &Witness::new(), true).await.unwrap();
    assert_eq!(left, Ok(Ending::Waiting));
    assert_eq!(stage.store.head(run).await.unwrap().phase, Phase::Waiting);
    engine.signal(run, &yes("b")).await.unwrap();
    let ending = drive_as(&engine, run, &Witness::new(), true).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Succeeded)));
    assert_eq!(stage.effects(), ["forward a", "forward c"]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_lets_the_operation_work_on_and_a_resume_follows_it() {
    let stage = Stage::new();
    let engine = stage.engine("one");
    let steps = vec![act("a", "world.copy", "a"), act("b", "world.set", "b")];
    let run = engine.create(&row(steps)).await.unwrap();
    let witness = Witness::new();
    let driven = drive(&engine, run, &witness);
    witness.heard(|kind| matches!(kind, EventKind::AttemptAccepted { .. })).await;
    engine.signal(run, &Signal::Pause { by: "human".into() }).await.unwrap();
    assert_eq!(driven.await.unwrap(), Ok(Ending::Rest(Phase::Paused)));
    let ending = drive(&engine, run, &Witness::new()).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Succeeded)));
    assert_eq!(stage.effects(), ["forward a", "forward b"]);
}

#[tokio::test(start_paused = true)]
async fn another_process_answers_and_cancels() {
    let stage = Stage::new();
    let (driver, other) = (stage.engine("driver"), stage.engine("other"));
    let steps = vec![act("a", "world.set", "old"), ask("b"), hour("c")];
    let run = driver.create(&row(steps)).await.unwrap();
    let witness = Witness::new();
    let driven = drive(&driver, run, &witness);
    witness.heard(|kind| matches!(kind, EventKind::SignalAwaited { .. })).await;
    other.signal(run, &yes("b")).await.unwrap();
    witness.heard(|kind| matches!(kind, EventKind::TimerSet { .. })).await;
    other.signal(run, &Signal::Cancel { by: "human".into(), keep: false }).await.unwrap();
    assert_eq!(driven.await.unwrap(), Ok(Ending::Rest(Phase::RolledBack)));
    assert_eq!(stage.thing("old"), Some(5));
}

#[tokio::test(start_paused = true)]
async fn a_question_that_nobody_answers_ends_at_its_deadline() {
    let stage = Stage::new();
    let engine = stage.engine("one");
    let mut question = ask("a");
    question.timeout_ms = Some(3 * 86_400_000);
    let run = engine.create(&row(vec![question])).await.unwrap();
    let ending = drive(&engine, run, &Witness::new()).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Failed)));
}
