//! The traits between the engine and everything that touches the outside, and the plain data they
//! exchange.
//!
//! It must not know any implementation: no store, no cloud, no runtime. Traits are object safe;
//! their futures are boxed, so that the engine holds `Arc<dyn …>` and nobody needs its type
//! parameters. Modules are listed bottom first; a module uses only what stands above it.

pub mod future;
pub mod clock;
pub mod secrets;
pub mod digest;
pub mod store;
pub mod layer;
pub mod grants;
pub mod wake_log;
pub mod portable;
pub mod action;
pub mod typed;
pub mod resource;
pub mod account;
pub mod shared_lock;
pub mod registry;

pub use account::Account;
pub use action::{
    Action, ActionError, Attempt, Context, Executed, Outcome, Polled, Prepared, Probed, Verdict,
};
pub use clock::Clock;
pub use future::BoxFuture;
pub use layer::Layer;
pub use registry::Registry;
pub use resource::Resource;
pub use secrets::{Secret, Secrets};
pub use shared_lock::SharedLock;
pub use store::{Append, AppendError, Store, StoreError};
pub use typed::{TypedAction, erase};
