//! Reading runs: workflow, history, state at any event, and whether the chain is sound.

use crate::chain::{ChainFault, HASH_BYTES, Hash, check, genesis};
use crate::codec::{CodecError, decode};
use crate::shelf::Shelf;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use windlass_model::apply::{IllegalEvent, advance, workflow_after};
use windlass_model::checkpoint;
use windlass_model::run::Run;
use windlass_model::workflow::InvalidWorkflow;
use windlass_model::{Event, RunId, Seq, Workflow};
use windlass_ports::store::{RunHead, Store, StoreError};

/// Events read from the store at once: enough to make the trips few, little enough to keep memory
/// flat.
const PAGE: usize = 1_000;

/// A run cannot be loaded.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LoadError {
    /// The store said no, or is away.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The history is not what was written.
    #[error(
        "failed to trust the history of {run}: {fault}; nothing was resumed. \
         Export it and compare with a backup (`windlass export {run}`)"
    )]
    Chain {
        /// Which run.
        run: RunId,
        /// What is wrong.
        fault: ChainFault,
    },
    /// An event cannot be read.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The history contradicts itself.
    #[error("failed to fold the history of {run}: {why}")]
    Illegal {
        /// Which run.
        run: RunId,
        /// What contradicts.
        why: IllegalEvent,
    },
    /// The stored workflow is none.
    #[error("failed to read the workflow of {run}: {why}")]
    Workflow {
        /// Which run.
        run: RunId,
        /// What is wrong.
        why: String,
    },
}

/// A run as it is stored.
pub struct Loaded {
    /// The store's head.
    pub head: RunHead,
    /// Its workflow.
    pub workflow: Arc<Workflow>,
    /// Its state.
    pub run: Run,
    /// The hash of its last event.
    pub hash: Hash,
    /// The event of the checkpoint that was used; zero for none.
    pub checkpointed: Seq,
}

/// Reads runs from a store.
#[derive(Clone)]
pub struct Reader {
    store: Arc<dyn Store>,
    shelf: Arc<Shelf>,
}

