//! Reads records out of the index and checks every byte. It must not know the books: who calls says
//! up to which event a run is durable.

use crate::index::Index;
use crate::index_error::IndexError;
use crate::objects::Objects;
use crate::record::{Rest, chunk_key, open_row, unpack};
use crate::rows::{number_of, numbered_key, read_numbered_row, run_key, signal_key};
use crate::table::Table;
use windlass_model::{RunId, Seq, SignalId};
use windlass_ports::StoreError;
use windlass_ports::store::{StoredCheckpoint, StoredEvent, StoredSignal};

/// Why a record could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// For the index: where it is damaged, the journal has the record.
    Index(IndexError),
    /// For the record's own file, which is the only copy of it.
    Object(String),
    /// For a panic that is not sled's.
    Ended(String),
}

/// What came of reading.
pub type ReadResult<T> = Result<T, ReadError>;

impl<E: Into<IndexError>> From<E> for ReadError {
    fn from(error: E) -> Self {
        Self::Index(error.into())
    }
}

impl ReadError {
    /// The same with a word before it of what was read.
    fn about(self, what: impl std::fmt::Display) -> Self {
        match self {
            Self::Index(error) => Self::Index(error.about(what)),
            Self::Object(why) => Self::Object(format!("{what}: {why}")),
            Self::Ended(why) => Self::Ended(why),
        }
    }
}

impl From<ReadError> for StoreError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Index(IndexError::Damaged(why)) | ReadError::Object(why) => {
                Self::Corrupt(why)
            }
            ReadError::Ended(why) => Self::Corrupt(format!("reading ended: {why}")),
            ReadError::Index(IndexError::Refused(error)) => {
                let next = "check the folder `sled` of the store, its rights and its disk";
                Self::Unavailable(format!("its index cannot be read: {error}; {next}"))
            }
        }
    }
}

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
    ) -> ReadResult<Vec<StoredEvent>> {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        let end = last.min(after.saturating_add(limit));
        if after >= end {
            return Ok(Vec::new());
        }
        let keys = numbered_key(run, after + 1)..=numbered_key(run, end);
        let mut events = Vec::new();
        for (row, seq) in self.index.range(Table::Events, keys).zip(after + 1..) {
            let (key, row) = row.map_err(|error| error.about(run))?;
            if number_of(&key) != Some(seq) {
                return Err(damaged(run, format!("event {seq} is missing")));
            }
            let bytes = self.record(Table::Events, &key, &row);
            let bytes = bytes.map_err(|error| error.about(format!("{run}: event {seq}")))?;
            events.push(StoredEvent { seq, bytes });
        }
        let found = after + events.len() as Seq;
        if found < end {
            return Err(damaged(run, format!("event {} is missing", found + 1)));
        }
        Ok(events)
    }

    /// Checks that a run has exactly the events up to `last`, each as it was written.
    pub fn verify(&self, run: RunId, last: Seq) -> ReadResult<()> {
        let mut after = 0;
        while after < last {
            after += self.events(run, after, last, VERIFIED_AT_ONCE)?.len() as Seq;
        }
        let beyond = numbered_key(run, last.saturating_add(1))..=numbered_key(run, u64::MAX);
        match self.index.range(Table::Events, beyond).next() {
            None => Ok(()),
            Some(Err(error)) => Err(error.about(run).into()),
            Some(Ok(_)) => Err(damaged(run, format!("it has events after its last, {last}"))),
        }
    }

    /// One pending signal; nothing where it was consumed in the meantime.
    pub fn signal(&self, run: RunId, id: SignalId) -> ReadResult<Option<StoredSignal>> {
        let key = signal_key(run, id);
        let read = || {
            let row = self.row(Table::Signals, &key)?;
            if row.is_empty() {
                return Ok(None);
            }
            let (_, recorded) = read_numbered_row(&row).ok_or("a row that is cut short")?;
            let bytes = self.steady(Table::Signals, &key, &row, || {
                self.record(Table::Signals, &key, recorded)
            })?;
            Ok(bytes.map(|bytes| StoredSignal { id, bytes }))
        };
        read().map_err(|error: ReadError| error.about(format!("{run}: signal {}", id.0)))
    }

    /// The checkpoint of a run that has one.
    pub fn checkpoint(&self, run: RunId) -> ReadResult<StoredCheckpoint> {
        let read = || loop {
            let row = self.row(Table::Checkpoints, &run_key(run))?;
            let (seq, recorded) = read_numbered_row(&row).ok_or("a row that is cut short")?;
            let bytes = self.steady(Table::Checkpoints, &run_key(run), &row, || {
                self.record(Table::Checkpoints, &numbered_key(run, seq), recorded)
            })?;
            if let Some(bytes) = bytes {
                return Ok(StoredCheckpoint { seq, bytes });
            }
        };
        read().map_err(|error: ReadError| error.about(format!("{run}: checkpoint")))
    }

    /// The bytes of a workflow.
    pub fn workflow(&self, digest: &str) -> ReadResult<Vec<u8>> {
        let read = || {
            let row = self.row(Table::Workflows, digest.as_bytes())?;
            self.record(Table::Workflows, digest.as_bytes(), &row)
        };
        read().map_err(|error: ReadError| error.about(format!("workflow {digest}")))
    }

    /// Reads what a row names; nothing where the row was replaced meanwhile and what it named is
    /// gone.
    fn steady<T>(
        &self,
        table: Table,
        key: &[u8],
        row: &[u8],
        read: impl Fn() -> ReadResult<T>,
    ) -> ReadResult<Option<T>> {
        match read() {
            Ok(value) => Ok(Some(value)),
            Err(_) if self.row(table, key)? != row => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn row(&self, table: Table, key: &[u8]) -> ReadResult<sled::IVec> {
        Ok(self.index.get(table, key)?.ok_or("it is missing")?)
    }

    fn record(&self, table: Table, key: &[u8], row: &[u8]) -> ReadResult<Vec<u8>> {
        let tag = table as u8;
        match open_row(tag, key, row)? {
            Rest::Nowhere(bytes) => Ok(bytes),
            Rest::Chunks(count) => Ok(unpack(tag, key, row, self.chunks(tag, key, count)?)?),
            Rest::Object(name) => {
                let read = self.objects.read(&name).map_err(|error| error.to_string());
                let bytes = read.and_then(|bytes| unpack(tag, key, row, bytes));
                bytes.map_err(|why| ReadError::Object(format!("its file objects/{name}: {why}")))
            }
        }
    }

    fn chunks(&self, tag: u8, key: &[u8], count: u16) -> ReadResult<Vec<u8>> {
        let mut joined = Vec::new();
        for number in 0..count {
            let chunk = self.row(Table::Chunks, &chunk_key(tag, key, number));
            joined.extend_from_slice(&chunk.map_err(|e| e.about(format!("its part {number}")))?);
        }
        Ok(joined)
    }
}

/// Events that are held in memory at once while a run is checked.
const VERIFIED_AT_ONCE: usize = 1000;

fn damaged(run: RunId, why: String) -> ReadError {
    IndexError::Damaged(why).about(run).into()
}
