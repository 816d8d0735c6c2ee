//! What somebody changed while a run lay there: looked for when one asks for it, and written down
//! before anything else is done (D20).

use crate::stage::{Stage, Witness, drive, yes};
use crate::steps::{act, ask, row};
use windlass_engine::{Driving, Ending, Silent};
use windlass_model::{EventKind, Phase};

#[tokio::test(start_paused = true)]
async fn d20_what_drifted_is_written_down_before_the_run_goes_on() {
    let stage = Stage::new();
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
    second.signal(run, &yes("go")).await.unwrap();
    let driving = Driving { by: "ann".into(), look_for_drift: true, ..Driving::default() };
    let ending = second.drive(run, driving, std::sync::Arc::new(Silent)).await.unwrap();
    assert_eq!(ending, Ending::Rest(Phase::Succeeded));
    let history = stage.history(run).await;
    let at = history.iter().position(|event| matches!(event.kind, EventKind::RunResumed { .. }));
    let found = &history[at.unwrap() + 1].kind;
    let EventKind::DriftFound { step, what } = found else { panic!("{found:?}") };
    assert_eq!(step.as_str(), "a");
    let loaded = second.reader().load(run).await.unwrap();
    let kept = loaded.run.steps[0].drifted.as_ref().unwrap();
    assert_eq!((&kept.what, kept.at), (what, history[at.unwrap() + 1].at));
    let all = history.iter().filter(|event| matches!(event.kind, EventKind::DriftFound { .. }));
    assert_eq!(all.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_has_not_begun_or_has_ended_has_no_drift() {
    let stage = Stage::new();
    let engine = stage.engine("one");
    let run = engine.create(&row(vec![act("a", "world.set", "a")])).await.unwrap();
    for _ in 0..2 {
        let driving = Driving { look_for_drift: true, ..Driving::default() };
        let ending = engine.drive(run, driving, std::sync::Arc::new(Silent)).await.unwrap();
        assert_eq!(ending, Ending::Rest(Phase::Succeeded));
        let other = engine.create(&row(vec![act("undo", "world.clear", "a")])).await.unwrap();
        drive(&engine, other, &Witness::new()).await.unwrap().unwrap();
    }
    let history = stage.history(run).await;
    assert!(!history.iter().any(|event| matches!(event.kind, EventKind::DriftFound { .. })));
}
