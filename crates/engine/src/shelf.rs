//! The workflows that were read last, so that a thousand runs of one file share it and a new run
//! need not read back what was just written. It must not know where they come from: by its digest a
//! workflow never changes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use windlass_model::Workflow;

/// Workflows kept: more files than one process drives at once are rare, and each is small beside
/// its runs.
const KEPT_MAX: usize = 16;

/// Workflows by digest, the newest last.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<VecDeque<(String, Arc<Workflow>)>>);

impl Shelf {
    /// The workflow of a digest, where it is kept.
    pub fn find(&self, digest: &str) -> Option<Arc<Workflow>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(there, _)| there == digest).map(|(_, workflow)| workflow.clone())
    }

    /// Keeps a workflow in place of the oldest.
    pub fn keep(&self, digest: &str, workflow: &Arc<Workflow>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.iter().any(|(there, _)| there == digest) {
            return;
        }
        if kept.len() == KEPT_MAX {
            kept.pop_front();
        }
        kept.push_back((digest.to_owned(), workflow.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_model::expr::Template;
    use windlass_model::{StepDef, Work, WorkflowDef};

    #[test]
    fn the_newest_are_kept() {
        let shelf = Shelf::default();
        let prompt = Template::Literal(serde_json::json!("go?"));
        let steps = vec![StepDef::new("a", Work::Approve { prompt, typed: None })];
        let workflow = Workflow::new(WorkflowDef { steps, ..WorkflowDef::default() });
        let workflow = Arc::new(workflow.unwrap());
        for digest in 0..=KEPT_MAX {
            shelf.keep(&digest.to_string(), &workflow);
            shelf.keep(&digest.to_string(), &workflow);
        }
        assert!(shelf.find("0").is_none());
        assert!((1..=KEPT_MAX).all(|digest| shelf.find(&digest.to_string()).is_some()));
    }
}
