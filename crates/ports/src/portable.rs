//! A run as lines of JSON: the way from one store to another, the backup, and the way out of any
//! store. Works on the port alone, so every store can do it. It must not know what an event means.
//!
//! The first line is a header with a version, the last one a digest over all lines before it; each
//! event carries its own. Behind it a signature over everything may stand, which whoever exports
//! adds: an import takes it for what it is and does not judge it. A reader refuses a version that
//! it does not know, and ignores fields that it does not know.

use crate::digest::{hex, sha256_hex};
use crate::store::{
    Append, AppendError, Lease, LeaseAnswer, LeaseRequest, NewRun, RunHead, Store, StoreError,
    StoredEvent, StoredSignal, bytes_base64,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use windlass_model::{Millis, Phase, RunId, Seq, Timestamp};

/// The version that is written and read.
pub const VERSION: u32 = 1;

/// Events that are read or appended at once: bounded memory, few durable writes.
const EVENTS_AT_ONCE: usize = 256;

/// How long an import keeps others off the run. It needs seconds; after a crash of it the run is
/// free again.
const LEASE_MS: Millis = 60_000;

/// Who holds the lease meanwhile.
const OWNER: &str = "import";

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// The first.
    Header {
        /// The version.
        windlass_run: u32,
        /// What the store keeps about the run outside its events.
        head: RunHead,
    },
    /// The second.
    Workflow {
        /// Its bytes.
        #[serde(with = "bytes_base64")]
        bytes: Vec<u8>,
    },
    /// One for each event, in order.
    Event {
        /// Its number.
        seq: Seq,
        /// Its record, exactly as it is stored.
        #[serde(with = "bytes_base64")]
        bytes: Vec<u8>,
        /// SHA-256 of the record, in lower-case hex.
        sha256: String,
    },
    /// One for each signal that nobody has answered.
    Signal(StoredSignal),
    /// The last of what is exported.
    End {
        /// How many events there are.
        events: Seq,
        /// SHA-256 of all lines before, with their ends, in lower-case hex.
        sha256: String,
    },
    /// The last, where somebody signed.
    Signature(Signature),
}

impl Line {
    /// The line as it is written, with its end.
    pub fn text(&self) -> std::io::Result<Vec<u8>> {
        let mut text = serde_json::to_vec(self)?;
        text.push(b'\n');
        Ok(text)
    }
}

/// What somebody signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The signed text. It names the run, its last event and the digest of all lines before.
    pub statement: String,
    /// The signature over the text's bytes, in base64.
    pub signature: String,
    /// The public key, in PEM.
    pub public_key: String,
}

/// What an export wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported {
    /// The head of the run, which says how many events there are.
    pub head: RunHead,
    /// The record of its last event; none where nothing has happened yet.
    pub last: Option<Vec<u8>>,
    /// SHA-256 of all lines, the last one and the lines' ends included, in lower-case hex.
    pub sha256: String,
}

/// A run was not exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The store could not give it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The lines could not be written.
    #[error("failed to write the export: {0}; check the free space and try again")]
    Write(#[from] std::io::Error),
}

/// A run was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The lines cannot be read.
    #[error("failed to read the export: {0}; check the file")]
    Read(#[from] std::io::Error),
    /// There is no line at all.
    #[error("the file is empty; export the run again from its store")]
    Empty,
    /// A line is not what an export writes.
    #[error("failed to read line {line} of the export: {why}; export the run again from its store")]
    Damaged {
        /// Which, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// The store has the run already, and it is not the same or has gone further.
    #[error(
        "failed to import {0}: the store has this run with other events; import into a store \
         without it"
    )]
    Differs(RunId),
    /// Somebody drives the run in this store.
    #[error("failed to import {run}: {owner} is at work on it; pause it first")]
    Busy {
        /// Which run.
        run: RunId,
        /// Who.
        owner: String,
    },
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store refused an append.
    #[error(transparent)]
    Append(#[from] AppendError),
}

