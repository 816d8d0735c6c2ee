//! One store for many processes: whoever holds it serves the port on a socket, the others speak to
//! that.

pub mod protocol;
pub mod place;
mod server;
mod link;
mod seat;
mod shared_store;
mod shared_port;

pub use seat::Holder;
pub use shared_store::SharedStore;
