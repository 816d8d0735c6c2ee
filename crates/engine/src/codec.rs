//! Events as bytes: JSON, so that a history can be read with any tool in ten years.

use crate::seal::leaks;
use windlass_model::{Event, Seq};

/// Room for an event, in bytes: most take a little less, so that it seldom grows.
pub const EVENT_BYTES: usize = 320;

/// An event cannot be written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// A guarded value is still clear: a bug, stopped before it reaches a disk.
    #[error("failed to write event {0}: it holds a value that is not sealed")]
    Unsealed(Seq),
    /// Not an event that this windlass knows.
    #[error("failed to read event {seq}: {why}; a newer windlass may have written it")]
    Unknown {
        /// Its number.
        seq: Seq,
        /// What does not fit.
        why: String,
    },
}

/// An event's bytes.
pub fn encode(event: &Event) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::with_capacity(EVENT_BYTES);
    encode_after(&mut bytes, event)?;
    Ok(bytes)
}

/// Writes an event's bytes behind what is there.
pub fn encode_after(bytes: &mut Vec<u8>, event: &Event) -> Result<(), CodecError> {
    if leaks(event) {
        return Err(CodecError::Unsealed(event.seq));
    }
    serde_json::to_writer(bytes, event)
        .map_err(|e| CodecError::Unknown { seq: event.seq, why: e.to_string() })
}

/// The event that the bytes say, which must have this number.
pub fn decode(seq: Seq, bytes: &[u8]) -> Result<Event, CodecError> {
    let event: Event = serde_json::from_slice(bytes)
        .map_err(|e| CodecError::Unknown { seq, why: e.to_string() })?;
    if event.seq != seq {
        let why = format!("it calls itself {}", event.seq);
        return Err(CodecError::Unknown { seq, why });
    }
    Ok(event)
}