/// Writes a run as lines, each with its end, as it is at this moment.
pub async fn export(
    store: &dyn Store,
    run: RunId,
    write: &mut (dyn FnMut(&[u8]) -> std::io::Result<()> + Send),
) -> Result<Exported, ExportError> {
    let head = store.head(run).await?;
    let last = head.seq;
    let mut sum = Sha256::new();
    let mut put = |line: &Line| {
        let text = line.text()?;
        sum.update(&text);
        write(&text)
    };
    let bytes = store.workflow(head.workflow_digest.clone()).await?;
    put(&Line::Header { windlass_run: VERSION, head: head.clone() })?;
    put(&Line::Workflow { bytes })?;
    let mut after = 0;
    let mut newest_record = None;
    while after < last {
        let room = usize::try_from(last - after).unwrap_or(usize::MAX).min(EVENTS_AT_ONCE);
        let events = store.events(run, after, room).await?;
        let Some(newest) = events.last().map(|event| event.seq) else {
            return Err(
                StoreError::Corrupt(format!("{run}: event {} is missing", after + 1)).into()
            );
        };
        newest_record = events.last().map(|event| event.bytes.clone());
        for StoredEvent { seq, bytes } in events {
            let sha256 = sha256_hex(&bytes);
            put(&Line::Event { seq, bytes, sha256 })?;
        }
        after = newest;
    }
    for signal in store.pending_signals(run).await? {
        put(&Line::Signal(signal))?;
    }
    let end = Line::End { events: last, sha256: hex(&sum.clone().finalize()) }.text()?;
    sum.update(&end);
    write(&end)?;
    Ok(Exported { head, last: newest_record, sha256: hex(&sum.finalize()) })
}

/// A run that was read and checked from the first to the last line.
#[derive(Debug)]
pub struct Imported {
    head: RunHead,
    workflow: Vec<u8>,
    events: Vec<Vec<u8>>,
    signals: Vec<StoredSignal>,
}

impl Imported {
    /// Reads and checks all lines before anything is written anywhere.
    pub fn read(from: impl std::io::BufRead) -> Result<Self, ImportError> {
        let mut reading = Reading::default();
        for (number, text) in (1..).zip(from.split(b'\n')) {
            let text = text?;
            let line = serde_json::from_slice(&text).map_err(|error| error.to_string());
            let taken = line.and_then(|line| reading.take(line, &text));
            taken.map_err(|why| ImportError::Damaged { line: number, why })?;
            reading.lines = number;
        }
        let lines = reading.lines;
        if lines == 0 {
            return Err(ImportError::Empty);
        }
        let why = "the end is missing: the file was cut short".to_owned();
        reading.whole().ok_or(ImportError::Damaged { line: lines, why })
    }

    /// Which run it is.
    pub fn run(&self) -> RunId {
        self.head.run
    }

    /// Writes the run into a store. One that was cut short is completed by importing again; until
    /// it is complete it stands there as superseded, so that nobody drives half a history.
    pub async fn write(self, store: &dyn Store, now: Timestamp) -> Result<Seq, ImportError> {
        let run = self.run();
        let head = RunHead { seq: 0, phase: Phase::Superseded, due: None, ..self.head.clone() };
        store.create_run(NewRun { head, workflow: self.workflow.clone() }).await?;
        let there = self.agrees(store).await?;
        let last = self.events.len() as Seq;
        if there < last || store.head(run).await? != self.head {
            let lease = take_lease(store, run, now).await?;
            let written = self.append_rest(store, &lease, there).await;
            store.release_lease(lease).await?;
            written?;
        }
        for signal in self.signals {
            store.post_signal(run, signal).await?;
        }
        Ok(last)
    }

