//! Taking and keeping the lease of a run: who may write its history.

use std::sync::Arc;
use windlass_model::{Millis, RunId};
use windlass_ports::Clock;
use windlass_ports::store::{Epoch, Lease, LeaseAnswer, LeaseRequest, Store, StoreError};

/// How long a lease lasts without renewal. Long enough for a stalled laptop disk, short enough that
/// another machine takes over within a coffee's first sip; a holder known to be dead is displaced
/// at once.
pub const LEASE_TTL_MS: Millis = 15_000;

/// How often it is renewed: three tries within its time.
pub const LEASE_RENEW_MS: Millis = 5_000;

/// Tells whether the owner of a lease is known to be dead. "Not known" is no.
pub type OwnerIsDead = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// The lease could not be had.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LeaseError {
    /// A living engine drives the run.
    #[error("failed to take {run}: another windlass drives it ({owner})")]
    Held {
        /// Which run.
        run: RunId,
        /// Who drives it.
        owner: String,
    },
    /// The store said no, or is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A wish for the lease of a run.
pub fn request(
    run: RunId,
    owner: &str,
    wall: &dyn Clock,
    displaces: Option<Epoch>,
) -> LeaseRequest {
    let owner = owner.to_owned();
    LeaseRequest { run, owner, now: wall.now(), ttl_ms: LEASE_TTL_MS, displaces }
}

/// Takes the lease of a run; displaces a holder that is known to be dead.
pub async fn take(
    store: &dyn Store,
    wall: &dyn Clock,
    run: RunId,
    owner: &str,
    is_dead: &OwnerIsDead,
) -> Result<Lease, LeaseError> {
    let mut displaces = None;
    loop {
        match store.acquire_lease(request(run, owner, wall, displaces)).await? {
            LeaseAnswer::Granted(lease) => return Ok(lease),
            LeaseAnswer::Held(held) if displaces != Some(held.epoch) && is_dead(&held.owner) => {
                displaces = Some(held.epoch);
            }
            LeaseAnswer::Held(held) => return Err(LeaseError::Held { run, owner: held.owner }),
        }
    }
}
