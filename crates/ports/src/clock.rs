//! Time as a port: nobody but an implementation of this asks the operating system what time it is.

use crate::future::BoxFuture;
use windlass_model::Timestamp;

/// A clock. A rehearsal's clock runs faster than the wall's; a simulation's moves when told.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Returns once `now` has reached `until`.
    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'_, ()>;
}
