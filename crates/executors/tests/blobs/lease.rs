//! D22: the shared lock as a lease on a real store's file.

use crate::support::bench::Bench;
use crate::support::context::Known;
use crate::support::server::ACCOUNT;
use crate::support::stores::{Kind, Stored, sas};
use serde_json::json;
use std::sync::Arc;
use windlass_model::{RunId, Timestamp};
use windlass_ports::SharedLock;
use windlass_ports::shared_lock::{Claim, LockAnswer};

/// A store whose file is leased, and the lock over it as a new process makes it.
async fn lock() -> (Stored, impl Fn() -> Arc<dyn SharedLock>) {
    let stored = Stored::new(Kind::AzureSas).await;
    let mut bench = Bench::new(Known::of(&[("sas", &*sas()), ("token", "CANARY-token")]));
    let url = stored.url();
    let container = stored.bench.parts.bindings["store"].settings["container"].clone();
    let azure = json!({
        "subscription": "s", "credential": {"kind": "static_token", "token": "token"},
        "blob_endpoint": format!("{url}/{{account}}"),
    });
    bench.environment.providers.insert("azure".to_owned(), azure);
    let lock = json!({
        "account": ACCOUNT, "container": container, "blob": "locks/qa4", "sas": "sas",
    });
    bench.environment.providers.insert("lock".to_owned(), lock);
    (stored, move || Arc::clone(bench.registry().shared_lock().unwrap()))
}

fn run(number: u128) -> RunId {
    RunId(uuid::Uuid::from_u128(number))
}

fn claim(number: u128) -> Claim {
    Claim {
        run: run(number),
        workflow: "release".to_owned(),
        by: "Zo\u{eb}".to_owned(),
        since: Timestamp(1_795_000_000_000),
    }
}

#[tokio::test]
async fn d22_a_lease_is_one_machines_until_it_is_given_back_or_broken() {
    let (_stored, lock) = lock().await;
    assert_eq!(lock().holder().await.unwrap(), None);
    assert!(!lock().keep(run(1)).await.unwrap());
    for _ in 0..2 {
        assert_eq!(lock().take(&claim(1), None).await.unwrap(), LockAnswer::Ours, "taken up");
    }
    assert!(lock().keep(run(1)).await.unwrap() && !lock().keep(run(2)).await.unwrap());
    let LockAnswer::Held(holder) = lock().take(&claim(2), None).await.unwrap() else {
        panic!("two have it");
    };
    assert_eq!(holder.run, Some(run(1)));
    let words = &holder.words;
    assert!(words.contains("(release) of Zo? on ") && words.contains("since 2026-"), "{words}");
    lock().give_back(run(2)).await.unwrap();
    assert!(lock().keep(run(1)).await.unwrap(), "not theirs to give");
    assert_eq!(lock().take(&claim(2), Some(run(1))).await.unwrap(), LockAnswer::Ours);
    assert_eq!(lock().take(&claim(2), Some(run(1))).await.unwrap(), LockAnswer::Ours, "again");
    assert_eq!(lock().holder().await.unwrap().unwrap().run, Some(run(2)));
    lock().give_back(run(2)).await.unwrap();
    assert_eq!(lock().holder().await.unwrap(), None);
    assert_eq!(lock().take(&claim(3), None).await.unwrap(), LockAnswer::Ours);
    for _ in 0..2 {
        lock().break_open().await.unwrap();
    }
    assert!(!lock().keep(run(3)).await.unwrap());
    assert_eq!(lock().take(&claim(4), None).await.unwrap(), LockAnswer::Ours);
    lock().give_back(run(3)).await.unwrap();
    assert!(lock().keep(run(4)).await.unwrap());
}

#[tokio::test]
async fn d22_of_many_at_once_one_gets_it() {
    let (_stored, lock) = lock().await;
    let asking = (1..=8).map(|number| {
        let lock = lock();
        tokio::spawn(async move { lock.take(&claim(number), None).await.unwrap() })
    });
    let asking: Vec<_> = asking.collect();
    let mut ours = 0;
    for asked in asking {
        ours += usize::from(asked.await.unwrap() == LockAnswer::Ours);
    }
    assert_eq!(ours, 1);
}
