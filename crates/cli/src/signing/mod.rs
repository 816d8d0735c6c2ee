//! Signed evidence: keys, what is signed, the newest signature of each run beside its store, and
//! the judgement over an exported file. Standard forms all through: docs/evidence.md checks them
//! with common tools.

pub mod pem_key;
pub mod key_file;
pub mod statement;
pub mod kept;
mod chain_walk;
pub mod verdict;
pub mod judge;
