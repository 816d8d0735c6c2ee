//! Deployment hosts of apps: packages that are sent to them, and what they tell of each.

mod words;
mod content;
mod push;
mod records;
mod route;

pub use push::{Sent, begin};
pub use route::{answer, by_host, of_host};
