//! A guest of the store: whatever a process sends to the socket of whoever holds a store, the
//! holder goes on, and the store serves the next one.

use super::parts::runtime;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::runtime::Runtime;
use windlass_ports::Store as _;
use windlass_ports::store::RunFilter;
use windlass_store_sled::SharedStore;
use windlass_store_sled::share::protocol::Hello;

/// First byte of what is sent as it is, without the greeting and the heads of frames.
const AS_IT_IS: u8 = 0;

struct Held {
    runtime: Runtime,
    store: Arc<SharedStore>,
    socket: PathBuf,
    _folder: tempfile::TempDir,
}

static HELD: LazyLock<Mutex<Held>> = LazyLock::new(|| {
    let runtime = runtime();
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("store");
    let store = runtime.block_on(SharedStore::open(&root)).expect("a store");
    Mutex::new(Held { runtime, store, socket: root.join("socket"), _folder: folder })
});

/// Tries bytes as what a guest sends: its lines are the bodies of frames.
pub fn try_bytes(bytes: &[u8]) {
    let held = HELD.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    held.runtime.block_on(async {
        let mut stream = UnixStream::connect(&held.socket).await.expect("the holder listens");
        let sent = match bytes.split_first() {
            Some((&AS_IT_IS, rest)) => rest.to_vec(),
            _ => framed(bytes),
        };
        // A holder may hang up before it has all.
        drop(stream.write_all(&sent).await);
        drop(stream.shutdown().await);
        drop(stream.read_to_end(&mut Vec::new()).await);
        let filter = RunFilter { limit: 1, ..RunFilter::default() };
        held.store.runs(filter).await.expect("the store serves on");
    });
}

fn framed(bytes: &[u8]) -> Vec<u8> {
    let hello = serde_json::to_vec(&Hello::ours()).expect("a greeting");
    let bodies = std::iter::once(&hello[..]).chain(bytes.split(|byte| *byte == b'\n'));
    let mut all = Vec::new();
    for (number, body) in (0u64..).zip(bodies) {
        let length = u32::try_from(body.len()).expect("a short body");
        all.extend_from_slice(&length.to_be_bytes());
        all.extend_from_slice(&number.to_be_bytes());
        all.extend_from_slice(body);
    }
    all
}
