//! Many runs in one engine.

use crate::stage::{Stage, Witness, drive, yes};
use crate::steps::{act, ask, row};
use windlass_engine::{Ending, EngineError, RUNS_DRIVEN_MAX};
use windlass_model::{EventKind, Phase};

/// More than any pool or queue of the engine could hold by chance.
const RUNS: usize = 100;

#[tokio::test(start_paused = true)]
async fn many_runs_at_once_do_not_meet() {
    let stage = Stage::new();
    let engine = stage.engine("one");
    let mut drives = Vec::new();
    for number in 0..RUNS {
        let thing = format!("t{number}");
        let steps = vec![act("a", "world.set", &thing), act("b", "world.swap", &thing)];
        let run = engine.create(&row(steps)).await.unwrap();
        drives.push(drive(&engine, run, &Witness::new()));
    }
    for driven in drives {
        assert_eq!(driven.await.unwrap(), Ok(Ending::Rest(Phase::Succeeded)));
    }
    assert_eq!(stage.effects().len(), 2 * RUNS);
}

/// As many as an engine drives, and one more: it is refused, kept, and driven once there is room.
#[tokio::test(start_paused = true)]
async fn one_more_than_an_engine_drives_is_refused_and_waits_its_turn() {
    let stage = Stage::new();
    let engine = stage.engine("one");
    let (mut runs, mut drives) = (Vec::new(), Vec::new());
    for _ in 0..RUNS_DRIVEN_MAX {
        let (run, witness) = (engine.create(&row(vec![ask("go")])).await.unwrap(), Witness::new());
        runs.push(run);
        drives.push(drive(&engine, run, &witness));
        witness.heard(|kind| matches!(kind, EventKind::SignalAwaited { .. })).await;
    }
    let more = engine.create(&row(vec![act("a", "world.set", "a")])).await.unwrap();
    let refused = drive(&engine, more, &Witness::new()).await.unwrap();
    assert_eq!(refused, Err(EngineError::Full));
    assert_eq!(stage.effects().len(), 0);
    engine.signal(runs[0], &yes("go")).await.unwrap();
    assert_eq!(drives.remove(0).await.unwrap(), Ok(Ending::Rest(Phase::Succeeded)));
    let driven = drive(&engine, more, &Witness::new()).await.unwrap();
    assert_eq!(driven, Ok(Ending::Rest(Phase::Succeeded)));
}
