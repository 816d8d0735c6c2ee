//! The embedded store passes the conformance kit, reopened for real.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use windlass_ports::Store;
use windlass_store_sled::SledStore;
use windlass_testkit::store_kit::subject::Subject;

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
