//! Engines that die half-way, and those that take over.

use crate::stage::{Stage, Witness, drive};
use crate::steps::{act, row};
use windlass_engine::Ending;
use windlass_model::{EventKind, Phase};
use windlass_testkit::world::ledger::Deed;

#[tokio::test(start_paused = true)]
async fn a_remote_operation_is_asked_after_a_crash_and_never_sent_again() {
    let stage = Stage::new();
    let (first, second) = (stage.engine("first"), stage.engine("second"));
    let run = first.create(&row(vec![act("a", "world.copy", "a")])).await.unwrap();
    let witness = Witness::new();
    let driven = drive(&first, run, &witness);
    witness.heard(|kind| matches!(kind, EventKind::AttemptAccepted { .. })).await;
    driven.abort();
    assert!(driven.await.unwrap_err().is_cancelled());
    stage.bury("first");
    let ending = drive(&second, run, &Witness::new()).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Succeeded)));
    let state = stage.world.state();
    let begun = state.ledger().iter().filter(|entry| entry.deed == Deed::Begun).count();
    assert_eq!(begun, 1);
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_was_let_go_stops_renewing_its_lease() {
    let stage = Stage::new();
    let (first, second) = (stage.engine("first"), stage.engine("second"));
    let run = first.create(&row(vec![act("a", "world.copy", "a")])).await.unwrap();
    let witness = Witness::new();
    let driven = drive(&first, run, &witness);
    witness.heard(|kind| matches!(kind, EventKind::AttemptAccepted { .. })).await;
    driven.abort();
    assert!(driven.await.unwrap_err().is_cancelled());
    let lease = stage.store.lease(run).await.unwrap().unwrap();
    windlass_ports::Clock::sleep_until(&stage.clock, lease.expires).await;
    let ending = drive(&second, run, &Witness::new()).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Succeeded)));
}
