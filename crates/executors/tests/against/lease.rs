//! D22: the shared lock against the simulated store; every exchange is held against the contract.
//! What it promises is tried against Azurite too (`tests/blobs/lease.rs`).

use crate::support::sim::Sim;
use serde_json::json;
use std::sync::Arc;
use windlass_model::{RunId, Timestamp};
use windlass_ports::SharedLock;
use windlass_ports::shared_lock::{Claim, LockAnswer};

fn run(number: u128) -> RunId {
    RunId(uuid::Uuid::from_u128(number))
}

fn claim(number: u128) -> Claim {
    let (workflow, by) = ("release".to_owned(), "ann".to_owned());
    Claim { run: run(number), workflow, by, since: Timestamp(1_795_000_000_000) }
}

#[tokio::test]
async fn d22_every_word_of_the_shared_lock_is_one_that_azure_knows() {
    let sim = Sim::start().await;
    let mut environment = sim.environment();
    let place = json!({
        "account": "dispatcherbackups", "container": "bacpacs", "blob": "locks/prod",
    });
    environment.providers.insert("lock".to_owned(), place);
    let lock: Arc<dyn SharedLock> =
        Arc::clone(sim.registry_of(&environment).shared_lock().unwrap());
    assert_eq!(lock.holder().await.unwrap(), None, "there is no file");
    assert_eq!(lock.take(&claim(1), None).await.unwrap(), LockAnswer::Ours);
    assert!(matches!(lock.take(&claim(2), None).await.unwrap(), LockAnswer::Held(_)));
    assert!(lock.keep(run(1)).await.unwrap() && !lock.keep(run(2)).await.unwrap());
    assert_eq!(lock.take(&claim(2), Some(run(1))).await.unwrap(), LockAnswer::Ours);
    assert_eq!(lock.holder().await.unwrap().unwrap().run, Some(run(2)));
    lock.break_open().await.unwrap();
    assert_eq!(lock.take(&claim(3), None).await.unwrap(), LockAnswer::Ours);
    lock.give_back(run(3)).await.unwrap();
    assert_eq!(lock.holder().await.unwrap(), None);
    // made, leased, signed; refused; looked at twice; passed on and signed; broken; and once more
    let puts = sim.judge.seen().iter().filter(|call| call.starts_with("PUT ")).count();
    assert!(puts >= 12, "{:?}", sim.judge.seen());
}
