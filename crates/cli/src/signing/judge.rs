//! Judges an exported file by itself: its lines, the chain over its events, and who signed it. No
//! store is asked. It reads to the end whatever it finds, so that all that is wrong is told.

use super::chain_walk::ChainWalk;
use super::pem_key::PublicKey;
use super::statement::{Statement, opened};
use super::verdict::{Fault, Signed, Verdict};
use sha2::{Digest, Sha256};
use std::io::{self, BufRead};
use windlass_model::Seq;
use windlass_ports::digest::{hex, sha256_hex};
use windlass_ports::portable::{Line, Signature, VERSION};

/// What the file is held against.
#[derive(Clone, Debug, Default)]
pub struct Against {
    /// The signer's key.
    pub key: Option<PublicKey>,
    /// A hash that one of the events must bear, in lower-case hex.
    pub head: Option<String>,
}

/// The verdict over a file.
pub fn judge(mut from: impl BufRead, against: &Against) -> io::Result<Verdict> {
    let mut judge = Judge { against: against.clone(), ..Judge::default() };
    let mut text = Vec::new();
    loop {
        text.clear();
        if from.read_until(b'\n', &mut text)? == 0 {
            break;
        }
        judge.number += 1;
        judge.line(&text);
    }
    Ok(judge.verdict())
}

#[derive(Default)]
struct Judge {
    against: Against,
    number: usize,
    sum: Sha256,
    walk: Option<ChainWalk>,
    workflow_seen: bool,
    ended: bool,
    /// The digest of all lines up to the end.
    lines_sha256: Option<String>,
    verdict: Verdict,
}

impl Judge {
    fn fault(&mut self, event: Option<Seq>, says: impl Into<String>) {
        let line = Some(self.number);
        self.verdict.faults.push(Fault { event, line, says: says.into() });
    }

    fn line(&mut self, text: &[u8]) {
        let line = serde_json::from_slice::<Line>(text);
        let signature = matches!(line, Ok(Line::Signature(_)));
        if self.lines_sha256.is_some() && !signature {
            return self.fault(None, "something stands after the end");
        }
        match line {
            Err(error) => {
                let next = self.walk.as_ref().map(|walk| walk.events + 1);
                // What cannot be read stands where the next event belongs, if that is not the end.
                let event = next.filter(|_| self.workflow_seen);
                if let Some(walk) = &mut self.walk {
                    walk.stopped = true;
                }
                self.fault(event, format!("a line cannot be read: {error}"));
            }
            Ok(line) => self.known(line, text),
        }
        if !signature {
            self.sum.update(text);
            if self.ended {
                self.lines_sha256 = Some(hex(&self.sum.clone().finalize()));
            }
        }
    }

    fn known(&mut self, line: Line, text: &[u8]) {
        // No digest covers these two lines to the byte: they are what windlass writes, or nothing.
        let uncovered = matches!(line, Line::End { .. } | Line::Signature(_));
        if uncovered && line.text().ok().as_deref() != Some(text) {
            self.fault(None, "the line is not of the form in which windlass writes it");
        }
        match line {
            Line::Header { windlass_run: VERSION, head } if self.number == 1 => {
                self.verdict.head = Some(head.clone());
                self.walk = Some(ChainWalk::new(head, self.against.head.clone()));
            }
            Line::Header { windlass_run, .. } => {
                self.fault(
                    None,
                    format!("a header of version {windlass_run} does not belong here"),
                );
            }
            Line::Workflow { bytes } => self.workflow(&bytes),
            Line::Event { seq, bytes, sha256 } => self.event(seq, &bytes, &sha256),
            Line::Signal(_) => {}
            Line::End { events, sha256 } => self.end(events, &sha256),
            Line::Signature(signature) => self.signature(&signature),
        }
    }

