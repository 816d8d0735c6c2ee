//! Pull requests.

pub mod requests;
pub mod create;
pub mod complete;
pub mod wait;
pub mod family;
