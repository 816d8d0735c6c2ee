//! Azure DevOps: builds and classic releases.

pub mod settings;
pub mod client;
pub mod refusal;
pub mod definition_ref;
pub mod signature;
pub mod build;
pub mod release;
pub mod family;
