//! Two engines and one run.

use crate::stage::{Stage, Witness, drive, yes};
use crate::steps::{act, ask, row};
use windlass_engine::lease::LeaseError;
use windlass_engine::{Ending, EngineError};
use windlass_model::{EventKind, Phase};

#[tokio::test(start_paused = true)]
async fn a_run_that_somebody_drives_is_held() {
    let stage = Stage::new();
    let (first, second) = (stage.engine("first"), stage.engine("second"));
    let run = first.create(&row(vec![ask("a")])).await.unwrap();
    let witness = Witness::new();
    let driven = drive(&first, run, &witness);
    witness.heard(|kind| matches!(kind, EventKind::SignalAwaited { .. })).await;
    let refused = drive(&second, run, &Witness::new()).await.unwrap();
    let Err(EngineError::Lease(LeaseError::Held { owner, .. })) = refused else {
        panic!("the lease was given twice: {refused:?}");
    };
    assert_eq!(owner, "first");
    second.signal(run, &yes("a")).await.unwrap();
    assert_eq!(driven.await.unwrap(), Ok(Ending::Rest(Phase::Succeeded)));
}

#[tokio::test(start_paused = true)]
async fn a_displaced_engine_writes_nothing_any_more() {
    let stage = Stage::new();
    let (first, second) = (stage.engine("first"), stage.engine("second"));
    let run = first.create(&row(vec![act("a", "world.copy", "a"), ask("b")])).await.unwrap();
    let witness = Witness::new();
    let stale = drive(&first, run, &witness);
    witness.heard(|kind| matches!(kind, EventKind::AttemptAccepted { .. })).await;
    stage.bury("first");
    let watch = Witness::new();
    let present = drive(&second, run, &watch);
    let ending = stale.await.unwrap();
    assert!(matches!(ending, Ok(Ending::LeaseLost(_))), "{ending:?}");
    watch.heard(|kind| matches!(kind, EventKind::SignalAwaited { .. })).await;
    second.signal(run, &yes("b")).await.unwrap();
    assert_eq!(present.await.unwrap(), Ok(Ending::Rest(Phase::Succeeded)));
    assert_eq!(stage.effects(), ["forward a"]);
    stage.history(run).await;
}
