//! What people said in a run, and on what: who answered which question with which evidence, who
//! decided, who stopped, who turned it round. It must not know how it is shown.

use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use windlass_model::drift::DriftDecision;
use windlass_model::{Decision, Event, EventKind, StepId, Timestamp};

/// Something that somebody said.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Said {
    /// When.
    pub at: Timestamp,
    /// Which event it is.
    pub seq: u64,
    /// Who; `policy` where a rule of the workflow did it.
    pub by: String,
    /// In a few words: what he did.
    pub what: String,
    /// The step that it was about.
    pub step: Option<StepId>,
    /// What he was asked, as he was asked it.
    pub question: Option<String>,
    /// Who could answer; anybody where empty.
    pub roles: Vec<String>,
    /// What he had to type, where a bare yes was not enough.
    pub typed: Option<String>,
    /// Who could not, where four eyes were asked for.
    pub not_by: Option<String>,
    /// What he answered.
    pub answer: Option<Value>,
    /// Why, or what he noted.
    pub note: Option<String>,
    /// Files that he put beside it.
    pub evidence: Vec<File>,
}

/// A file beside an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its content.
    pub sha256: String,
    /// Whether the history holds its content.
    pub kept: bool,
}

/// Everything that people said.
#[derive(Default)]
pub struct People {
    said: Vec<Said>,
    asked: BTreeMap<StepId, Said>,
}

impl People {
    /// Takes the next event.
    pub fn take(&mut self, event: &Event) {
        let base = Said { at: event.at, seq: event.seq, ..Said::default() };
        match &event.kind {
            EventKind::SignalAwaited {
                step, prompt, roles, typed, not_by, signal: None, ..
            } => {
                let asked = Said {
                    question: Some(prompt.clone()),
                    roles: roles.clone(),
                    typed: typed.clone(),
                    not_by: not_by.clone(),
                    ..base
                };
                self.asked.insert(step.clone(), asked);
            }
            EventKind::SignalReceived { step, by, value, note, evidence } => {
                let asked = self.asked.remove(step).unwrap_or_default();
                let evidence = evidence.iter().map(|file| File {
                    name: file.name.clone(),
                    bytes: file.bytes,
                    sha256: file.sha256.clone(),
                    kept: file.content.is_some(),
                });
                self.said.push(Said {
                    by: by.clone(),
                    what: "answered".to_owned(),
                    step: Some(step.clone()),
                    answer: Some(value.clone()),
                    note: note.clone(),
                    evidence: evidence.collect(),
                    at: event.at,
                    seq: event.seq,
                    ..asked
                });
            }
            kind => self.said.extend(act(kind, base)),
        }
    }

    /// What was said, in its order, and what nobody has answered.
    pub fn all(self) -> (Vec<Said>, Vec<Said>) {
        let open = self.asked.into_iter().map(|(step, asked)| Said { step: Some(step), ..asked });
        (self.said, open.collect())
    }
}

/// What somebody did by himself.
fn act(kind: &EventKind, base: Said) -> Option<Said> {
    let did = |by: &str, what: &str| Said { by: by.to_owned(), what: what.to_owned(), ..base };
    Some(match kind {
        EventKind::RunStarted { by } => did(by, "started the run"),
        EventKind::RunResumed { by } => did(by, "resumed the run"),
        EventKind::RunMigrated { by, reason, .. } => {
            let said = did(by, "had it go on by another workflow");
            Said { note: Some(reason.clone()), ..said }
        }
        EventKind::PauseRequested { by } => did(by, "asked for a pause"),
        EventKind::CancelRequested { by, keep: true } => {
            did(by, "asked to end the run and leave things as they are")
        }
        EventKind::CancelRequested { by, keep: false } => did(by, "asked to undo and end"),
        EventKind::RollbackStarted { by, reason, to } => {
            let to = to.as_ref().map(|to| format!(" back to {to}")).unwrap_or_default();
            let said = did(by, &format!("started the rollback{to}"));
            Said { note: Some(reason.clone()), ..said }
        }
        EventKind::SignalSent { name, by, note, .. } => {
            Said { note: note.clone(), ..did(by, &format!("sent the signal {name}")) }
        }
        EventKind::DriftDecided { step, decision, by } => {
            let word = match decision {
                DriftDecision::Accept => "accepted what had drifted",
                DriftDecision::PutBack => "had what had drifted put back",
                DriftDecision::Stop => "stopped at what had drifted",
            };
            Said { step: Some(step.clone()), ..did(by, word) }
        }
        EventKind::OperatorDecision { step, decision, by, reason, .. } => {
            let word = match decision {
                Decision::Done => "called it done",
                Decision::Skip => "had it skipped",
                Decision::Retry => "had it tried again",
            };
            let said = did(by, word);
            Said { step: Some(step.clone()), note: Some(reason.clone()), ..said }
        }
        _ => return None,
    })
}
