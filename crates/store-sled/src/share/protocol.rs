//! What the holder of a store and its guests say to each other: frames of a length, a number and
//! JSON. The number tells which answer belongs to which call; calls that wait do not hold up
//! others.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt};
use windlass_model::{Millis, RunId, Seq, Timestamp};
use windlass_ports::StoreError;
use windlass_ports::store::{
    Append, Lease, LeaseRequest, NewRun, RECORD_BYTES_MAX, RunFilter, StoredCheckpoint,
    StoredEvent, StoredSignal, WakeCursor, bytes_base64,
};

/// The version of this protocol. Holder and guest must speak the same: both are windlass, on one
/// machine.
pub const PROTOCOL: u32 = 3;

/// The largest frame: a guard against garbage, far above what an append of a few largest records
/// needs.
pub const FRAME_BYTES_MAX: usize = 8 * RECORD_BYTES_MAX;

/// Bytes of events after which the holder ends a slice; the guest asks for the next.
pub const SLICE_BYTES: usize = 4 * 1024 * 1024;

/// The first frame of either side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The version that the side speaks. This field stays first and stays forever.
    pub windlass_store_protocol: u32,
    /// Its process.
    pub pid: u32,
}

impl Hello {
    /// What this process says.
    pub fn ours() -> Self {
        Self { windlass_store_protocol: PROTOCOL, pid: std::process::id() }
    }
}

/// A call of the port.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is the method of the port `Store` with its arguments")]
pub enum Call {
    CreateRun(NewRun),
    CreateLeased { new: NewRun, request: LeaseRequest },
    Head(RunId),
    Runs(RunFilter),
    Workflow(String),
    Append(Append),
    Events { run: RunId, after: Seq, limit: usize },
    WaitEvents { run: RunId, after: Seq, wait_ms: Millis },
    SaveCheckpoint { run: RunId, checkpoint: StoredCheckpoint },
    LatestCheckpoint(RunId),
    Due { now: Timestamp, limit: usize },
    AcquireLease(LeaseRequest),
    RenewLease(Lease),
    ReleaseLease(Lease),
    Lease(RunId),
    PostSignal { run: RunId, signal: StoredSignal },
    PendingSignals(RunId),
    Wakes { after: WakeCursor, wait_ms: Millis },
    AcquireLock { lock: String, run: RunId },
    ReleaseLock { lock: String, run: RunId },
    HandLock { lock: String, from: RunId, to: RunId },
    RemoveRun { run: RunId, now: Timestamp },
    Lock(String),
}

/// Events, and whether the answer was cut short to keep frames small.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Slice {
    /// The events.
    pub events: Vec<StoredEvent>,
    /// Whether more were asked for and are there.
    pub more: bool,
}

/// Bytes on their own.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(#[serde(with = "bytes_base64")] pub Vec<u8>);

/// Makes a frame.
pub fn frame(number: u64, body: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    let mut frame = vec![0; HEAD_BYTES];
    serde_json::to_writer(&mut frame, body).map_err(|e| StoreError::Refused(e.to_string()))?;
    let length = frame.len() - HEAD_BYTES;
    let small = u32::try_from(length).ok().filter(|_| length <= FRAME_BYTES_MAX);
    let Some(small) = small else {
        let why = format!("{length} bytes in one call, at most {FRAME_BYTES_MAX}; use several");
        return Err(StoreError::Refused(why));
    };
    frame[..4].copy_from_slice(&small.to_be_bytes());
    frame[4..HEAD_BYTES].copy_from_slice(&number.to_be_bytes());
    Ok(frame)
}

/// A length and a number.
const HEAD_BYTES: usize = 12;

/// Reads a frame: its number and its body.
pub async fn read_frame(from: &mut (impl AsyncRead + Unpin)) -> io::Result<(u64, Vec<u8>)> {
    let length = from.read_u32().await? as usize;
    if length > FRAME_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame that is too long"));
    }
    let number = from.read_u64().await?;
    // Grows with what comes, not with what is promised.
    let mut body = Vec::new();
    from.take(length as u64).read_to_end(&mut body).await?;
    if body.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((number, body))
}

/// Reads a frame's body.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, StoreError> {
    let unreadable = |error| StoreError::Unavailable(format!("an unreadable answer: {error}"));
    serde_json::from_slice(body).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_come_back_and_garbage_is_refused() {
        let whole = frame(7, &Hello { windlass_store_protocol: 1, pid: 2 }).unwrap();
        let text = std::str::from_utf8(&whole[HEAD_BYTES..]).unwrap();
        assert_eq!(text, r#"{"windlass_store_protocol":1,"pid":2}"#, "old readers read this");
        let (number, body) = read_frame(&mut &whole[..]).await.unwrap();
        assert_eq!(number, 7);
        assert_eq!(decode::<Hello>(&body).unwrap().pid, 2);
        assert!(read_frame(&mut &whole[..whole.len() - 1]).await.is_err(), "cut short");
        assert!(read_frame(&mut &[0xff; 20][..]).await.is_err(), "too long");
        assert!(decode::<Hello>(b"{}").is_err());
    }
}
