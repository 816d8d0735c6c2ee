//! What a campaign remembers between two sessions: `target/campaign/NAME.json`. An older file
//! without a field reads as that field's beginning; a file that cannot be read is an error, since
//! forgetting would report a search that never was. It must not know what a case is.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Where a campaign stands.
#[derive(Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
pub struct State {
    /// The first case of the next session.
    #[serde(default)]
    pub next: u64,
    /// The session that is on, or that was killed before it was written down.
    #[serde(default)]
    pub open: Option<Open>,
}

/// A session that is not yet in the diary.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Open {
    /// The day it began.
    pub date: String,
    /// What was searched.
    pub commit: String,
    /// The first case.
    pub from: u64,
    /// The first case that was not run any more.
    pub to: u64,
    /// How many cases there are, where there is an end.
    pub total: Option<u64>,
    /// How long it took.
    pub seconds: u64,
    /// What was found.
    pub findings: Vec<String>,
}

impl State {
    /// Reads a campaign's state; none is a beginning.
    pub fn load(path: &Path) -> Result<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text).with_context(|| {
                format!("failed to read {}; delete it to begin again", path.display())
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("failed to read {}", path.display())),
        }
    }

    /// Writes the state beside its old self and puts it in its place, so that none is ever half.
    pub fn save(&self, path: &Path) -> Result<()> {
        let fresh = path.with_extension("json.new");
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&fresh, serde_json::to_vec_pretty(self)?)
            .and_then(|()| std::fs::rename(&fresh, path))
            .with_context(|| format!("failed to write {}; is the disk full?", path.display()))
    }
}

/// Returns where a campaign's state lies.
pub fn path_of(target: &Path, name: &str) -> PathBuf {
    target.join("campaign").join(format!("{name}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_survives_and_a_missing_one_is_a_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let path = path_of(folder.path(), "kills");
        assert_eq!(State::load(&path).unwrap(), State::default());
        let open = Open {
            date: "2026-01-02".to_owned(),
            commit: "abc".to_owned(),
            from: 1,
            to: 9,
            total: Some(10),
            seconds: 5,
            findings: vec!["case=3 x".to_owned()],
        };
        let state = State { next: 9, open: Some(open) };
        state.save(&path).unwrap();
        assert_eq!(State::load(&path).unwrap(), state);
    }

    #[test]
    fn a_broken_state_is_not_a_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        std::fs::write(&path, "{").unwrap();
        assert!(State::load(&path).is_err());
    }
}
