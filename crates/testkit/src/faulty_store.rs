//! A store that fails when a script says so: around any other store, at the n-th append, before or
//! after its effect. It must not know what the engine does; it is the disk, the network and the
//! rival.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use windlass_model::{Millis, RunId, Seq, Timestamp};
use windlass_ports::store::{Append, AppendError, LeaseRequest, Store, StoreError};
use windlass_ports::{BoxFuture, Layer};

/// How long a thief keeps what it stole, by the wall clock of the run.
const STOLEN_TTL_MS: Millis = 60_000;

/// What happens at an append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is written; this call alone fails.
    FailBefore,
    /// It is written; the acknowledgement is lost.
    LoseAcknowledgement,
    /// Nothing is written; every call fails until [`FaultyStore::heal`]: a crash right before.
    DownBefore,
    /// It is written; this and every call fails until [`FaultyStore::heal`]: a crash right after.
    DownAfter,
    /// Nothing is written; this and the next calls of any kind fail, so many in all.
    UnavailableFor {
        /// How many calls, this one included.
        calls: u32,
    },
    /// Another owner displaces the lease just before; the append then meets the fence.
    StealLease {
        /// The thief.
        owner: String,
    },
}

/// Which append meets which fault; the first append of the wrapper's life has number 1.
#[derive(Clone, Debug, Default)]
pub struct Plan(BTreeMap<u64, Fault>);

impl Plan {
    /// Adds a fault at the n-th append.
    #[must_use]
    pub fn at(mut self, append: u64, fault: Fault) -> Self {
        self.0.insert(append, fault);
        self
    }
}

/// The wrapper.
pub struct FaultyStore {
    inner: Arc<dyn Store>,
    script: Mutex<Script>,
}

#[derive(Debug, Default)]
struct Script {
    plan: Plan,
    appends: u64,
    /// Calls that still fail.
    failing: u32,
    down: bool,
}

impl FaultyStore {
    /// Wraps a store.
    pub fn new(inner: Arc<dyn Store>, plan: Plan) -> Self {
        Self { inner, script: Mutex::new(Script { plan, ..Script::default() }) }
    }

    /// How many appends were asked for so far, refused ones included.
    pub fn appends(&self) -> u64 {
        self.script().appends
    }

    /// Says whether the store is down until healed.
    pub fn is_down(&self) -> bool {
        self.script().down
    }

    /// Ends every outage.
    pub fn heal(&self) {
        let mut script = self.script();
        script.down = false;
        script.failing = 0;
    }

    /// Makes every call fail until healed.
    pub fn take_down(&self) {
        self.script().down = true;
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails where an outage is on.
    fn gate(&self) -> Result<(), StoreError> {
        let mut script = self.script();
        if script.down {
            return Err(away("it is down"));
        }
        if script.failing > 0 {
            script.failing -= 1;
            return Err(away("it is away for a while"));
        }
        Ok(())
    }

    /// Counts an append and takes its fault out of the plan.
    fn next_fault(&self) -> Option<Fault> {
        let mut script = self.script();
        script.appends += 1;
        let number = script.appends;
        script.plan.0.remove(&number)
    }

    async fn faulty_append(&self, append: Append) -> Result<Seq, AppendError> {
        let fault = self.next_fault();
        self.gate()?;
        match fault {
            None => self.inner.append(append).await,
            Some(Fault::FailBefore) => Err(away("it failed before the append").into()),
            Some(Fault::DownBefore) => {
                self.take_down();
                Err(away("it went down before the append").into())
            }
            Some(Fault::UnavailableFor { calls }) => {
                self.script().failing = calls.saturating_sub(1);
                Err(away("it went away before the append").into())
            }
            Some(Fault::LoseAcknowledgement) => {
                self.inner.append(append).await?;
                Err(away("it lost the acknowledgement").into())
            }
            Some(Fault::DownAfter) => {
                self.inner.append(append).await?;
                self.take_down();
                Err(away("it went down after the append").into())
            }
            Some(Fault::StealLease { owner }) => {
                self.steal(append.run, owner).await?;
                self.inner.append(append).await
            }
        }
    }

    async fn steal(&self, run: RunId, owner: String) -> Result<(), StoreError> {
        let held = self.inner.lease(run).await?;
        let now = held.as_ref().map_or(Timestamp(0), |lease| lease.expires);
        let displaces = held.map(|lease| lease.epoch);
        let request = LeaseRequest { run, owner, now, ttl_ms: STOLEN_TTL_MS, displaces };
        self.inner.acquire_lease(request).await.map(|_| ())
    }
}

fn away(why: &str) -> StoreError {
    StoreError::Unavailable(format!("{why} (a scripted fault)"))
}

impl Layer for FaultyStore {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    /// Passes a call on unless an outage is on.
    fn around<'a, T, E>(&'a self, call: BoxFuture<'a, Result<T, E>>) -> BoxFuture<'a, Result<T, E>>
    where
        T: Send + 'a,
        E: From<StoreError> + Send + 'a,
    {
        Box::pin(async move {
            self.gate()?;
            call.await
        })
    }

    fn append_through(&self, append: Append) -> BoxFuture<'_, Result<Seq, AppendError>> {
        Box::pin(self.faulty_append(append))
    }
}
