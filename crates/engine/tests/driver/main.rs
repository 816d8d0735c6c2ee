//! The asynchronous shell around the core: engines over a memory store and a scripted world, on
//! tokio's paused clock, so that hours pass in no time and nothing waits for a machine.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod stage;
mod steps;
mod audits;
mod begins_and_ends;
mod crashes;
mod drifts;
mod economy;
mod given;
mod guards;
mod handles;
mod leases;
mod locks;
mod shared_locks;
mod many;
mod outages;
mod readers;
mod seals;
mod signals;
mod undoing;
