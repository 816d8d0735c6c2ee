//! What an outcome or a signal means, as events. The same observation twice means nothing the
//! second time.

mod failure;
mod outcome;
mod looks;
mod calls;
mod signals;

pub use crate::retry::backoff_ms;
pub use calls::settle;
pub use looks::settle_ms;
pub use outcome::Settled;
pub use signals::{SIGNALS_KEPT_MAX, settle_signal};
