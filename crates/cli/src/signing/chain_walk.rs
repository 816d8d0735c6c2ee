//! Walks the events of an export: each hash, and what they come to. It stops at the first event
//! that is not what was written: nothing behind it can be trusted. It must not know signatures.

use std::sync::Arc;
use windlass_engine::chain::{Hash, check, genesis};
use windlass_engine::codec::decode;
use windlass_model::apply::advance;
use windlass_model::run::Run;
use windlass_model::{RunId, Seq, Workflow};
use windlass_ports::digest::hex;
use windlass_ports::store::RunHead;

/// The walk.
pub struct ChainWalk {
    head: RunHead,
    hash: Hash,
    /// Sound events so far.
    pub events: Seq,
    /// Whether it stopped at a bad one.
    pub stopped: bool,
    wanted: Option<String>,
    /// Which event bears the hash that is looked for; zero for the chain's beginning.
    pub bears: Option<Seq>,
    fold: Option<(Arc<Workflow>, Run)>,
}

impl ChainWalk {
    /// Before the first event. `wanted` is a hash that an event should bear.
    pub fn new(head: RunHead, wanted: Option<String>) -> Self {
        let hash = genesis(head.run, &head.workflow_digest);
        let bears = (wanted == Some(hex(&hash))).then_some(0);
        Self { head, hash, events: 0, stopped: false, wanted, bears, fold: None }
    }

    /// The run.
    pub fn run(&self) -> RunId {
        self.head.run
    }

    /// The hash of the last sound event, in hex.
    pub fn hash(&self) -> String {
        hex(&self.hash)
    }

    /// Takes the workflow, without which nothing is folded; what is wrong with it.
    pub fn workflow(&mut self, bytes: &[u8]) -> Option<String> {
        let def = serde_json::from_slice(bytes).map_err(|error| error.to_string());
        match def.and_then(|def| Workflow::new(def).map_err(|error| error.to_string())) {
            Ok(workflow) => {
                let run = Run::new(self.head.run, &workflow);
                self.fold = Some((Arc::new(workflow), run));
                None
            }
            Err(why) => Some(why),
        }
    }

    /// Takes the next record; what is wrong with it.
    pub fn event(&mut self, seq: Seq, record: &[u8]) -> Option<String> {
        if self.stopped {
            return None;
        }
        match self.next(seq, record) {
            Ok(()) => None,
            Err(why) => {
                self.stopped = true;
                Some(why)
            }
        }
    }

    fn next(&mut self, seq: Seq, record: &[u8]) -> Result<(), String> {
        let due = self.events + 1;
        if seq != due {
            return Err(format!("event {seq} stands where event {due} belongs"));
        }
        let (hash, bytes) = check(&self.hash, self.head.run, seq, record).map_err(|_| {
            format!("event {seq} is not what was written: its hash does not follow from it")
        })?;
        let event = decode(seq, bytes).map_err(|error| error.to_string())?;
        if let Some((workflow, run)) = &mut self.fold {
            let illegal = |why| format!("event {seq} cannot come after those before it: {why}");
            advance(workflow, run, &event).map_err(illegal)?;
        }
        self.hash = hash;
        self.events = due;
        if self.wanted.as_deref() == Some(hex(&hash).as_str()) {
            self.bears = Some(due);
        }
        Ok(())
    }

    /// What the first line says of the run, and the events do not.
    pub fn contradiction(&self) -> Option<String> {
        let (workflow, run) = self.fold.as_ref().filter(|_| !self.stopped)?;
        let head = &self.head;
        if head.seq != self.events {
            return Some(format!(
                "the first line speaks of {} events, and {} are there",
                head.seq, self.events
            ));
        }
        if head.workflow != workflow.def().name {
            let name = &workflow.def().name;
            return Some(format!(
                "the first line names the workflow {}, it is {name}",
                head.workflow
            ));
        }
        let phase = run.phase();
        (self.events > 0 && head.phase != phase).then(|| {
            format!(
                "the first line says that the run is {}, by its events it is {phase}",
                head.phase
            )
        })
    }
}
