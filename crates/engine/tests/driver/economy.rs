//! A finished step and the next intent are one durable write where the next action captures
//! nothing.

use crate::stage::{Stage, Witness, drive};
use crate::steps::{act, row};
use std::sync::Arc;
use windlass_engine::Ending;
use windlass_model::Phase;
use windlass_testkit::{FaultyStore, MemoryStore, Plan};

const STEPS: u64 = 50;

async fn appends(uses: &str) -> u64 {
    let store = Arc::new(FaultyStore::new(Arc::new(MemoryStore::new()), Plan::default()));
    let stage = Stage::over(store.clone());
    let engine = stage.engine("one");
    let steps = (0..STEPS).map(|n| act(&format!("s{n}"), uses, &format!("t{n}")));
    let run = engine.create(&row(steps.collect())).await.unwrap();
    let ending = drive(&engine, run, &Witness::new()).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Succeeded)));
    store.appends()
}

#[tokio::test(start_paused = true)]
async fn a_step_that_captures_nothing_costs_one_write() {
    assert_eq!(appends("world.put").await, STEPS + 1);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_captures_costs_two_since_no_outcome_waits_for_a_capture() {
    assert_eq!(appends("world.set").await, 2 * STEPS + 1);
}
