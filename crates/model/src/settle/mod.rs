//! What an outcome or a signal means, as events. The same observation twice means nothing the second time.

mod failure;
mod looks;
mod calls;
mod signals;

pub use calls::{Settled, settle};
pub use failure::backoff_ms;
pub use signals::settle_signal;
