//! Many runs in one engine.

use crate::stage::{Stage, Witness, drive};
use crate::steps::{act, row};
use windlass_engine::Ending;
use windlass_model::Phase;

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
