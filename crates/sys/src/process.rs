//! The identity of a process that outlives it: its number alone is given to others later.
//!
//! A number, the start time and the boot together name one process for ever. It must not know why
//! one asks.

use crate::stat;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io;
use std::str::FromStr;

/// One process of one boot of this machine. Prints as `boot/pid/start`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProcessId {
    boot: String,
    pid: u32,
    start: u64,
}

/// The operating system did not say which process is which.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// `/proc` could not be read.
    #[error("failed to read {path}: {source}; windlass needs Linux with /proc mounted")]
    Unreadable {
        /// What was read.
        path: String,
        /// Why not.
        source: io::Error,
    },
    /// No process has this number.
    #[error("failed to identify the process {0}: it is not there any more")]
    Gone(u32),
    /// The text names no process.
    #[error("failed to read `{0}` as a process: expected `boot/pid/start`")]
    BadText(String),
    /// A signal could not be sent.
    #[error("failed to end the process {pid}: {source}; end it by hand")]
    NotEnded {
        /// Which process.
        pid: u32,
        /// Why not.
        source: io::Error,
    },
}

impl ProcessId {
    /// This process.
    pub fn current() -> Result<Self, ProcessError> {
        Self::of(std::process::id())
    }

    /// The process that has this number now.
    pub fn of(pid: u32) -> Result<Self, ProcessError> {
        let stat = look(pid)?.ok_or(ProcessError::Gone(pid))?;
        Ok(Self { boot: boot()?, pid, start: stat.start })
    }

    /// No process of this boot: it has no number.
    pub(crate) fn nobody() -> Result<Self, ProcessError> {
        Ok(Self { boot: boot()?, pid: 0, start: 0 })
    }

    pub(crate) fn new(boot: &str, stat: &stat::Stat) -> Self {
        Self { boot: boot.to_owned(), pid: stat.pid, start: stat.start }
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// The boot in which it lives or lived.
    pub fn boot(&self) -> &str {
        &self.boot
    }

    /// When it started, in ticks since boot.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Whether exactly this process still lives. One that is dead and not yet waited for does not.
    pub fn is_alive(&self) -> Result<bool, ProcessError> {
        if boot()? != self.boot {
            return Ok(false);
        }
        Ok(look(self.pid)?.is_some_and(|stat| stat.alive && stat.start == self.start))
    }
}

fn look(pid: u32) -> Result<Option<stat::Stat>, ProcessError> {
    let unreadable =
        |source| ProcessError::Unreadable { path: format!("/proc/{pid}/stat"), source };
    stat::of(pid).map_err(unreadable)
}

/// The id that the kernel drew when it booted.
pub(crate) fn boot() -> Result<String, ProcessError> {
    const PATH: &str = "/proc/sys/kernel/random/boot_id";
    match std::fs::read_to_string(PATH) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(source) => Err(ProcessError::Unreadable { path: PATH.to_owned(), source }),
    }
}

impl fmt::Display for ProcessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.boot, self.pid, self.start)
    }
}

impl FromStr for ProcessId {
    type Err = ProcessError;

    fn from_str(text: &str) -> Result<Self, ProcessError> {
        let bad = || ProcessError::BadText(text.to_owned());
        let mut parts = text.split('/');
        let (Some(boot), Some(pid), Some(start), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(bad());
        };
        if boot.is_empty() {
            return Err(bad());
        }
        let pid = pid.parse().map_err(|_| bad())?;
        let start = start.parse().map_err(|_| bad())?;
        Ok(Self { boot: boot.to_owned(), pid, start })
    }
}

impl Serialize for ProcessId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ProcessId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_prints_and_reads_back() {
        let own = ProcessId::current().unwrap();
        assert!(own.is_alive().unwrap());
        assert_eq!(own.to_string().parse::<ProcessId>().unwrap(), own);
    }

    #[test]
    fn another_start_or_another_boot_is_another_process() {
        let own = ProcessId::current().unwrap();
        assert!(!ProcessId { start: own.start + 1, ..own.clone() }.is_alive().unwrap());
        assert!(!ProcessId { boot: "another".into(), ..own }.is_alive().unwrap());
    }

    #[test]
    fn the_dead_are_dead_even_before_anybody_waits_for_them() {
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let id = ProcessId::of(child.id()).unwrap();
        assert!(id.is_alive().unwrap());
        child.kill().unwrap();
        while id.is_alive().unwrap() {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(!id.is_alive().unwrap());
    }

    #[test]
    fn texts_of_another_shape_are_refused() {
        for text in ["", "a/b", "boot/1", "boot/x/2", "boot/1/2/3", "/1/2", "boot/-1/2"] {
            assert!(text.parse::<ProcessId>().is_err(), "{text}");
        }
    }
}
