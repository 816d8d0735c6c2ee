//! Migration: a run that nobody drives goes on by another workflow. One event under the lease; what
//! drives it next loads that workflow.

use crate::core::Batch;
use crate::reader::{LoadError, Loaded};
use crate::recorder::{RecordError, Recorder};
use std::sync::Arc;
use windlass_model::apply::advance;
use windlass_model::{Event, EventKind, Timestamp, WorkflowDef};
use windlass_ports::Store;
use windlass_ports::store::{AppendError, Epoch, StoreError};

/// It was not written down.
pub(crate) enum NotMigrated {
    /// The store said no, or is away.
    Store(StoreError),
    /// The run cannot go on by it.
    Load(LoadError),
    /// The event could not be written.
    Written(String),
}

/// Writes it down. What the model refuses is an error that names both.
pub(crate) async fn migrate(
    store: &Arc<dyn Store>,
    epoch: Epoch,
    loaded: Loaded,
    to: WorkflowDef,
    (by, reason, now): (String, String, Timestamp),
) -> Result<(), NotMigrated> {
    let Loaded { head, mut workflow, mut run, hash, checkpointed } = loaded;
    let expected = run.seq;
    let kind = EventKind::RunMigrated { by, reason, workflow: Box::new(to) };
    let event = Event { seq: expected + 1, at: now.max(run.updated_at), kind };
    let illegal = |why| NotMigrated::Load(LoadError::Illegal { run: head.run, why });
    advance(&mut workflow, &mut run, &event).map_err(illegal)?;
    let mut recorder = Recorder::new(store.clone(), head.run, epoch, hash, checkpointed);
    let (phase, due) = (run.phase(), run.next_timer());
    let batch = Batch { expected, events: Arc::new(vec![event]), phase, due, consumed: Vec::new() };
    match recorder.append(batch).await {
        Ok(_) => Ok(()),
        Err(RecordError::Append(AppendError::Store(error))) => Err(NotMigrated::Store(error)),
        Err(error) => Err(NotMigrated::Written(error.to_string())),
    }
}