    fn workflow(&mut self, bytes: &[u8]) {
        let digest = self.verdict.head.as_ref().map(|head| head.workflow_digest.as_str());
        if digest != Some(sha256_hex(bytes).as_str()) || self.workflow_seen {
            self.fault(None, "the workflow is not the one that the first line names");
        }
        self.workflow_seen = true;
        if let Some(why) = self.walk.as_mut().and_then(|walk| walk.workflow(bytes)) {
            self.fault(None, format!("the workflow cannot be read: {why}"));
        }
    }

    fn event(&mut self, seq: Seq, bytes: &[u8], sha256: &str) {
        let Some(walk) = &mut self.walk else { return };
        let due = walk.events + 1;
        if let Some(why) = walk.event(seq, bytes) {
            self.fault(Some(due), why);
        }
        if sha256_hex(bytes) != sha256 {
            self.fault(Some(seq), format!("the bytes of event {seq} have another digest"));
        }
    }

    fn end(&mut self, events: Seq, sha256: &str) {
        self.ended = true;
        let walk = self.walk.as_ref();
        let (found, stopped) = walk.map_or((0, true), |walk| (walk.events, walk.stopped));
        if let Some(why) = walk.and_then(ChainWalk::contradiction) {
            self.fault(None, why);
        } else if !stopped && events != found {
            self.fault(None, format!("the end speaks of {events} events, and {found} are there"));
        }
        if hex(&self.sum.clone().finalize()) != sha256 {
            self.fault(None, "the lines before the end are not those that were exported");
        }
    }

    fn signature(&mut self, signature: &Signature) {
        if self.lines_sha256.is_none() || self.verdict.signed != Signed::Nobody {
            return self.fault(None, "a signature does not belong here");
        }
        let Some((statement, key)) = opened(signature) else {
            self.verdict.signed = Signed::Badly;
            return self
                .fault(None, "the signature does not hold: its text, or itself, was changed");
        };
        let known = match &self.against.key {
            Some(wanted) if *wanted != key => {
                self.verdict.signed = Signed::Badly;
                return self.fault(None, format!(
                    "it was signed with another key, of SHA-256 {}; the one that you named has {}",
                    key.fingerprint(),
                    wanted.fingerprint()
                ));
            }
            wanted => wanted.is_some(),
        };
        self.verdict.signed = Signed::By { statement: statement.clone(), known };
        self.agrees(&statement);
    }

    /// Whether what was signed is what stands there.
    fn agrees(&mut self, statement: &Statement) {
        if self.lines_sha256.as_ref() != Some(&statement.lines_sha256) {
            self.fault(None, "the lines before the signature are not those that were signed");
        }
        let Some(walk) = self.walk.as_ref().filter(|walk| !walk.stopped) else { return };
        let (run, events, hash) = (walk.run(), walk.events, walk.hash());
        if (run, events, &hash) != (statement.run, statement.events, &statement.head) {
            let Statement { run, events: signed, .. } = statement;
            self.fault(
                None,
                format!(
                    "{signed} events of {run} were signed, with another last hash than stands here"
                ),
            );
        }
    }

    fn verdict(mut self) -> Verdict {
        if self.number == 0 {
            self.fault(None, "the file is empty");
        } else if self.lines_sha256.is_none() {
            self.fault(None, "the end is missing: the file was cut short");
        }
        if self.walk.is_none() {
            self.fault(None, "the first line is no header of an exported run");
        }
        if let Some(key) =
            self.against.key.as_ref().filter(|_| self.verdict.signed == Signed::Nobody)
        {
            let key = key.fingerprint();
            self.fault(None, format!("nobody signed it, the owner of the key {key} included"));
        }
        let bears = self.walk.as_ref().and_then(|walk| walk.bears);
        if let Some(head) = self.against.head.clone().filter(|_| bears.is_none()) {
            self.fault(
                None,
                format!(
                    "no event bears the hash {head}: the end was cut off, or all was computed anew"
                ),
            );
        }
        let walk = self.walk.as_ref();
        self.verdict.bears = bears;
        self.verdict.events = walk.map_or(0, |walk| walk.events);
        self.verdict.hash = walk.map(ChainWalk::hash);
        self.verdict
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
