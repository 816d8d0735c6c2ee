//! A store that goes away, before and after each append; the run goes on when it is back.

use crate::stage::{Stage, Witness, drive};
use crate::steps::{act, broken, careful, row};
use std::sync::Arc;
use windlass_engine::{Ending, EngineError};
use windlass_model::{Phase, WorkflowDef};
use windlass_testkit::{Fault, FaultyStore, MemoryStore, Plan};

/// Far more appends than these workflows need.
const APPENDS_MAX: u64 = 60;

/// Lets the store fail at the n-th append; drives again once it is back. False where the run ended
/// before that append.
async fn survives(
    def: &WorkflowDef,
    nth: u64,
    fault: Fault,
    phase: Phase,
    effects: &[&str],
) -> bool {
    let plan = Plan::default().at(nth, fault.clone());
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::new()), plan));
    let stage = Stage::over(store.clone());
    let engine = stage.engine("one");
    let run = engine.create(def).await.unwrap();
    let first = drive(&engine, run, &Witness::new()).await.unwrap();
    let met = store.appends() >= nth;
    if first != Ok(Ending::Rest(phase)) {
        let away = matches!(first, Ok(Ending::StoreAway(_)) | Err(EngineError::Store(_)));
        assert!(away, "append {nth}, {fault:?}: {first:?}");
        store.heal();
        let second = drive(&engine, run, &Witness::new()).await.unwrap();
        assert_eq!(second, Ok(Ending::Rest(phase)), "append {nth}, {fault:?}");
    }
    assert_eq!(stage.effects(), effects, "append {nth}, {fault:?}");
    stage.history(run).await;
    met
}

async fn survives_everywhere(def: &WorkflowDef, phase: Phase, effects: &[&str]) {
    let faults = [
        Fault::FailBefore,
        Fault::LoseAcknowledgement,
        Fault::DownBefore,
        Fault::DownAfter,
        Fault::UnavailableFor { calls: 3 },
    ];
    for fault in faults {
        let mut nth = 1;
        while survives(def, nth, fault.clone(), phase, effects).await {
            nth += 1;
            assert!(nth < APPENDS_MAX, "the run does not end");
        }
        assert!(nth > 4, "the workflow has too few appends to say anything");
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_at_any_append_of_a_run_costs_nothing_but_time() {
    let steps = vec![act("a", "world.set", "old"), act("b", "world.copy", "b")];
    survives_everywhere(&row(steps), Phase::Succeeded, &["forward a", "forward b"]).await;
}

#[tokio::test(start_paused = true)]
async fn an_outage_at_any_append_of_a_rollback_costs_nothing_but_time() {
    let steps = vec![act("a", "world.set", "old"), act("b", "world.swap", "b"), broken("c")];
    let effects = ["forward a", "forward b", "undo b", "undo a"];
    survives_everywhere(&careful(steps), Phase::RolledBack, &effects).await;
}

#[tokio::test(start_paused = true)]
async fn a_stolen_lease_at_any_append_ends_the_drive_and_nothing_more() {
    let steps = vec![act("a", "world.set", "old"), act("b", "world.copy", "b")];
    let def = row(steps);
    for nth in 1..8 {
        let thief = Fault::StealLease { owner: "thief".to_owned() };
        let plan = Plan::default().at(nth, thief);
        let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::new()), plan));
        let stage = Stage::over(store);
        let engine = stage.engine("one");
        let run = engine.create(&def).await.unwrap();
        let first = drive(&engine, run, &Witness::new()).await.unwrap();
        assert!(matches!(first, Ok(Ending::LeaseLost(_))), "append {nth}: {first:?}");
        stage.bury("thief");
        let second = drive(&engine, run, &Witness::new()).await.unwrap();
        assert_eq!(second, Ok(Ending::Rest(Phase::Succeeded)), "append {nth}");
        assert_eq!(stage.effects(), ["forward a", "forward b"], "append {nth}");
    }
}
