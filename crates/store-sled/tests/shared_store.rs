//! The store passes the conformance kit through its socket, where the one who asks is never the
//! holder.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use windlass_ports::Store;
use windlass_store_sled::SharedStore;
use windlass_testkit::store_kit::subject::Subject;

async fn subject() -> Subject {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let holder = SharedStore::open(&path).await.unwrap();
    let guest = SharedStore::open(&path).await.unwrap();
    assert!(holder.holder().here && !guest.holder().here);
    let kept = (folder, holder);
    Subject::durable(guest, kept, move |guest| {
        let path = path.clone();
        drop(guest);
        Box::pin(async move {
            let guest = SharedStore::open(&path).await.unwrap();
            assert!(!guest.holder().here);
            guest as Arc<dyn Store>
        })
    })
}

windlass_testkit::store_conformance!(subject());
