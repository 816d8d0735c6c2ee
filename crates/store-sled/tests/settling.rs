//! A guest whose holder goes without an answer: what became of the append is settled by what stands
//! in the store.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::net::{UnixListener, UnixStream};
use windlass_model::RunId;
use windlass_ports::store::{Append, AppendError, Lease, LockState, Store};
use windlass_store_sled::share::protocol::{Call, Hello, PROTOCOL, decode, frame, read_frame};
use windlass_store_sled::{OpenError, SharedStore, SledStore};
use windlass_testkit::store_kit::subject::{Subject, append, run_id};

/// A holder that the test plays itself: it holds the lock and listens, and answers when told.
struct Played {
    store: SledStore,
    listener: UnixListener,
}

impl Played {
    async fn open(path: &Path) -> (Self, Lease) {
        let subject = Subject::new(SledStore::open(path).unwrap());
        let lease = subject.leased(1).await;
        subject.run(2).await;
        subject.store.acquire_lock("qa4".to_owned(), run_id(1)).await.unwrap();
        drop(subject);
        let store = SledStore::open(path).unwrap();
        let listener = UnixListener::bind(path.join("socket")).unwrap();
        (Self { store, listener }, lease)
    }

    /// Greets a guest, and gives its first call.
    async fn first_call(&self, protocol: u32) -> (UnixStream, Option<Call>) {
        let (mut stream, _) = self.listener.accept().await.unwrap();
        read_frame(&mut stream).await.unwrap();
        let hello = Hello { windlass_store_protocol: protocol, pid: 7 };
        stream.write_all(&frame(0, &hello).unwrap()).await.unwrap();
        let call = read_frame(&mut stream).await.ok().map(|(_, body)| decode(&body).unwrap());
        (stream, call)
    }
}

/// Lets a guest append to a holder that does something of its own with it and goes without a word.
async fn lost<F>(act: impl FnOnce(SledStore, Append) -> F) -> (Result<u64, AppendError>, Vec<u8>)
where
    F: Future<Output = ()>,
{
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let (played, lease) = Played::open(&path).await;
    let guest = {
        let path = path.clone();
        tokio::spawn(async move {
            let guest = SharedStore::open(&path).await.unwrap();
            let ours = append(&lease, 0, vec![b"ours".to_vec(), b"too".to_vec()]);
            (guest.append(ours).await, guest)
        })
    };
    let (stream, call) = played.first_call(PROTOCOL).await;
    let Some(Call::Append(append)) = call else { panic!("{call:?}") };
    act(played.store, append).await;
    drop((stream, played.listener));
    let (outcome, guest) = guest.await.unwrap();
    assert!(guest.holder().here, "the guest followed");
    let events = guest.events(run_id(1), 0, 9).await.unwrap();
    (outcome, events.into_iter().flat_map(|event| event.bytes).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_arrived_is_done_once() {
    let (outcome, events) = lost(|store, append| async move {
        store.append(append).await.unwrap();
    })
    .await;
    assert_eq!((outcome, &events[..]), (Ok(2), &b"ourstoo"[..]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_did_not_arrive_is_sent_again() {
    let (outcome, events) = lost(|_, _| async {}).await;
    assert_eq!((outcome, &events[..]), (Ok(2), &b"ourstoo"[..]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_came_too_late_is_a_conflict() {
    let (outcome, events) = lost(|store, append| async move {
        let theirs = Append { events: vec![b"theirs".to_vec()], ..append };
        store.append(theirs).await.unwrap();
    })
    .await;
    let conflict = AppendError::Conflict { expected: 0, actual: 1 };
    assert_eq!((outcome, &events[..]), (Err(conflict), &b"theirs"[..]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_was_handed_on_stays_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let (played, _) = Played::open(&path).await;
    let guest = {
        let path = path.clone();
        tokio::spawn(async move {
            let guest: Arc<dyn Store> = SharedStore::open(&path).await.unwrap();
            guest.hand_lock("qa4".to_owned(), run_id(1), run_id(2)).await
        })
    };
    let (stream, call) = played.first_call(PROTOCOL).await;
    let Some(Call::HandLock { lock, from, to }) = call else { panic!("{call:?}") };
    played.store.hand_lock(lock, from, to).await.unwrap();
    drop((stream, played));
    let holder: Option<RunId> = Some(run_id(2));
    assert_eq!(guest.await.unwrap(), Ok(LockState { holder, queue: Vec::new() }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_version_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let (played, _) = Played::open(&path).await;
    let guest = tokio::spawn(async move { SharedStore::open(&path).await.map(|_| ()) });
    played.first_call(PROTOCOL + 1).await;
    let refused = guest.await.unwrap();
    let Err(OpenError::Foreign { why, .. }) = refused else { panic!("{refused:?}") };
    assert!(why.contains("process 7") && why.contains("another version"), "{why}");
}
