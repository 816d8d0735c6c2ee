//! The store of a rehearsal: time stands still while it works, and its engine dies at the write
//! that a watch names.

use super::crash::{Moment, Watch};
use super::pace::Pace;
use std::sync::Arc;
use windlass_model::Seq;
use windlass_ports::store::{Append, AppendError, StoreError};
use windlass_ports::{BoxFuture, Layer, Store};

/// The store.
pub struct WatchedStore {
    inner: Arc<dyn Store>,
    pace: Pace,
    watch: Arc<Watch>,
}

impl WatchedStore {
    /// Watches over a store.
    pub fn new(inner: Arc<dyn Store>, pace: Pace, watch: Arc<Watch>) -> Self {
        Self { inner, pace, watch }
    }

    async fn watched_append(&self, append: Append) -> Result<Seq, AppendError> {
        let work = self.pace.busy();
        let last = self.watch.next(&append);
        if last == Some(Moment::Before) {
            return self.die().await;
        }
        let outcome = self.inner.append(append).await;
        if last == Some(Moment::After) {
            return self.die().await;
        }
        drop(work);
        outcome
    }

    /// The engine hears nothing any more.
    async fn die<T>(&self) -> T {
        self.watch.died.notify_one();
        std::future::pending().await
    }
}

impl Layer for WatchedStore {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    /// Passes a call on as a piece of work.
    fn around<'a, T, E>(&'a self, call: BoxFuture<'a, Result<T, E>>) -> BoxFuture<'a, Result<T, E>>
    where
        T: Send + 'a,
        E: From<StoreError> + Send + 'a,
    {
        Box::pin(async move {
            let _work = self.pace.busy();
            call.await
        })
    }

    /// To wait is no work.
    fn around_waiting<'a, T, E>(
        &'a self,
        call: BoxFuture<'a, Result<T, E>>,
    ) -> BoxFuture<'a, Result<T, E>>
    where
        T: Send + 'a,
        E: From<StoreError> + Send + 'a,
    {
        call
    }

    fn append_through(&self, append: Append) -> BoxFuture<'_, Result<Seq, AppendError>> {
        Box::pin(self.watched_append(append))
    }
}
