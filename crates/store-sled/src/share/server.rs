//! Serves the port to guests. Every call is answered on its own, so that one that waits holds up
//! nobody. It must not know that the store is sled.

use super::place;
use super::protocol::{
    Bytes, Call, Hello, PROTOCOL, SLICE_BYTES, Slice, decode, frame, read_frame,
};
use crate::layout::gone;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{AbortHandle, JoinSet};
use windlass_model::{RunId, Seq};
use windlass_ports::{Store, StoreError};

/// Calls of one guest that are answered at once; further ones wait in the socket.
const CALLS_MAX: usize = 1024;

/// Answers that wait to be written to one guest.
const ANSWERS_MAX: usize = 64;

/// Between two attempts to let a guest in, after one that failed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Events that are read at once for a slice.
const EVENTS_AT_ONCE: usize = 256;

/// The serving side; dropping it removes the socket and lets all guests go.
#[derive(Debug)]
pub struct Server {
    socket: PathBuf,
    accepting: AbortHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        // The next holder removes what is left of it.
        drop(std::fs::remove_file(&self.socket));
        self.accepting.abort();
    }
}

impl Server {
    /// Begins to serve a store. The caller holds the store's lock, so a socket that is there is a
    /// dead one.
    pub fn start(socket: &Path, store: Arc<dyn Store>) -> io::Result<Self> {
        gone(std::fs::remove_file(socket))?;
        let listener = UnixListener::bind(socket)?;
        place::make_private(socket)?;
        let accepting = tokio::spawn(accept(listener, store)).abort_handle();
        Ok(Self { socket: socket.to_path_buf(), accepting })
    }
}

async fn accept(listener: UnixListener, store: Arc<dyn Store>) {
    let mut guests = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) if is_own(&stream) => {
                guests.spawn(attend(stream, store.clone()));
            }
            Ok(_) => tracing::warn!("a process of another user asked for the store"),
            Err(error) => {
                tracing::warn!(%error, "a guest could not be let in");
                // Out of descriptors, most likely: some time must pass before that can change.
                let pause = tokio::time::timeout(ACCEPT_PAUSE, std::future::pending::<()>());
                drop(pause.await);
            }
        }
        while guests.try_join_next().is_some() {}
    }
}

/// The file's rights keep other users out; this does so in the moment before they are set.
pub fn is_own(stream: &UnixStream) -> bool {
    stream.peer_cred().is_ok_and(|peer| peer.uid() == place::own_user())
}

/// Attends to a guest until it goes.
async fn attend(stream: UnixStream, store: Arc<dyn Store>) {
    let (mut from, mut to) = stream.into_split();
    let (answers, mut answered) = mpsc::channel::<Vec<u8>>(ANSWERS_MAX);
    let mut calls = JoinSet::new();
    calls.spawn(async move {
        while let Some(answer) = answered.recv().await {
            if to.write_all(&answer).await.is_err() {
                return;
            }
        }
    });
    if !greet(&mut from, &answers).await {
        return finish(calls, answers).await;
    }
    let places = Arc::new(Semaphore::new(CALLS_MAX));
    while let Ok((number, body)) = read_frame(&mut from).await {
        let Ok(place) = places.clone().acquire_owned().await else { break };
        let (store, answers) = (store.clone(), answers.clone());
        calls.spawn(async move {
            if let Ok(answer) = perform(&*store, number, &body).await {
                drop(answers.send(answer).await);
            }
            drop(place);
        });
        while calls.try_join_next().is_some() {}
    }
}

/// Lets what was answered go out before the guest is let go.
async fn finish(mut calls: JoinSet<()>, answers: mpsc::Sender<Vec<u8>>) {
    drop(answers);
    while calls.join_next().await.is_some() {}
}

async fn greet(from: &mut (impl tokio::io::AsyncRead + Unpin), to: &mpsc::Sender<Vec<u8>>) -> bool {
    let Ok((number, body)) = read_frame(from).await else { return false };
    let Ok(hello) = frame(number, &Hello::ours()) else { return false };
    let understood = decode::<Hello>(&body).is_ok_and(|h| h.windlass_store_protocol == PROTOCOL);
    to.send(hello).await.is_ok() && understood
}

/// Does a call and frames its answer, which is the port's own result as JSON.
async fn perform(store: &dyn Store, number: u64, body: &[u8]) -> Result<Vec<u8>, StoreError> {
    let call: Call = match decode(body) {
        Ok(call) => call,
        Err(error) => return frame(number, &Err::<(), _>(error)),
    };
    match call {
        Call::CreateRun(new) => frame(number, &store.create_run(new).await),
        Call::CreateLeased { new, request } => {
            frame(number, &store.create_leased(new, request).await)
        }
        Call::Head(run) => frame(number, &store.head(run).await),
        Call::Runs(filter) => frame(number, &store.runs(filter).await),
        Call::Workflow(digest) => frame(number, &store.workflow(digest).await.map(Bytes)),
        Call::Append(append) => frame(number, &store.append(append).await),
        Call::Events { run, after, limit } => frame(number, &slice(store, run, after, limit).await),
        Call::WaitEvents { run, after, wait_ms } => {
            frame(number, &store.wait_events(run, after, wait_ms).await)
        }
        Call::SaveCheckpoint { run, checkpoint } => {
            frame(number, &store.save_checkpoint(run, checkpoint).await)
        }
        Call::LatestCheckpoint(run) => frame(number, &store.latest_checkpoint(run).await),
        Call::Due { now, limit } => frame(number, &store.due(now, limit).await),
        Call::AcquireLease(request) => frame(number, &store.acquire_lease(request).await),
        Call::RenewLease(lease) => frame(number, &store.renew_lease(lease).await),
        Call::ReleaseLease(lease) => frame(number, &store.release_lease(lease).await),
        Call::Lease(run) => frame(number, &store.lease(run).await),
        Call::PostSignal { run, signal } => frame(number, &store.post_signal(run, signal).await),
        Call::PendingSignals(run) => frame(number, &store.pending_signals(run).await),
        Call::Wakes { after, wait_ms } => frame(number, &store.wakes(after, wait_ms).await),
        Call::AcquireLock { lock, run } => frame(number, &store.acquire_lock(lock, run).await),
        Call::ReleaseLock { lock, run } => frame(number, &store.release_lock(lock, run).await),
        Call::HandLock { lock, from, to } => frame(number, &store.hand_lock(lock, from, to).await),
        Call::RemoveRun { run, now } => frame(number, &store.remove_run(run, now).await),
        Call::Lock(lock) => frame(number, &store.lock(lock).await),
    }
}

/// Events up to a slice's size.
async fn slice(
    store: &dyn Store,
    run: RunId,
    after: Seq,
    limit: usize,
) -> Result<Slice, StoreError> {
    let (mut events, mut bytes) = (Vec::new(), 0);
    loop {
        let wanted = (limit - events.len()).min(EVENTS_AT_ONCE);
        let next = store.events(run, after + events.len() as Seq, wanted).await?;
        let ended = next.len() < wanted;
        bytes += next.iter().map(|event| event.bytes.len()).sum::<usize>();
        events.extend(next);
        if ended || events.len() >= limit {
            return Ok(Slice { events, more: false });
        }
        if bytes >= SLICE_BYTES {
            return Ok(Slice { events, more: true });
        }
    }
}
