//! A guest's connection to the holder: calls go out with a number, answers come back in any order.
//! It must not know what to do when the connection is lost.

use super::protocol::{Call, Hello, PROTOCOL, decode, frame, read_frame};
use super::server::is_own;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::OwnedReadHalf;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use windlass_ports::StoreError;

/// Calls that wait to be written.
const CALLS_MAX: usize = 64;

/// How long a holder may take to say hello. It does so at once, or it is stopped or hangs.
const HELLO_PATIENCE: Duration = Duration::from_secs(5);

/// A connection was not made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nobody answers there: no holder, or one that comes or goes.
    #[error("failed to reach the holder of the store: {0}")]
    Nobody(io::Error),
    /// The holder speaks another version.
    #[error(
        "process {pid} has it open and is another version of windlass (protocol {theirs}, this is \
         {PROTOCOL}); end it, or use the same version"
    )]
    OtherVersion {
        /// The holder.
        pid: u32,
        /// What it speaks.
        theirs: u32,
    },
}

/// The connection was lost; whether the call was done is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost;

/// Who waits for which answer; nothing once the connection is lost.
type Waiting = Arc<Mutex<Option<HashMap<u64, oneshot::Sender<Vec<u8>>>>>>;

/// The connection.
#[derive(Debug)]
pub struct Link {
    /// The holder's process.
    pub pid: u32,
    calls: mpsc::Sender<Vec<u8>>,
    waiting: Waiting,
    next: AtomicU64,
    _tasks: JoinSet<()>,
}

impl Link {
    /// Connects to a holder and exchanges versions.
    pub async fn connect(socket: &Path) -> Result<Self, ConnectError> {
        let nobody = ConnectError::Nobody;
        let stream = UnixStream::connect(socket).await.map_err(nobody)?;
        if !is_own(&stream) {
            return Err(nobody(io::ErrorKind::PermissionDenied.into()));
        }
        let (mut from, mut to) = stream.into_split();
        let greeting = async {
            let hello = frame(0, &Hello::ours()).map_err(io::Error::other)?;
            to.write_all(&hello).await?;
            let (_, body) = read_frame(&mut from).await?;
            decode::<Hello>(&body).map_err(io::Error::other)
        };
        let greeted = tokio::time::timeout(HELLO_PATIENCE, greeting).await;
        let late = |_| nobody(io::ErrorKind::TimedOut.into());
        let hello = greeted.map_err(late)?.map_err(nobody)?;
        if hello.windlass_store_protocol != PROTOCOL {
            let (pid, theirs) = (hello.pid, hello.windlass_store_protocol);
            return Err(ConnectError::OtherVersion { pid, theirs });
        }
        let (calls, mut called) = mpsc::channel::<Vec<u8>>(CALLS_MAX);
        let waiting: Waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        let mut tasks = JoinSet::new();
        tasks.spawn(read_answers(from, waiting.clone()));
        tasks.spawn(async move {
            // A whole frame is written even where its caller went away in between.
            while let Some(call) = called.recv().await {
                if to.write_all(&call).await.is_err() {
                    return;
                }
            }
        });
        let next = AtomicU64::new(1);
        Ok(Self { pid: hello.pid, calls, waiting, next, _tasks: tasks })
    }

    /// Makes a call and reads the port's result.
    pub async fn ask<T, E>(&self, call: &Call) -> Result<Result<T, E>, Lost>
    where
        T: DeserializeOwned,
        E: DeserializeOwned + From<StoreError>,
    {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let frame = match frame(number, call) {
            Ok(frame) => frame,
            Err(refused) => return Ok(Err(refused.into())),
        };
        let (waiter, answer) = oneshot::channel();
        lock(&self.waiting).as_mut().ok_or(Lost)?.insert(number, waiter);
        self.calls.send(frame).await.map_err(|_| Lost)?;
        let body = answer.await.map_err(|_| Lost)?;
        Ok(decode::<Result<T, E>>(&body).unwrap_or_else(|error| Err(error.into())))
    }
}

async fn read_answers(mut from: OwnedReadHalf, waiting: Waiting) {
    while let Ok((number, body)) = read_frame(&mut from).await {
        let waiter = lock(&waiting).as_mut().and_then(|waiting| waiting.remove(&number));
        if let Some(waiter) = waiter {
            // Who went away does not need it.
            drop(waiter.send(body));
        }
    }
    // Who still waits is told by its channel's end.
    drop(lock(&waiting).take());
}

fn lock(waiting: &Waiting) -> MutexGuard<'_, Option<HashMap<u64, oneshot::Sender<Vec<u8>>>>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
