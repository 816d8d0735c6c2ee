//! Rehearsals: a workflow against a simulated world of its own, in time that jumps, with crashes
//! and failures where one wants them. Modules are listed bottom first.

pub mod pace;
pub mod crash;
pub mod watched_store;
pub mod fault;
pub mod rehearsed;
pub mod stand_in;
pub mod world;
pub mod audience;
pub mod play;
pub mod invariants;
pub mod verdict;
pub mod series;
pub mod table;
pub mod scripted;