    /// Checks that what is there already is the beginning of what comes; returns how far it goes.
    async fn agrees(&self, store: &dyn Store) -> Result<Seq, ImportError> {
        let (run, mut after) = (self.run(), 0);
        loop {
            let events = store.events(run, after, EVENTS_AT_ONCE).await?;
            if events.is_empty() {
                return Ok(after);
            }
            for StoredEvent { seq, bytes } in events {
                let ours = usize::try_from(seq - 1).ok().and_then(|at| self.events.get(at));
                if ours != Some(&bytes) {
                    return Err(ImportError::Differs(run));
                }
                after = seq;
            }
        }
    }

    async fn append_rest(
        &self,
        store: &dyn Store,
        lease: &Lease,
        mut there: Seq,
    ) -> Result<(), ImportError> {
        let last = self.events.len() as Seq;
        loop {
            let next: Vec<_> =
                self.events.iter().skip(there as usize).take(EVENTS_AT_ONCE).collect();
            let complete = there + next.len() as Seq == last;
            let append = Append {
                run: self.run(),
                expected: there,
                epoch: lease.epoch,
                events: next.into_iter().cloned().collect(),
                phase: if complete { self.head.phase } else { Phase::Superseded },
                updated_at: self.head.updated_at,
                due: self.head.due.filter(|_| complete),
                consumed_signals: Vec::new(),
            };
            there = store.append(append).await?;
            if complete {
                return Ok(());
            }
        }
    }
}

async fn take_lease(store: &dyn Store, run: RunId, now: Timestamp) -> Result<Lease, ImportError> {
    let owner = OWNER.to_owned();
    let request = LeaseRequest { run, owner, now, ttl_ms: LEASE_MS, displaces: None };
    match store.acquire_lease(request).await? {
        LeaseAnswer::Granted(lease) => Ok(lease),
        LeaseAnswer::Held(lease) => Err(ImportError::Busy { run, owner: lease.owner }),
    }
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    head: Option<RunHead>,
    workflow: Option<Vec<u8>>,
    events: Vec<Vec<u8>>,
    signals: Vec<StoredSignal>,
    sum: Sha256,
    ended: bool,
    signed: bool,
    lines: usize,
}

impl Reading {
    fn take(&mut self, line: Line, text: &[u8]) -> Result<(), String> {
        match line {
            Line::Signature(_) if self.ended && !self.signed => self.signed = true,
            Line::Signature(_) => return Err("a signature that is not the last line".to_owned()),
            _ if self.ended => return Err("something stands after the end".to_owned()),
            Line::Header { windlass_run: VERSION, head } if self.head.is_none() => {
                self.head = Some(head);
            }
            Line::Header { windlass_run, .. } => {
                return Err(format!(
                    "a header of version {windlass_run}, this reads one of {VERSION}"
                ));
            }
            Line::Workflow { bytes } if self.workflow.is_none() => {
                let digest = self.head.as_ref().map(|head| head.workflow_digest.as_str());
                if digest != Some(sha256_hex(&bytes).as_str()) {
                    return Err("the workflow's bytes have another digest".to_owned());
                }
                self.workflow = Some(bytes);
            }
            Line::Event { seq, bytes, sha256 } => {
                if seq != self.events.len() as Seq + 1 {
                    return Err(format!("event {seq} after event {}", self.events.len()));
                }
                if sha256_hex(&bytes) != sha256 {
                    return Err(format!("the bytes of event {seq} have another digest"));
                }
                self.events.push(bytes);
            }
            Line::Signal(signal) => self.signals.push(signal),
            Line::End { events, sha256 } => {
                let sum = hex(&self.sum.clone().finalize());
                if events != self.events.len() as Seq || sha256 != sum {
                    return Err(
                        "the lines before the end are not those that were written".to_owned()
                    );
                }
                self.ended = true;
            }
            Line::Workflow { .. } => return Err("a second workflow".to_owned()),
        }
        self.sum.update(text);
        self.sum.update(b"\n");
        Ok(())
    }

    fn whole(self) -> Option<Imported> {
        let head = self.head.filter(|head| self.ended && head.seq == self.events.len() as Seq)?;
        let workflow = self.workflow?;
        Some(Imported { head, workflow, events: self.events, signals: self.signals })
    }
}
