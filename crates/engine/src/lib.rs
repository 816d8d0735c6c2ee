//! The engine: drives runs. The only place with a loop, and `recorder` the only writer of
//! histories.
//!
//! It must not know any store, cloud, file format or terminal: it holds the ports. Its heart
//! (`core`) is synchronous: an input in, effects out, so that a seed replays; tokio lives in
//! `driver` alone. Modules are listed bottom first; a module uses only what stands above it.

pub mod seal;
pub mod codec;
pub mod chain;
pub mod feed;
pub mod outfit;
pub mod places;
pub mod core;
pub mod recorder;
mod shelf;
pub mod reader;
pub mod audit;
pub mod lease;
pub mod locks;
pub mod calls;
pub mod look;
pub mod drift;
pub mod given;
mod guard;
pub mod wakes;
pub mod driver;
mod migration;
pub mod engine;

pub use chain::ChainFault;
pub use driver::{Driving, Ending};
pub use engine::{Engine, EngineError, Parts, RUNS_DRIVEN_MAX};
pub use feed::{Feed, Silent};
pub use look::Seen;
pub use outfit::{Outfit, Outfitter};
pub use reader::{LoadError, Loaded, Reader};
pub use seal::{Cipher, KeyCipher};
