//! What tests stand on: stores in memory, stores that fail when told, conformance kits, a clock
//! that moves when told, a world with a ledger, workflows from seeds.
//!
//! It must not know any implementation but its own, nor be in any released binary.
//! Modules are listed bottom first; a module uses only what stands above it.

pub mod memory_state;
pub mod memory_store;
pub mod faulty_store;
pub mod store_kit;
pub mod action_kit;
pub mod prng;
pub mod sim_disk;
pub mod sim_clock;
pub mod world;
pub mod generator;
pub mod small;
pub mod noop;

pub use faulty_store::{Fault, FaultyStore, Plan};
pub use memory_store::MemoryStore;
pub use prng::Prng;
pub use sim_clock::{RuntimeClock, SimClock};
pub use sim_disk::disk::{Cut, SimDisk};
pub use world::state::World;
