//! What somebody changed while a run lay there: looked for before it goes on, and written down with
//! what an operator made of it, before anything else is done (D20).

use crate::stage::{Stage, Witness, drive, yes};
use crate::steps::{act, ask, row};
use std::sync::Arc;
use windlass_engine::core::Drift;
use windlass_engine::{Driving, Ending, Engine, Silent};
use windlass_model::drift::DriftDecision;
use windlass_model::observation::Signal;
use windlass_model::{EventKind, Phase, RunId};

/// A run that set `a`, asks, and then sets `b`; its engine died at the question, and somebody else
/// has cleared `a` since.
async fn cleared(stage: &Stage) -> (Arc<Engine>, RunId) {
    let (first, second) = (stage.engine("first"), stage.engine("second"));
    let steps = vec![act("a", "world.set", "a"), ask("go"), act("b", "world.set", "b")];
    let run = first.create(&row(steps)).await.unwrap();
    let witness = Witness::new();
    let driven = drive(&first, run, &witness);
    witness.heard(|kind| matches!(kind, EventKind::SignalAwaited { .. })).await;
    driven.abort();
    assert!(driven.await.unwrap_err().is_cancelled());
    stage.bury("first");
    let other = second.create(&row(vec![act("undo", "world.clear", "a")])).await.unwrap();
    drive(&second, other, &Witness::new()).await.unwrap().unwrap();
    assert_eq!(stage.thing("a"), None);
    (second, run)
}

/// Looks, decides the same about all, and drives.
async fn goes_on(engine: &Arc<Engine>, run: RunId, decision: DriftDecision) -> Ending {
    let found = engine.drifted(run).await.unwrap();
    assert_eq!(found.iter().map(|one| one.step.as_str()).collect::<Vec<_>>(), ["a"]);
    let drifted = found.into_iter().map(|drift| (drift, decision)).collect();
    let driving = Driving { by: "ann".into(), drifted, ..Driving::default() };
    engine.drive(run, driving, Arc::new(Silent)).await.unwrap()
}

async fn kinds(stage: &Stage, run: RunId) -> Vec<EventKind> {
    stage.history(run).await.into_iter().map(|event| event.kind).collect()
}

#[tokio::test(start_paused = true)]
async fn d20_what_drifted_is_written_down_before_the_run_goes_on() {
    let stage = Stage::new();
    let (engine, run) = cleared(&stage).await;
    engine.signal(run, &yes("go")).await.unwrap();
    assert_eq!(goes_on(&engine, run, DriftDecision::Accept).await, Ending::Rest(Phase::Succeeded));
    assert_eq!(stage.thing("a"), None, "accepted is left as it is");
    let history = kinds(&stage, run).await;
    let at = history.iter().position(|kind| matches!(kind, EventKind::RunResumed { .. }));
    let found = &history[at.unwrap() + 1];
    let EventKind::DriftFound { step, what, .. } = found else { panic!("{found:?}") };
    assert_eq!(step.as_str(), "a");
    let decided = &history[at.unwrap() + 2];
    let EventKind::DriftDecided { decision, by, .. } = decided else { panic!("{decided:?}") };
    assert_eq!((*decision, by.as_str()), (DriftDecision::Accept, "ann"));
    let loaded = engine.reader().load(run).await.unwrap();
    assert!(loaded.run.steps[0].drifted.as_ref().unwrap().accepted(what));
}

#[tokio::test(start_paused = true)]
async fn what_was_accepted_is_not_asked_about_again() {
    let stage = Stage::new();
    let (engine, run) = cleared(&stage).await;
    let found = engine.drifted(run).await.unwrap();
    let drifted = found.into_iter().map(|drift| (drift, DriftDecision::Accept)).collect();
    let driving = Driving { leave_when_waiting: true, drifted, ..Driving::default() };
    let ending = engine.drive(run, driving, Arc::new(Silent)).await.unwrap();
    assert_eq!(ending, Ending::Waiting);
    assert_eq!(engine.drifted(run).await.unwrap(), [], "a human has said that it is as it should");
}

#[tokio::test(start_paused = true)]
async fn what_is_put_back_is_back_before_the_next_step_and_rolls_back_to_the_first_state() {
    let stage = Stage::new();
    let (engine, run) = cleared(&stage).await;
    engine.signal(run, &yes("go")).await.unwrap();
    assert!(engine.drifted(run).await.unwrap()[0].can_be_put_back);
    let ending = goes_on(&engine, run, DriftDecision::PutBack).await;
    assert_eq!(ending, Ending::Rest(Phase::Succeeded));
    assert_eq!((stage.thing("a"), stage.thing("b")), (Some(77), Some(77)));
    assert_eq!(stage.effects(), ["forward a", "undo undo", "forward a", "forward b"]);
    assert_eq!(engine.drifted(run).await.unwrap(), []);
    let back = Signal::Rollback { by: "ann".into(), reason: "so".into(), to: None };
    engine.signal(run, &back).await.unwrap();
    let ending = engine.drive(run, Driving::default(), Arc::new(Silent)).await.unwrap();
    assert_eq!(ending, Ending::Rest(Phase::RolledBack));
    assert_eq!((stage.thing("a"), stage.thing("b")), (None, None), "as before the run");
    assert_eq!(stage.effects()[4..], ["undo b", "undo a"], "one way back for both attempts");
}

#[tokio::test(start_paused = true)]
async fn a_stop_writes_down_what_drifted_and_does_nothing_else() {
    let stage = Stage::new();
    let (engine, run) = cleared(&stage).await;
    engine.signal(run, &yes("go")).await.unwrap();
    let before = kinds(&stage, run).await.len();
    let effects = stage.effects();
    assert_eq!(goes_on(&engine, run, DriftDecision::Stop).await, Ending::Stopped);
    let history = kinds(&stage, run).await;
    let news: Vec<String> = history[before..].iter().map(EventKind::name).collect();
    assert_eq!(news, ["drift_found", "drift_decided"]);
    assert_eq!(stage.effects(), effects);
    // It is asked about again, and goes on with the answer that waits.
    let ending = goes_on(&engine, run, DriftDecision::PutBack).await;
    assert_eq!(ending, Ending::Rest(Phase::Succeeded));
}

#[tokio::test(start_paused = true)]
async fn on_the_way_back_nothing_is_put_back_forward() {
    let stage = Stage::new();
    let (engine, run) = cleared(&stage).await;
    let back = Signal::Rollback { by: "ann".into(), reason: "so".into(), to: Some("go".into()) };
    engine.signal(run, &back).await.unwrap();
    let ending = engine.drive(run, Driving::default(), Arc::new(Silent)).await.unwrap();
    assert_eq!(ending, Ending::Rest(Phase::Paused), "a partial rollback ends in a pause");
    let found: Vec<Drift> = engine.drifted(run).await.unwrap();
    assert_eq!(found.iter().map(|one| one.can_be_put_back).collect::<Vec<_>>(), [false]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_has_not_begun_or_has_ended_has_no_drift() {
    let stage = Stage::new();
    let engine = stage.engine("one");
    let run = engine.create(&row(vec![act("a", "world.set", "a")])).await.unwrap();
    assert_eq!(engine.drifted(run).await.unwrap(), []);
    drive(&engine, run, &Witness::new()).await.unwrap().unwrap();
    let other = engine.create(&row(vec![act("undo", "world.clear", "a")])).await.unwrap();
    drive(&engine, other, &Witness::new()).await.unwrap().unwrap();
    assert_eq!(engine.drifted(run).await.unwrap(), []);
}
