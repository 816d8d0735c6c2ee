//! What was found out about an exported file, for a human and for a program: what is sound, what is
//! not, at which event, and what nobody can tell from it.

use super::statement::Statement;
use crate::render::duration::date_time;
use serde_json::{Value, json};
use windlass_model::Seq;
use windlass_ports::store::RunHead;

/// What an export without a signature leaves open.
pub const UNSIGNED: &str = "Nobody signed it. That its chain holds shows that no event was \
    changed, dropped or moved by somebody who did not compute every hash after it anew. It cannot \
    show that the end was not cut off, nor that the whole chain was not computed anew: compare \
    its head with one that you know (`--head HASH`), or ask for an export made with `--sign`.";

/// What a signature leaves open where nobody said whose key it is.
const UNKNOWN_KEY: &str = "The key stands in the file itself, and anybody can make a key: name \
    the public key that you got from the signer (`--key PUBLIC`), or compare its SHA-256 with \
    the one that he tells you.";

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Which event, where it is one.
    pub event: Option<Seq>,
    /// Which line of the file, from 1, where it is one.
    pub line: Option<usize>,
    /// What is wrong.
    pub says: String,
}

/// Whether somebody vouches for the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Signed {
    /// There is no signature.
    #[default]
    Nobody,
    /// There is one, and it does not hold.
    Badly,
    /// The signature holds.
    By {
        /// What was signed.
        statement: Statement,
        /// Whether the key was named by whoever asked.
        known: bool,
    },
}

/// The verdict.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// What the first line says of the run.
    pub head: Option<RunHead>,
    /// Sound events, from the first on.
    pub events: Seq,
    /// The hash of the last sound event.
    pub hash: Option<String>,
    /// Which event bears the hash that was asked for.
    pub bears: Option<Seq>,
    /// What is wrong, first things first.
    pub faults: Vec<Fault>,
    /// Who vouches for it.
    pub signed: Signed,
}

impl Verdict {
    /// Whether nothing is wrong.
    pub fn sound(&self) -> bool {
        self.faults.is_empty()
    }

    /// For a human.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(RunHead { run, workflow, environment, phase, started_at, .. }) = &self.head {
            let started = date_time(*started_at);
            lines.push(format!(
                "{run}: {workflow} in {environment}, started {started}, {}",
                phase.as_str().replace('_', " ")
            ));
        }
        lines.extend(self.faults.iter().map(|fault| format!("NOT SOUND: {}", told(fault))));
        let hash = self.hash.as_deref().unwrap_or("none");
        lines.push(match self.sound() {
            true => format!("chain: {} events, each as it was written; head {hash}", self.events),
            false => format!("chain: sound up to event {}, whose hash is {hash}", self.events),
        });
        if let Some(seq) = self.bears {
            let after = self.events - seq;
            lines.push(format!(
                "head: event {seq} bears the hash that you named; {after} came after"
            ));
        }
        lines.push(match &self.signed {
            Signed::Nobody => "signature: none".to_owned(),
            Signed::Badly => "signature: does not hold".to_owned(),
            Signed::By { statement, known } => {
                let whose = if *known { "by the key that you named" } else { "by a key" };
                format!(
                    "signature: holds, {whose} with SHA-256 {}, made at {} over {} events",
                    statement.key_sha256,
                    date_time(statement.signed_at),
                    statement.events
                )
            }
        });
        lines.extend(self.leaves_open().map(str::to_owned));
        lines
    }

    /// What nobody can tell from the file.
    fn leaves_open(&self) -> Option<&'static str> {
        match &self.signed {
            Signed::Nobody => Some(UNSIGNED),
            Signed::By { known: false, .. } => Some(UNKNOWN_KEY),
            Signed::By { known: true, .. } | Signed::Badly => None,
        }
    }

    /// For a program.
    pub fn json(&self) -> Value {
        let signed = match &self.signed {
            Signed::Nobody => Value::Null,
            Signed::Badly => json!({ "holds": false }),
            Signed::By { statement, known } => json!({
                "holds": true, "key_known": known, "key_sha256": statement.key_sha256,
                "signed_at": statement.signed_at, "events": statement.events,
            }),
        };
        let faults = self.faults.iter().map(
            |Fault { event, line, says }| json!({ "event": event, "line": line, "says": says }),
        );
        json!({
            "run": self.head.as_ref().map(|head| head.run),
            "sound": self.sound(),
            "events": self.events,
            "head": self.hash,
            "head_found_at": self.bears,
            "faults": faults.collect::<Vec<_>>(),
            "signature": signed,
            "leaves_open": self.leaves_open(),
        })
    }
}

fn told(fault: &Fault) -> String {
    match fault.line {
        Some(line) => format!("{} (line {line})", fault.says),
        None => fault.says.clone(),
    }
}
