//! Names of things: runs, steps, signals, requests. Parsing and printing only; nothing here makes a
//! random id.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use uuid::Uuid;

/// Position of an event in its run's history; the first event has number 1.
pub type Seq = u64;

/// Kind of an action as a file names it, for example `azure.sql.copy_database`.
pub type ActionKind = String;

/// A run's identity: a version 7 UUID made by whoever creates the run, printed as `run_` and 32 hex
/// digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub Uuid);

/// The text is no run id; what is wrong is in the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no run id: expected `run_` and 32 hex digits, \
     or a unique prefix of one that `windlass list` shows"
)]
pub struct BadRunId(String);

const RUN_PREFIX: &str = "run_";

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{RUN_PREFIX}{}", self.0.simple())
    }
}

impl fmt::Debug for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for RunId {
    type Err = BadRunId;
    fn from_str(text: &str) -> Result<Self, BadRunId> {
        let hex = text.strip_prefix(RUN_PREFIX).unwrap_or(text);
        Uuid::parse_str(hex).map(RunId).map_err(|_| BadRunId(text.to_owned()))
    }
}

impl Serialize for RunId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RunId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A step's name within its workflow: `copy`, `stop[qa4]` for one of a `for_each`, `deploy.check`
/// within a sub-workflow. Cheap to clone, since every event names its step.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(Arc<str>);

impl StepId {
    /// Takes a name as it is; the file format's rules are checked where files are read.
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(Arc::from(name.as_ref()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name without the part in brackets: `stop` for `stop[qa4]`.
    pub fn group(&self) -> &str {
        self.0.split('[').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl From<&str> for StepId {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

/// Identity of one request to the outside, sent along wherever a service keeps it; the same after a
/// replay.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub Uuid);

impl RequestId {
    /// Derives the id of an attempt from what identifies it, so that no random source is needed.
    pub fn derive(run: RunId, step: &StepId, side: &str, attempt: u32) -> Self {
        let name = format!("{step}/{side}/{attempt}");
        Self(Uuid::new_v5(&run.0, name.as_bytes()))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Identity of a signal, made by its sender: posting it twice delivers it once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignalId(pub Uuid);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_id_prints_and_parses_back() {
        let id = RunId(Uuid::from_u128(0x0193_5a1c_0000_7000_8000_0000_0000_0001));
        assert_eq!(id.to_string().len(), 36);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("run_xyz".parse::<RunId>().is_err());
    }

    #[test]
    fn request_ids_differ_by_side_and_attempt() {
        let run = RunId(Uuid::from_u128(7));
        let step = StepId::new("copy");
        let first = RequestId::derive(run, &step, "forward", 1);
        assert_eq!(first, RequestId::derive(run, &step, "forward", 1));
        assert_ne!(first, RequestId::derive(run, &step, "undo", 1));
        assert_ne!(first, RequestId::derive(run, &step, "forward", 2));
    }
}
