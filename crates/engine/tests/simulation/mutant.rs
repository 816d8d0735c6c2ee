//! Deliberate bugs, one at a time, to show that the checker finds them.

use crate::ready::ready;
use std::sync::Arc;
use windlass_engine::chain::HASH_BYTES;
use windlass_engine::{LoadError, Loaded, Reader};
use windlass_model::RunId;
use windlass_model::apply::apply;
use windlass_model::checkpoint;
use windlass_ports::Store;

/// What is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// Nothing: the engine as it is.
    None,
    /// Doubt is settled by trying again: every probe says "absent" without looking.
    RetryInPlaceOfProbe,
    /// Calls are made before the intent is durable.
    ActBeforeIntent,
    /// The store does not compare epochs.
    EpochNotChecked,
    /// What did not succeed is not undone.
    ArmedAtSuccessOnly,
    /// A run works without its environment's lock.
    LockNotAsked,
    /// A checkpoint counts one event more than it holds.
    CheckpointOutOfStep,
}

/// Loads a run as the engine does; the broken loader trusts a checkpoint's number plus one.
pub fn load(mutant: Mutant, store: &Arc<dyn Store>, run: RunId) -> Result<Loaded, LoadError> {
    let reader = Reader::new(store.clone());
    let mut loaded = ready(reader.load_verified(run))?;
    if mutant != Mutant::CheckpointOutOfStep {
        return Ok(loaded);
    }
    let Some(stored) = ready(store.latest_checkpoint(run))? else { return Ok(loaded) };
    let Some(mut state) = stored.bytes.get(HASH_BYTES..).and_then(checkpoint::read) else {
        return Ok(loaded);
    };
    state.seq = (stored.seq + 1).min(loaded.head.seq);
    for event in ready(reader.events(run, state.seq, usize::MAX))? {
        apply(&loaded.workflow, &mut state, &event)
            .map_err(|why| LoadError::Illegal { run, why })?;
    }
    loaded.run = state;
    Ok(loaded)
}
