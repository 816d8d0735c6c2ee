//! Runs that go through, fail, roll back.

use crate::stage::{Stage, Witness, drive, run_to_end};
use crate::steps::{act, broken, careful, hour, row};
use windlass_engine::Ending;
use windlass_model::Phase;
use windlass_model::observation::Signal;

#[tokio::test(start_paused = true)]
async fn a_run_goes_through_and_tells_each_event_once_in_order() {
    let stage = Stage::new();
    let engine = stage.engine("one");
    let witness = Witness::new();
    let steps = vec![act("a", "world.set", "a"), act("b", "world.copy", "b"), hour("c")];
    let run = engine.create(&row(steps)).await.unwrap();
    let ending = drive(&engine, run, &witness).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Succeeded)));
    assert_eq!(stage.effects(), ["forward a", "forward b"]);
    let told = witness.events();
    assert_eq!(told, stage.history(run).await);
    assert!(told.iter().zip(1..).all(|(event, seq)| event.seq == seq));
}

#[tokio::test(start_paused = true)]
async fn a_failed_step_stops_the_run_and_a_second_drive_tries_it_again() {
    let stage = Stage::new();
    let (run, ending) =
        run_to_end(&stage, &row(vec![act("a", "world.set", "a"), broken("b")])).await;
    assert_eq!(ending, Ending::Rest(Phase::Failed));
    let again = drive(&stage.engine("one"), run, &Witness::new()).await.unwrap();
    assert_eq!(again, Ok(Ending::Rest(Phase::Failed)));
    assert_eq!(stage.effects(), ["forward a"], "a finished step never runs again");
}

#[tokio::test(start_paused = true)]
async fn a_failure_rolls_back_where_the_file_says_so() {
    let stage = Stage::new();
    let steps = vec![act("a", "world.set", "old"), act("b", "world.swap", "new"), broken("c")];
    let (_, ending) = run_to_end(&stage, &careful(steps)).await;
    assert_eq!(ending, Ending::Rest(Phase::RolledBack));
    assert_eq!(stage.effects(), ["forward a", "forward b", "undo b", "undo a"]);
    assert_eq!((stage.thing("old"), stage.thing("new")), (Some(5), None));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_succeeded_can_be_rolled_back() {
    let stage = Stage::new();
    let (run, ending) = run_to_end(&stage, &row(vec![act("a", "world.set", "old")])).await;
    assert_eq!(ending, Ending::Rest(Phase::Succeeded));
    assert_eq!(stage.thing("old"), Some(77));
    let engine = stage.engine("two");
    let back = Signal::Rollback { by: "human".into(), reason: "wrong build".into(), to: None };
    engine.signal(run, &back).await.unwrap();
    let ending = drive(&engine, run, &Witness::new()).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::RolledBack)));
    assert_eq!(stage.thing("old"), Some(5));
}
