//! A store whose folder has too little room takes no new run, says so, and goes on with those that
//! it has.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::sync::Arc;
use windlass_ports::Store;
use windlass_ports::store::{LeaseAnswer, LeaseRequest, StoreError};
use windlass_store_sled::room::free_bytes;
use windlass_store_sled::{Settings, SharedStore, SledStore};
use windlass_testkit::store_kit::subject::{NOON, Subject, TTL_MS, append, new_run, run_id};

/// No disk has so much free.
const MORE_THAN_ANY: u64 = u64::MAX;

fn floor(free_bytes_floor: u64) -> Settings {
    Settings { free_bytes_floor, ..Settings::default() }
}

fn request(n: u64) -> LeaseRequest {
    let owner = "first".to_owned();
    LeaseRequest { run: run_id(n), owner, now: NOON, ttl_ms: TTL_MS, displaces: None }
}

async fn refuses_the_new_and_keeps_the_old(store: Arc<dyn Store>, folder: &Path) {
    let refused = store.create_run(new_run(2)).await.unwrap_err();
    let StoreError::NoRoom { folder: told, free, floor } = &refused else { panic!("{refused}") };
    assert_eq!((told.as_str(), *floor), (folder.to_str().unwrap(), MORE_THAN_ANY));
    assert!(*free > 0 && *free < MORE_THAN_ANY);
    let leased = store.create_leased(new_run(2), request(2)).await;
    assert!(matches!(leased, Err(StoreError::NoRoom { .. })), "{leased:?}");
    let head = store.head(run_id(2)).await;
    assert_eq!(head, Err(StoreError::NoSuchRun(run_id(2))), "nothing of it is kept");

    // The run that is on: created again by one who did not hear the answer, leased, and driven on.
    store.create_run(new_run(1)).await.unwrap();
    let again = store.create_leased(new_run(1), request(1)).await.unwrap();
    let LeaseAnswer::Granted(lease) = again else { panic!("{again:?}") };
    let seq = store.head(run_id(1)).await.unwrap().seq;
    let appended = store.append(append(&lease, seq, vec![b"goes on".to_vec()])).await;
    assert_eq!(appended, Ok(seq + 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn below_its_floor_it_takes_no_new_run_and_those_that_are_on_go_on() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("store");
    let subject = Subject::new(SledStore::open_with(&folder, floor(0)).unwrap());
    subject.leased(1).await;
    drop(subject);

    let full = SledStore::open_with(&folder, floor(MORE_THAN_ANY)).unwrap();
    let full: Arc<dyn Store> = Arc::new(full);
    refuses_the_new_and_keeps_the_old(full.clone(), &folder).await;
    drop(full);

    let roomy = SledStore::open_with(&folder, floor(free_bytes(&folder).unwrap() / 2)).unwrap();
    roomy.create_run(new_run(2)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_is_told_the_same_through_the_socket() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("store");
    let subject = Subject::new(SledStore::open(&folder).unwrap());
    subject.leased(1).await;
    drop(subject);

    let holder = SharedStore::open_with(&folder, floor(MORE_THAN_ANY)).await.unwrap();
    // The floor is the holder's: what this guest would want does not count.
    let guest = SharedStore::open_with(&folder, floor(0)).await.unwrap();
    assert!(holder.holder().here && !guest.holder().here);
    let folder = folder.canonicalize().unwrap();
    refuses_the_new_and_keeps_the_old(guest, &folder).await;
}

#[test]
fn it_says_how_much_is_free_where_and_what_is_wanted() {
    let (free, floor) = (12 * 1024 * 1024 + 5, 128 * 1024 * 1024);
    let error = StoreError::NoRoom { folder: "/srv/windlass".to_owned(), free, floor };
    let said = error.to_string();
    for part in ["12 MiB are free in /srv/windlass", "128 MiB", "runs that are on go on"] {
        assert!(said.contains(part), "{said}");
    }
}
