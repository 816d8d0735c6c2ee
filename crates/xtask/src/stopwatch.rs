//! Measures how long a part of a chore took: this crate's only look at a clock. It must not know
//! what it measures.

use std::time::{Duration, Instant};

/// Runs from its making until it is read.
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts a new stopwatch.
    #[expect(
        clippy::disallowed_methods,
        reason = "xtask's one home of real time: seconds a part took"
    )]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Returns the time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// Returns the time since the start in seconds, for a report.
    pub fn seconds(&self) -> f64 {
        self.elapsed().as_secs_f64()
    }
}
