//! A history: lines of events, folded onto a run of a shipped workflow. What cannot follow is
//! refused; from whatever can be reached, what should happen next is decided, and the run can be
//! stored and read again.

use super::parts::report;
use std::sync::{Arc, LazyLock};
use windlass_engine::codec::decode;
use windlass_model::apply::advance;
use windlass_model::decide::{Busy, decide};
use windlass_model::run::Run;
use windlass_model::{Map, RunId, Workflow};
use windlass_spec::resolve;

const FILE: &str = include_str!("../../../../workflows/hotfix_qa4_restore.yaml");
const ENVIRONMENT: &str = include_str!("../../../../workflows/environments/rehearsal.yaml");

static WORKFLOW: LazyLock<Arc<Workflow>> = LazyLock::new(|| {
    let report = report(FILE, ENVIRONMENT);
    let checked = report.workflow.expect("the shipped file is sound");
    let def = resolve(&checked, &Map::new()).expect("its inputs have defaults");
    Arc::new(Workflow::new(def).expect("a graph"))
});

/// Tries bytes as a history.
pub fn try_bytes(bytes: &[u8]) {
    let mut workflow = Arc::clone(&WORKFLOW);
    let mut run = Run::new(RunId(uuid::Uuid::nil()), &workflow);
    for line in bytes.split(|byte| *byte == b'\n') {
        let Ok(event) = decode(run.seq + 1, line) else { continue };
        let before = run.clone();
        if advance(&mut workflow, &mut run, &event).is_err() {
            assert_eq!(before.seq, run.seq, "what is refused does not count");
            run = before;
        }
        drop(decide(&workflow, &run, event.at, &Busy::default()));
    }
    let stored = serde_json::to_string(&run).expect("a run can be stored");
    let again: Run = serde_json::from_str(&stored).expect("what was stored can be read");
    assert!(run == again, "it comes back as it was");
}
