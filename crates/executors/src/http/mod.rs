//! Calls over HTTP and what their answers mean, for every service alike.

pub mod retry_after;
pub mod reply;
pub mod error_body;
pub mod client;
pub mod verdict;

#[cfg(test)]
mod error_body_tests;

pub use client::{Body, Call, HttpClient, HttpSetupError, SendError, Streams, Witness};
pub use reply::Reply;
pub use verdict::{Aim, no_data, refused, unanswered};
