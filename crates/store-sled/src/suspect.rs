//! The mark in a store's folder that lets the next open make the index anew: sled was asked and
//! what came was not what was written. Whoever meets that cannot mend it, since others read the
//! index at the same time. It must not know what was asked.

use crate::index_error::IndexError;
use crate::layout::{Layout, gone, write_durably};
use std::fs;
use std::io;
use std::path::PathBuf;

/// The mark.
#[derive(Clone, Debug)]
pub struct Suspect {
    path: PathBuf,
    why_damaged: PathBuf,
}

impl Suspect {
    /// The mark of a store, which is there or not.
    pub fn of(layout: &Layout) -> Self {
        Self { path: layout.suspect(), why_damaged: layout.why_damaged() }
    }

    /// What was found, where something was.
    pub fn found(&self) -> io::Result<Option<String>> {
        match fs::read_to_string(&self.path) {
            Ok(why) => Ok(Some(why)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sets it where an error tells of damage. One that is there stays: it is nearer to what went
    /// wrong first.
    pub fn meets(&self, error: &IndexError) {
        if let IndexError::Damaged(why) = error {
            self.set(why);
        }
    }

    /// Whether the index was made anew for the same finding: then the journal has no better, and
    /// doing it again at each open would not help.
    pub fn is_in_vain(&self, why: &str) -> bool {
        fs::read_to_string(&self.why_damaged).is_ok_and(|before| before.ends_with(why))
    }

    /// Sets it.
    pub fn set(&self, why: &str) {
        if !self.path.exists()
            && let Err(error) = write_durably(&self.path, why.as_bytes())
        {
            tracing::warn!(%error, "the next open will not know that the index is damaged");
        }
    }

    /// Takes it away, once the index is made anew.
    pub fn clear(&self) -> io::Result<()> {
        gone(fs::remove_file(&self.path))
    }
}
