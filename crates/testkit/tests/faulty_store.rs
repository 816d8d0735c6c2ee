//! The faulty store fails exactly as scripted, and is a store like any other where nothing is
//! scripted.

use std::sync::Arc;
use windlass_ports::{AppendError, Store, StoreError};
use windlass_testkit::store_kit::subject::{NOON, Subject};
use windlass_testkit::{Fault, FaultyStore, MemoryStore, Plan};

windlass_testkit::store_conformance!(async {
    Subject::new(FaultyStore::new(Arc::new(MemoryStore::new()), Plan::default()))
});

/// A faulty store over a memory store that one can look into.
fn scripted(plan: Plan) -> (Subject, Arc<FaultyStore>) {
    let faulty = Arc::new(FaultyStore::new(Arc::new(MemoryStore::new()), plan));
    let store: Arc<dyn Store> = faulty.clone();
    (Subject::durable(store, (), |store| Box::pin(std::future::ready(store))), faulty)
}

fn is_away<T>(outcome: &Result<T, AppendError>) -> bool {
    matches!(outcome, Err(AppendError::Store(StoreError::Unavailable(_))))
}

#[tokio::test]
async fn an_append_fails_before_or_after_its_effect() {
    let plan = Plan::default().at(2, Fault::FailBefore).at(3, Fault::LoseAcknowledgement);
    let (subject, faulty) = scripted(plan);
    let lease = subject.leased(1).await;
    assert_eq!(subject.append(&lease, 0, 1).await, Ok(1));
    assert!(is_away(&subject.append(&lease, 1, 1).await));
    assert_eq!(subject.events(lease.run, 0).await.len(), 1, "not written");
    assert!(is_away(&subject.append(&lease, 1, 1).await));
    assert_eq!(subject.events(lease.run, 0).await.len(), 2, "written");
    assert_eq!(subject.append(&lease, 2, 1).await, Ok(3));
    assert_eq!(faulty.appends(), 4);
}

#[tokio::test]
async fn a_store_that_is_down_stays_down_until_healed() {
    let plan = Plan::default().at(1, Fault::DownBefore).at(2, Fault::DownAfter);
    let (subject, faulty) = scripted(plan);
    let lease = subject.leased(1).await;
    for written in [0, 1] {
        assert!(is_away(&subject.append(&lease, 0, 1).await));
        assert!(subject.store.head(lease.run).await.is_err() && faulty.is_down());
        faulty.heal();
        assert_eq!(subject.events(lease.run, 0).await.len(), written);
    }
}

#[tokio::test]
async fn an_outage_ends_after_so_many_calls() {
    let (subject, _) = scripted(Plan::default().at(1, Fault::UnavailableFor { calls: 3 }));
    let lease = subject.leased(1).await;
    assert!(is_away(&subject.append(&lease, 0, 1).await));
    assert!(subject.store.head(lease.run).await.is_err());
    assert!(subject.store.head(lease.run).await.is_err());
    assert_eq!(subject.store.head(lease.run).await.map(|head| head.seq), Ok(0));
}

#[tokio::test]
async fn a_stolen_lease_meets_the_fence() {
    let steal = Fault::StealLease { owner: "thief".to_owned() };
    let (subject, _) = scripted(Plan::default().at(1, steal));
    let lease = subject.leased(1).await;
    let lost = AppendError::LeaseLost { current: lease.epoch + 1 };
    assert_eq!(subject.append(&lease, 0, 1).await, Err(lost));
    let held = subject.store.lease(lease.run).await.unwrap().unwrap();
    assert_eq!((held.owner.as_str(), held.epoch), ("thief", lease.epoch + 1));
    assert_eq!(subject.lease(lease.run, "first", NOON, None).await, None);
}
