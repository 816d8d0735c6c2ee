//! Storage accounts: their keys behind ARM, and the endpoint of their blobs. It knows nothing of
//! databases.

mod access;
mod account;
mod held;
mod lease;
mod blob;
mod route;

pub use route::{answer, blobs};
