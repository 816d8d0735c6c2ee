//! Asking for an environment's lock. It must not know what a run does without it.

use windlass_model::RunId;
use windlass_ports::Store;
use windlass_ports::store::StoreError;

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