impl Reader {
    /// Reads from this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, shelf: Arc::default() }
    }

    /// Digest of a workflow's bytes as heads name it.
    pub fn digest(bytes: &[u8]) -> String {
        Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The workflow of a run.
    pub async fn workflow(&self, head: &RunHead) -> Result<Arc<Workflow>, LoadError> {
        if let Some(workflow) = self.shelf.find(&head.workflow_digest) {
            return Ok(workflow);
        }
        let workflow = self.stored_workflow(head).await?;
        self.shelf.keep(&head.workflow_digest, &workflow);
        Ok(workflow)
    }

    /// The workflow of a run as the store has it now.
    async fn stored_workflow(&self, head: &RunHead) -> Result<Arc<Workflow>, LoadError> {
        let run = head.run;
        let bytes = self.store.workflow(head.workflow_digest.clone()).await?;
        let bad = |why: String| LoadError::Workflow { run, why };
        if Self::digest(&bytes) != head.workflow_digest {
            return Err(bad("it is not what was written".to_owned()));
        }
        let def = serde_json::from_slice(&bytes).map_err(|e| bad(e.to_string()))?;
        let workflow = Workflow::new(def).map_err(|e: InvalidWorkflow| bad(e.to_string()))?;
        Ok(Arc::new(workflow))
    }

    /// The state now, from the newest checkpoint that fits the chain. For looking, not for driving.
    pub async fn load(&self, run: RunId) -> Result<Loaded, LoadError> {
        let head = self.store.head(run).await?;
        let mut workflow = self.workflow(&head).await?;
        let stored = self.store.latest_checkpoint(run).await?;
        let usable = stored.and_then(|stored| {
            let (hash, bytes) = stored.bytes.split_at_checked(HASH_BYTES)?;
            let state = checkpoint::read(bytes)?;
            let hash: Hash = hash.try_into().ok()?;
            (state.seq == stored.seq && stored.seq <= head.seq && state.id == run)
                .then_some((state, hash))
        });
        let (mut state, mut hash) = usable
            .unwrap_or_else(|| (Run::new(run, &workflow), genesis(run, &head.workflow_digest)));
        let checkpointed = state.seq;
        if let Some(seq) = state.migrated_at {
            workflow = self.migrated(run, seq).await?;
        }
        let step = |event: Event| {
            let moved = advance(&mut workflow, &mut state, &event);
            moved.map_err(|why| LoadError::Illegal { run, why })
        };
        match self.walk(&head, checkpointed, hash, head.seq, step).await {
            Ok(at) => hash = at,
            // A checkpoint that does not fit the history is a bad cache; the history may be sound.
            Err(LoadError::Chain { .. } | LoadError::Illegal { .. }) if checkpointed > 0 => {
                let upto = head.seq;
                return self.fold_to(head, upto).await;
            }
            Err(error) => return Err(error),
        }
        Ok(Loaded { head, workflow, run: state, hash, checkpointed })
    }

    /// The state now, folded from the first event with the whole chain checked: what a driver goes
    /// on from.
    pub async fn load_verified(&self, run: RunId) -> Result<Loaded, LoadError> {
        let head = self.store.head(run).await?;
        let upto = head.seq;
        let mut loaded = self.fold_to(head, upto).await?;
        let stored = self.store.latest_checkpoint(run).await?;
        loaded.checkpointed = stored.map_or(0, |c| c.seq);
        Ok(loaded)
    }

    /// The state as of an event.
    pub async fn load_at(&self, run: RunId, seq: Seq) -> Result<Loaded, LoadError> {
        let head = self.store.head(run).await?;
        let upto = seq.min(head.seq);
        self.fold_to(head, upto).await
    }

    /// Events after a number, at most so many, the chain between them unchecked.
    pub async fn events(
        &self,
        run: RunId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<Event>, LoadError> {
        let stored = self.store.events(run, after, limit).await?;
        let decoded = stored.iter().map(|e| {
            let event = e.bytes.get(HASH_BYTES..).unwrap_or_default();
            decode(e.seq, event)
        });
        Ok(decoded.collect::<Result<_, _>>()?)
    }

    /// Checks the whole chain; the number of sound events.
    pub async fn verify(&self, run: RunId) -> Result<Seq, LoadError> {
        let head = self.store.head(run).await?;
        let start = genesis(run, &head.workflow_digest);
        self.stored_workflow(&head).await?;
        self.check_part(&head, 0, start, head.seq).await?;
        Ok(head.seq)
    }

    /// Checks the chain from after an event with this hash up to another one, and gives its hash.
    pub async fn check_part(
        &self,
        head: &RunHead,
        after: Seq,
        hash: Hash,
        upto: Seq,
    ) -> Result<Hash, LoadError> {
        self.walk(head, after, hash, upto, |_| Ok(())).await
    }

    /// The workflow by which a run goes on since an event.
    async fn migrated(&self, run: RunId, seq: Seq) -> Result<Arc<Workflow>, LoadError> {
        let event = self.events(run, seq.saturating_sub(1), 1).await?.pop();
        let workflow = event.and_then(|event| workflow_after(&event.kind));
        let why = || format!("event {seq} holds none");
        workflow.ok_or_else(|| LoadError::Workflow { run, why: why() })
    }

    async fn fold_to(&self, head: RunHead, upto: Seq) -> Result<Loaded, LoadError> {
        let mut workflow = self.workflow(&head).await?;
        let run = head.run;
        let mut state = Run::new(run, &workflow);
        let start = genesis(run, &head.workflow_digest);
        let step = |event: Event| {
            let moved = advance(&mut workflow, &mut state, &event);
            moved.map_err(|why| LoadError::Illegal { run, why })
        };
        let hash = self.walk(&head, 0, start, upto, step).await?;
        Ok(Loaded { head, workflow, run: state, hash, checkpointed: 0 })
    }

    /// Walks the chain from after one event up to another, checking each record.
    async fn walk(
        &self,
        head: &RunHead,
        after: Seq,
        mut hash: Hash,
        upto: Seq,
        mut visit: impl FnMut(Event) -> Result<(), LoadError>,
    ) -> Result<Hash, LoadError> {
        let run = head.run;
        let chain = |fault| LoadError::Chain { run, fault };
        let mut at = after;
        while at < upto {
            let limit = PAGE.min((upto - at) as usize);
            let page = match self.store.events(run, at, limit).await {
                Err(StoreError::Corrupt(why)) => {
                    return Err(chain(self.first_unreadable(run, at, upto, why).await));
                }
                page => page?,
            };
            if page.is_empty() {
                return Err(chain(ChainFault::Short { expected: upto, found: at }));
            }
            for stored in page {
                if stored.seq != at + 1 {
                    return Err(chain(ChainFault::Gap { expected: at + 1, actual: stored.seq }));
                }
                let (next, event) = check(&hash, run, stored.seq, &stored.bytes).map_err(chain)?;
                visit(decode(stored.seq, event)?)?;
                hash = next;
                at = stored.seq;
            }
        }
        Ok(hash)
    }

    /// Which event of a page that cannot be read is the first such one.
    async fn first_unreadable(&self, run: RunId, after: Seq, upto: Seq, why: String) -> ChainFault {
        for at in after..upto {
            if let Err(StoreError::Corrupt(why)) = self.store.events(run, at, 1).await {
                return ChainFault::Unreadable { seq: at + 1, why };
            }
        }
        // One by one all can be read: what is wrong lies between them.
        ChainFault::Unreadable { seq: after + 1, why }
    }
}
