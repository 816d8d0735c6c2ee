//! What is at a place, as it is kept for the way back. It changes nothing.

use crate::change::disk::apart;
use crate::change::failing::permanent;
use crate::change::sum::Sum;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use windlass_ports::Outcome;

/// The largest file whose content is kept in the history: settings and pages fit, images do not.
pub const KEPT_BYTES_MAX: u64 = 1 << 20;

/// The bits of a mode that are put back.
const MODE_BITS: u32 = 0o7777;

/// What is at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum At {
    /// Nothing.
    Nothing,
    /// A file.
    File {
        /// Its length.
        bytes: u64,
        /// Its SHA-256.
        sha256: String,
        /// Its mode.
        mode: u32,
        /// Whose it is: user and group.
        owner: (u32, u32),
    },
    /// A symbolic link.
    Link {
        /// Where it leads.
        to: PathBuf,
    },
}

/// What was at a place, with its content.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// What it was.
    pub at: At,
    /// A file's content, in base64.
    pub content: Option<String>,
}

impl At {
    /// Looks.
    pub fn look(place: &Path) -> io::Result<Self> {
        let found = match std::fs::symlink_metadata(place) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Nothing),
            Err(error) => return Err(error),
        };
        if found.is_symlink() {
            return Ok(Self::Link { to: std::fs::read_link(place)? });
        }
        if !found.is_file() {
            return Err(io::Error::other("it is neither a file nor a link"));
        }
        let sum = Sum::of(place)?;
        let (mode, owner) = (found.mode() & MODE_BITS, (found.uid(), found.gid()));
        Ok(Self::File { bytes: sum.bytes, sha256: sum.sha256, mode, owner })
    }

    /// In a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::File { .. } => "a file",
            Self::Link { .. } => "a link",
        }
    }
}

impl Kept {
    /// Looks, and takes a file's content along.
    pub async fn of(place: &Path) -> Outcome<Self> {
        let owned = place.to_owned();
        let at = apart("look at", place, move || At::look(&owned)).await?;
        let At::File { bytes, .. } = &at else { return Ok(Self { at, content: None }) };
        if *bytes > KEPT_BYTES_MAX {
            return permanent(
                "large",
                format!(
                    "failed to keep {} for the way back: it has {bytes} bytes, and \
                     {KEPT_BYTES_MAX} are kept; put it aside with file.move first",
                    place.display()
                ),
            );
        }
        let owned = place.to_owned();
        let content = apart("read", place, move || std::fs::read(owned)).await?;
        let sum = Sum::of_bytes(&content);
        match &at {
            At::File { sha256, .. } if *sha256 == sum.sha256 => {
                Ok(Self { at, content: Some(STANDARD.encode(content)) })
            }
            _ => permanent(
                "changed",
                format!("failed to keep {}: it changes while it is read", place.display()),
            ),
        }
    }

    /// A file's content.
    pub fn bytes(&self) -> Outcome<Vec<u8>> {
        let encoded = self.content.as_deref().unwrap_or_default();
        match STANDARD.decode(encoded) {
            Ok(bytes) => Ok(bytes),
            Err(error) => permanent("kept", format!("failed to read what was kept: {error}")),
        }
    }
}
