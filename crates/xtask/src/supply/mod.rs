//! What may be built into windlass: licences, sources and banned packages, judged over what
//! `cargo metadata` says, so that no further program is needed. It must not know who asks.

mod policy;
mod licence;
pub mod audit;
