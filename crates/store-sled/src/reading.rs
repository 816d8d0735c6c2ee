//! Reads records out of the index and checks every byte. It must not know the books: who calls says
//! up to which event a run is durable.

use crate::frame::{Rest, chunk_key, open_row, unpack};
use crate::index::Index;
use crate::objects::Objects;
use crate::rows::{number_of, numbered_key, read_numbered_row, run_key, signal_key};
use crate::table::Table;
use windlass_model::{RunId, Seq, SignalId};
use windlass_ports::StoreError;
use windlass_ports::store::{StoredCheckpoint, StoredEvent, StoredSignal};

/// The index and the objects, for reading. Calls block: they belong on a thread that may.
#[derive(Clone)]
pub struct Reader {
    /// The index.
    pub index: Index,
    /// The objects.
    pub objects: Objects,
}

impl Reader {
    /// At most `limit` events after a number and up to `last`; a gap is an error.
    pub fn events(
        &self,
        run: RunId,
        after: Seq,
        last: Seq,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        let end = last.min(after.saturating_add(limit));
        if after >= end {
            return Ok(Vec::new());
        }
        let keys = numbered_key(run, after + 1)..=numbered_key(run, end);
        let mut events = Vec::new();
        for (row, seq) in self.index.range(Table::Events, keys).zip(after + 1..) {
            let (key, row) = row.map_err(|error| broken(run, error))?;
            if number_of(&key) != Some(seq) {
                return Err(broken(run, format!("event {seq} is missing")));
            }
            let bytes = self.record(Table::Events, &key, &row);
            let bytes = bytes.map_err(|why| broken(run, format!("event {seq}: {why}")))?;
            events.push(StoredEvent { seq, bytes });
        }
        let found = after + events.len() as Seq;
        if found < end {
            return Err(broken(run, format!("event {} is missing", found + 1)));
        }
        Ok(events)
    }

    /// Checks that a run has exactly the events up to `last`, each as it was written.
    pub fn verify(&self, run: RunId, last: Seq) -> Result<(), StoreError> {
        let mut after = 0;
        while after < last {
            after += self.events(run, after, last, VERIFIED_AT_ONCE)?.len() as Seq;
        }
        let beyond = numbered_key(run, last.saturating_add(1))..=numbered_key(run, u64::MAX);
        match self.index.range(Table::Events, beyond).next() {
            None => Ok(()),
            Some(_) => Err(broken(run, format!("it has events after its last, {last}"))),
        }
    }

    /// One pending signal; nothing where it was consumed in the meantime.
    pub fn signal(&self, run: RunId, id: SignalId) -> Result<Option<StoredSignal>, StoreError> {
        let key = signal_key(run, id);
        let read = || {
            let row = self.row(Table::Signals, &key)?;
            if row.is_empty() {
                return Ok(None);
            }
            let (_, framed) = read_numbered_row(&row).ok_or("a row that is cut short")?;
            let bytes = self
                .steady(Table::Signals, &key, &row, || self.record(Table::Signals, &key, framed))?;
            Ok(bytes.map(|bytes| StoredSignal { id, bytes }))
        };
        read().map_err(|why: String| broken(run, format!("signal {}: {why}", id.0)))
    }

    /// The checkpoint of a run that has one.
    pub fn checkpoint(&self, run: RunId) -> Result<StoredCheckpoint, StoreError> {
        let read = || loop {
            let row = self.row(Table::Checkpoints, &run_key(run))?;
            let (seq, framed) = read_numbered_row(&row).ok_or("a row that is cut short")?;
            let bytes = self.steady(Table::Checkpoints, &run_key(run), &row, || {
                self.record(Table::Checkpoints, &numbered_key(run, seq), framed)
            })?;
            if let Some(bytes) = bytes {
                return Ok(StoredCheckpoint { seq, bytes });
            }
        };
        read().map_err(|why: String| broken(run, format!("checkpoint: {why}")))
    }

    /// The bytes of a workflow.
    pub fn workflow(&self, digest: &str) -> Result<Vec<u8>, StoreError> {
        let corrupt = |why: String| StoreError::Corrupt(format!("workflow {digest}: {why}"));
        let row = self.row(Table::Workflows, digest.as_bytes()).map_err(corrupt)?;
        self.record(Table::Workflows, digest.as_bytes(), &row).map_err(corrupt)
    }

    /// Reads what a row names; nothing where the row was replaced meanwhile and what it named is
    /// gone.
    fn steady<T>(
        &self,
        table: Table,
        key: &[u8],
        row: &[u8],
        read: impl Fn() -> Result<T, String>,
    ) -> Result<Option<T>, String> {
        match read() {
            Ok(value) => Ok(Some(value)),
            Err(_) if self.row(table, key)? != row => Ok(None),
            Err(why) => Err(why),
        }
    }

    fn row(&self, table: Table, key: &[u8]) -> Result<sled::IVec, String> {
        let row = self.index.get(table, key).map_err(|error| error.to_string())?;
        row.ok_or_else(|| "it is missing".to_owned())
    }

    fn record(&self, table: Table, key: &[u8], row: &[u8]) -> Result<Vec<u8>, String> {
        let tag = table as u8;
        let fetched = match open_row(tag, key, row)? {
            Rest::Nowhere(bytes) => return Ok(bytes),
            Rest::Chunks(count) => self.chunks(tag, key, count)?,
            Rest::Object(name) => {
                let read = self.objects.read(&name);
                read.map_err(|error| format!("its file objects/{name}: {error}"))?
            }
        };
        unpack(tag, key, row, fetched)
    }

    fn chunks(&self, tag: u8, key: &[u8], count: u16) -> Result<Vec<u8>, String> {
        let mut joined = Vec::new();
        for number in 0..count {
            let chunk = self.row(Table::Chunks, &chunk_key(tag, key, number));
            joined.extend_from_slice(&chunk.map_err(|why| format!("its part {number}: {why}"))?);
        }
        Ok(joined)
    }
}

/// Events that are held in memory at once while a run is checked.
const VERIFIED_AT_ONCE: usize = 1000;

fn broken(run: RunId, why: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("{run}: {why}"))
}
