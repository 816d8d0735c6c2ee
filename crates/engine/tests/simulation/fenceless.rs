//! A store that does not compare epochs: takes every append as if its writer held the lease.

use windlass_model::Seq;
use windlass_ports::store::{Append, AppendError, Store, StoreError};
use windlass_ports::{BoxFuture, Layer};
use windlass_testkit::MemoryStore;

/// The store.
pub struct Fenceless(pub MemoryStore);

impl Layer for Fenceless {
    fn inner(&self) -> &dyn Store {
        &self.0
    }

    fn around<'a, T, E>(&'a self, call: BoxFuture<'a, Result<T, E>>) -> BoxFuture<'a, Result<T, E>>
    where
        T: Send + 'a,
        E: From<StoreError> + Send + 'a,
    {
        call
    }

    fn append_through(&self, append: Append) -> BoxFuture<'_, Result<Seq, AppendError>> {
        Box::pin(async move {
            let mut append = append;
            if let Some(lease) = self.0.lease(append.run).await? {
                append.epoch = lease.epoch;
            }
            self.0.append(append).await
        })
    }
}
