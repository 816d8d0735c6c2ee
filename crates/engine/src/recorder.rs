//! The only writer of histories: encodes a batch, links it to the chain, appends it under the
//! lease.

use crate::chain::{HASH_BYTES, Hash, ROOM, link_in_place};
use crate::codec::{CodecError, EVENT_BYTES, encode_after};
use crate::core::Batch;
use std::sync::Arc;
use windlass_model::checkpoint;
use windlass_model::run::Run;
use windlass_model::{RunId, Seq};
use windlass_ports::store::{Append, AppendError, Epoch, Store, StoreError, StoredCheckpoint};

/// Events between checkpoints at the least; more as the history grows, so that all checkpoints of a
/// run together cost no more than a few times its events.
pub const CHECKPOINT_EVERY_MIN: Seq = 1_024;

/// Events since the last checkpoint that make one worth it where a run rests, since it may be
/// looked at for years. Fewer are folded in less than a millisecond (22,000 instructions an event,
/// `cargo xtask instructions`), and most runs have fewer in all.
pub const CHECKPOINT_AT_REST_MIN: Seq = 128;

/// A batch was not written.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RecordError {
    /// The store said no, or is away.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The batch cannot be written: a bug.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

/// Writes one run's history under one lease.
pub struct Recorder {
    store: Arc<dyn Store>,
    run: RunId,
    epoch: Epoch,
    head: Hash,
    checkpointed: Seq,
}

impl Recorder {
    /// Goes on from a history whose last hash is `head`.
    pub fn new(
        store: Arc<dyn Store>,
        run: RunId,
        epoch: Epoch,
        head: Hash,
        checkpointed: Seq,
    ) -> Self {
        Self { store, run, epoch, head, checkpointed }
    }

    /// Makes a batch durable.
    pub async fn append(&mut self, batch: Batch) -> Result<Seq, RecordError> {
        let mut head = self.head;
        let mut records = Vec::with_capacity(batch.events.len());
        let mut updated_at = None;
        for event in batch.events.iter() {
            let mut record = Vec::with_capacity(HASH_BYTES + EVENT_BYTES);
            record.extend_from_slice(&ROOM);
            encode_after(&mut record, event)?;
            head = link_in_place(&head, self.run, event.seq, &mut record);
            records.push(record);
            updated_at = Some(event.at);
        }
        let append = Append {
            run: self.run,
            expected: batch.expected,
            epoch: self.epoch,
            events: records,
            phase: batch.phase,
            updated_at: updated_at.unwrap_or_default(),
            due: batch.due,
            consumed_signals: batch.consumed,
        };
        let seq = self.store.append(append).await?;
        self.head = head;
        Ok(seq)
    }

    /// Whether a checkpoint at this event is worth its cost.
    pub fn checkpoint_due(&self, durable: Seq, rests: bool) -> bool {
        let since = durable - self.checkpointed;
        since >= CHECKPOINT_EVERY_MIN.max(self.checkpointed)
            || (rests && since >= CHECKPOINT_AT_REST_MIN)
    }

    /// Keeps a checkpoint of the run, which must be at the last appended event.
    pub async fn checkpoint(&mut self, run: &Run) -> Result<(), StoreError> {
        let state = checkpoint::write(run).map_err(|e| StoreError::Refused(e.to_string()))?;
        let mut bytes = self.head.to_vec();
        bytes.extend_from_slice(&state);
        self.checkpointed = run.seq;
        self.store.save_checkpoint(self.run, StoredCheckpoint { seq: run.seq, bytes }).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;
    use windlass_testkit::MemoryStore;

    /// A recorder whose last checkpoint is at this event.
    fn recorder(checkpointed: Seq) -> Recorder {
        let store = Arc::new(MemoryStore::new());
        Recorder::new(store, RunId(Uuid::from_u128(1)), 1, [0; HASH_BYTES], checkpointed)
    }

    #[test]
    fn a_short_run_is_worth_no_checkpoint_and_a_long_one_is_when_it_rests() {
        let new = recorder(0);
        assert!(!new.checkpoint_due(CHECKPOINT_AT_REST_MIN - 1, true));
        assert!(new.checkpoint_due(CHECKPOINT_AT_REST_MIN, true));
        assert!(!new.checkpoint_due(CHECKPOINT_EVERY_MIN - 1, false));
        assert!(new.checkpoint_due(CHECKPOINT_EVERY_MIN, false));
    }

    #[test]
    fn checkpoints_grow_rarer_with_the_history() {
        let late = recorder(10_000);
        assert!(!late.checkpoint_due(19_999, false));
        assert!(late.checkpoint_due(20_000, false));
        assert!(late.checkpoint_due(10_000 + CHECKPOINT_AT_REST_MIN, true));
    }
}
