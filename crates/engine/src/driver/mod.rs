//! Driving one run: the thin asynchronous shell around the core. One queue of messages, one owner
//! of the run; nothing here decides an order.

mod message;
mod keeper;
mod guard;
mod desk;
mod drive;

pub(crate) use desk::Desk;
pub(crate) use drive::{Drive, drive};
pub use drive::{Driving, Ending};
pub(crate) use message::Message;
