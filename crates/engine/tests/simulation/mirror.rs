//! What is durable, followed from outside: every stored record is checked against the chain,
//! decoded and folded, independently of any engine.

use crate::ready::ready;
use crate::rules::before;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use windlass_engine::chain::{Hash, check, genesis};
use windlass_engine::codec::decode;
use windlass_model::apply::apply;
use windlass_model::run::{LaneId, Run};
use windlass_model::{Event, EventKind, RequestId, RunId, Workflow};
use windlass_ports::Store;

/// Events read at once; a seed's history is shorter.
const PAGE: usize = 4_096;

/// The durable history and its fold.
pub struct Mirror {
    pub workflow: Arc<Workflow>,
    pub run: Run,
    pub events: Vec<Event>,
    pub hash: Hash,
    /// Whether a clock was set back: what was due may be early by it.
    pub clock_back: bool,
    /// Requests whose intent is durable, with their lanes.
    pub intents: BTreeMap<RequestId, LaneId>,
    /// Lanes that a human decided about: what he said is not the engine's doing.
    pub decided: BTreeSet<LaneId>,
}

impl Mirror {
    /// Before the first event.
    pub fn new(id: RunId, workflow: Arc<Workflow>, digest: &str) -> Self {
        Self {
            run: Run::new(id, &workflow),
            workflow,
            events: Vec::new(),
            hash: genesis(id, digest),
            clock_back: false,
            intents: BTreeMap::new(),
            decided: BTreeSet::new(),
        }
    }

    /// Reads what is new; returns how many events that are.
    pub fn catch_up(&mut self, store: &dyn Store) -> Result<usize, String> {
        let stored = ready(store.events(self.run.id, self.run.seq, PAGE));
        let stored = stored.map_err(|error| error.to_string())?;
        let count = stored.len();
        for record in stored {
            let (hash, bytes) = check(&self.hash, self.run.id, record.seq, &record.bytes)
                .map_err(|fault| format!("the chain is broken: {fault}"))?;
            let event = decode(record.seq, bytes).map_err(|error| error.to_string())?;
            before(&self.workflow, &self.run, &event, self.clock_back)?;
            apply(&self.workflow, &mut self.run, &event)
                .map_err(|error| format!("the history does not fold: {error}"))?;
            self.hash = hash;
            self.note(&event);
            self.events.push(event);
        }
        Ok(count)
    }

    fn note(&mut self, event: &Event) {
        let Some((step, side)) = event.kind.lane() else { return };
        let Some(at) = self.workflow.find(step) else { return };
        match &event.kind {
            EventKind::AttemptStarted { request_id, .. } => {
                self.intents.insert(*request_id, (at, side));
            }
            EventKind::OperatorDecision { .. } => {
                self.decided.insert((at, side));
            }
            _ => {}
        }
    }
}
