//! The embedded store passes the conformance kit, reopened for real.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use windlass_ports::Store;
use windlass_store_sled::SledStore;
use windlass_testkit::store_kit::subject::{Subject, append, signal};

async fn subject() -> Subject {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store: Arc<dyn Store> = Arc::new(SledStore::open(&path).unwrap());
    Subject::durable(store, folder, move |store| {
        let path = path.clone();
        drop(store);
        Box::pin(async move { Arc::new(SledStore::open(&path).unwrap()) as Arc<dyn Store> })
    })
}

windlass_testkit::store_conformance!(subject());

/// Appends that each consume a signal while somebody asks for it without a pause.
const APPENDS: u64 = 40;

/// The tree forgets a signal a sync earlier than its events are visible; a reader must not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_is_pending_until_its_events_are_visible() {
    let subject = subject().await;
    let lease = subject.leased(1).await;
    for seq in 0..APPENDS {
        let posted = signal(seq);
        subject.post(lease.run, &posted).await.unwrap();
        let mut answer = append(&lease, seq, vec![b"answered".to_vec()]);
        answer.consumed_signals = vec![posted.id];
        let store = subject.store.clone();
        let appended = tokio::spawn(async move { store.append(answer).await });
        while !subject.pending(lease.run).await.is_empty() {}
        let head = subject.store.head(lease.run).await.unwrap();
        assert_eq!(head.seq, seq + 1, "gone before its event is visible");
        assert_eq!(appended.await.unwrap(), Ok(seq + 1));
    }
}
