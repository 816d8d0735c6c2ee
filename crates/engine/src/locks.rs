//! Asking for an environment's locks: the store's own, and the one that several machines see. It
//! must not know what a run does without them.

use windlass_model::RunId;
use windlass_ports::shared_lock::{Claim, LockAnswer};
use windlass_ports::store::StoreError;
use windlass_ports::{SharedLock, Store};

/// What to type where another machine has the lock.
const NEXT: &str = "wait for that run, or end it there. If that machine is gone for good, \
                    `windlass lock break` takes the lock away from it";

/// Asks for the lock that several machines see; why it is not ours, where it is not. What a run of
/// this store holds that has ended is passed on.
pub async fn ask_shared(
    store: &dyn Store,
    lock: &dyn SharedLock,
    claim: &Claim,
) -> Result<(), String> {
    let label = lock.label();
    let away = |error| format!("failed to ask for the shared lock {label}: {error}");
    let mut instead_of = None;
    loop {
        let holder = match lock.take(claim, instead_of).await.map_err(away)? {
            LockAnswer::Ours => return Ok(()),
            LockAnswer::Held(holder) => holder,
        };
        let known = match holder.run.filter(|run| instead_of.is_none() && *run != claim.run) {
            Some(run) => store.head(run).await.ok().filter(|head| head.phase.ended()),
            None => None,
        };
        match known {
            Some(head) => instead_of = Some(head.run),
            None => {
                let words = holder.words;
                return Err(format!("the shared lock {label} is held by {words}; {NEXT}"));
            }
        }
    }
}

/// The lock's holder after asking for it. A holder that has ended gave no word of it: it is taken
/// out.
pub async fn ask(store: &dyn Store, lock: &str, run: RunId) -> Result<Option<RunId>, StoreError> {
    loop {
        let state = store.acquire_lock(lock.to_owned(), run).await?;
        let Some(holder) = state.holder.filter(|holder| *holder != run) else {
            return Ok(state.holder);
        };
        let ended = match store.head(holder).await {
            Ok(head) => head.phase.ended(),
            Err(StoreError::NoSuchRun(_)) => true,
            Err(error) => return Err(error),
        };
        if !ended {
            return Ok(Some(holder));
        }
        store.release_lock(lock.to_owned(), holder).await?;
    }
}
