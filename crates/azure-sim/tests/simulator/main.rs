//! The simulator as a client sees it. It must not know its insides.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stdout, reason = "a test says what it skipped")]

mod cloud;
mod shapes;
mod recordings;
mod power_and_settings;
mod databases;
mod data;
mod slots;
mod packages;
mod preview;
mod devops;
mod devops_builds;
mod devops_git;
mod devops_releases;
mod devops_pipelines;
mod devops_replays;
mod identity;
mod faults;
mod invariant;
mod socket;
mod kept;
mod facts;
mod replays;
