//! The exit codes of windlass: the one place that defines them. Scripts rely on them, so a number
//! never changes its meaning. `docs/operations.md` shows the same table.

use std::process;
use windlass_model::Phase;

/// How a verb ended, as the shell sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// The run succeeded, or the verb did what it is for.
    Succeeded = 0,
    /// The run failed, or the verb could not do its work.
    Failed = 1,
    /// Wrong use of the command line.
    Usage = 2,
    /// The workflow or its environment is not valid; nothing was started.
    Invalid = 3,
    /// The run is live and nobody here follows it on: it waits for a human, a timer or its lock, or
    /// another process drives it.
    Waiting = 4,
    /// The run is rolled back.
    RolledBack = 5,
    /// The run is stuck: a human must decide.
    Stuck = 6,
    /// The store is not available.
    StoreAway = 7,
    /// The run is paused.
    Paused = 8,
    /// The run ended with things left as they are: cancelled, or another run took over.
    Cancelled = 9,
    /// A bug in windlass.
    Bug = 70,
}

impl ExitCode {
    /// What a run's phase means to the shell.
    pub fn of(phase: Phase) -> Self {
        match phase {
            Phase::Succeeded => Self::Succeeded,
            Phase::Failed => Self::Failed,
            Phase::Queued | Phase::Running | Phase::Waiting | Phase::RollingBack => Self::Waiting,
            Phase::RolledBack => Self::RolledBack,
            Phase::Stuck => Self::Stuck,
            Phase::Paused => Self::Paused,
            Phase::Cancelled | Phase::Superseded => Self::Cancelled,
        }
    }

    /// The number.
    pub fn number(self) -> u8 {
        self as u8
    }
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}
