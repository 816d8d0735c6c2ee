//! The store under test, and the short words in which the cases speak to it.

use std::any::Any;
use std::sync::Arc;
use windlass_model::{Millis, Phase, RunId, Seq, SignalId, Timestamp};
use windlass_ports::digest::sha256_hex;
use windlass_ports::store::{
    Append, AppendError, Lease, LeaseAnswer, LeaseRequest, NewRun, RunHead, Store, StoredSignal,
};
use windlass_ports::{BoxFuture, StoreError};

/// Where the cases' time begins.
pub const NOON: Timestamp = Timestamp(1_795_000_000_000);

/// How long the leases of the cases last.
pub const TTL_MS: Millis = 10_000;

/// How long a case waits for what must come. Long, since a busy machine is no failure.
pub const PATIENCE_MS: Millis = 20_000;

/// Closes a store and opens what it left behind.
pub type Reopen = Box<dyn Fn(Arc<dyn Store>) -> Reopened + Send + Sync>;

/// The store, once it is open again.
pub type Reopened = BoxFuture<'static, Arc<dyn Store>>;

/// A fresh, empty store, and how to open it again where it outlives its process.
pub struct Subject {
    /// The store.
    pub store: Arc<dyn Store>,
    reopen: Option<Reopen>,
    _kept: Box<dyn Any + Send + Sync>,
}

impl Subject {
    /// A store that lives in memory only.
    pub fn new(store: impl Store + 'static) -> Self {
        Self { store: Arc::new(store), reopen: None, _kept: Box::new(()) }
    }

    /// A store that can be reopened; `kept` is dropped with the subject (its folder).
    pub fn durable(
        store: Arc<dyn Store>,
        kept: impl Any + Send + Sync,
        reopen: impl Fn(Arc<dyn Store>) -> Reopened + Send + Sync + 'static,
    ) -> Self {
        Self { store, reopen: Some(Box::new(reopen)), _kept: Box::new(kept) }
    }

    /// Closes the store and opens it again; nothing happens where that means nothing.
    pub async fn reopen(self) -> Self {
        let Self { store, reopen, _kept } = self;
        let store = match &reopen {
            Some(reopen) => reopen(store).await,
            None => store,
        };
        Self { store, reopen, _kept }
    }

    /// Creates the n-th run.
    pub async fn run(&self, n: u64) -> RunId {
        let new = new_run(n);
        let run = new.head.run;
        self.store.create_run(new).await.expect("a new run is created");
        run
    }

    /// Creates the n-th run and takes its lease.
    pub async fn leased(&self, n: u64) -> Lease {
        let run = self.run(n).await;
        self.lease(run, "first", NOON, None).await.expect("a free lease is granted")
    }

    /// Asks for a lease; `None` where somebody else holds it.
    pub async fn lease(
        &self,
        run: RunId,
        owner: &str,
        now: Timestamp,
        displaces: Option<u64>,
    ) -> Option<Lease> {
        let owner = owner.to_owned();
        let request = LeaseRequest { run, owner, now, ttl_ms: TTL_MS, displaces };
        match self.store.acquire_lease(request).await.expect("the store answers") {
            LeaseAnswer::Granted(lease) => Some(lease),
            LeaseAnswer::Held(_) => None,
        }
    }

    /// Appends so many events after `expected`; each holds its run's lease and its own number.
    pub async fn append(
        &self,
        lease: &Lease,
        expected: Seq,
        count: u64,
    ) -> Result<Seq, AppendError> {
        let numbers = expected + 1..=expected + count;
        let events = numbers.map(|seq| event(lease, seq)).collect();
        self.store.append(append(lease, expected, events)).await
    }

    /// All events of a run after a number.
    pub async fn events(&self, run: RunId, after: Seq) -> Vec<(Seq, Vec<u8>)> {
        let found = self.store.events(run, after, usize::MAX).await.expect("events are read");
        found.into_iter().map(|event| (event.seq, event.bytes)).collect()
    }

    /// Ids of the pending signals.
    pub async fn pending(&self, run: RunId) -> Vec<SignalId> {
        let found = self.store.pending_signals(run).await.expect("signals are read");
        found.into_iter().map(|signal| signal.id).collect()
    }

    /// Posts a signal.
    pub async fn post(&self, run: RunId, signal: &StoredSignal) -> Result<(), StoreError> {
        self.store.post_signal(run, signal.clone()).await
    }
}

/// Bytes of the n-th run's workflow.
pub fn workflow_bytes(n: u64) -> Vec<u8> {
    format!("workflow {n}").into_bytes()
}

/// The n-th run; a later number is a later run.
pub fn new_run(n: u64) -> NewRun {
    let workflow = workflow_bytes(n);
    let head = RunHead {
        run: run_id(n),
        workflow: format!("workflow_{n}"),
        lock: Some("qa4".to_owned()),
        environment: "rehearsal".to_owned(),
        phase: Phase::Queued,
        started_at: NOON.after(n),
        updated_at: NOON.after(n),
        seq: 0,
        due: None,
        workflow_digest: sha256_hex(&workflow),
    };
    NewRun { head, workflow }
}

/// The n-th run's id, shaped like those of version 7.
pub fn run_id(n: u64) -> RunId {
    let text = format!("run_{:012x}70008000{:012x}", 0x0193_5a1c_0000_u64 + n, n);
    text.parse().expect("the text is a run id")
}

/// The n-th signal.
pub fn signal(n: u64) -> StoredSignal {
    let id: RunId = run_id(n);
    StoredSignal { id: SignalId(id.0), bytes: format!("signal {n}").into_bytes() }
}

/// The bytes of an event that says who wrote it and where it belongs.
pub fn event(lease: &Lease, seq: Seq) -> Vec<u8> {
    format!("{} {} {seq}", lease.run, lease.epoch).into_bytes()
}

/// An append that changes nothing but the events.
pub fn append(lease: &Lease, expected: Seq, events: Vec<Vec<u8>>) -> Append {
    Append {
        run: lease.run,
        expected,
        epoch: lease.epoch,
        events,
        phase: Phase::Running,
        updated_at: NOON.after(expected),
        due: None,
        consumed_signals: Vec::new(),
    }
}
