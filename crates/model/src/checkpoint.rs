//! A checkpoint: the fold of a history at an event. A cache that may be deleted, never a second
//! truth.
//!
//! A reader that meets another version ignores the checkpoint and folds the history.

use crate::run::Run;
use serde::{Deserialize, Serialize};

/// Version of the form. Raised whenever the fold changes its meaning; old checkpoints are then
/// ignored.
pub const CHECKPOINT_FORMAT: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    run: &'a Run,
}

#[derive(Deserialize)]
struct Read {
    format: u32,
    run: Run,
}

/// The run as bytes. Its guarded values must be sealed by now: a clear one is lost here, on
/// purpose.
pub fn write(run: &Run) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Written { format: CHECKPOINT_FORMAT, run })
}

/// The run, where the bytes are a checkpoint of this version.
pub fn read(bytes: &[u8]) -> Option<Run> {
    let read: Read = serde_json::from_slice(bytes).ok()?;
    (read.format == CHECKPOINT_FORMAT).then_some(read.run)
}
