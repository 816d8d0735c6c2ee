//! Puts a file, a link or nothing at a place: made beside it, made durable, then given its name by
//! one rename, so that a reader sees the old or the new and never a part. It must not know why.

use super::kept::At;
use crate::change::disk::sync_folder;
use crate::change::place::{remove, unfinished};
use crate::change::sum::Sum;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use windlass_model::RequestId;

/// The mode until all is written: nobody else may read half a file.
const PRIVATE: u32 = 0o600;

/// Where what is put comes from.
#[derive(Clone, Debug)]
pub enum From {
    /// These bytes.
    Bytes(Vec<u8>),
    /// A file with this sum.
    File(PathBuf),
}

/// What is put.
#[derive(Clone, Debug)]
pub enum Goal {
    /// Nothing.
    Nothing,
    /// A file.
    File {
        /// What it holds.
        from: From,
        /// What it is to be: its sum is checked.
        at: At,
    },
    /// A link.
    Link {
        /// Where it leads.
        to: PathBuf,
    },
}

impl Goal {
    /// What is to be seen afterwards.
    pub fn at(&self) -> At {
        match self {
            Self::Nothing => At::Nothing,
            Self::File { at, .. } => at.clone(),
            Self::Link { to } => At::Link { to: to.clone() },
        }
    }

    /// Puts it there.
    pub fn put(&self, place: &Path, key: RequestId) -> io::Result<()> {
        let part = unfinished(place, key);
        remove(&part)?;
        match self {
            Self::Nothing => remove(place)?,
            Self::Link { to } => {
                symlink(to, &part)?;
                std::fs::rename(&part, place)?;
            }
            Self::File { from, at } => {
                fill(&part, from, at)?;
                std::fs::rename(&part, place)?;
            }
        }
        sync_folder(place)
    }
}

fn fill(part: &Path, from: &From, at: &At) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(part)?;
    match from {
        From::Bytes(bytes) => file.write_all(bytes)?,
        From::File(source) => drop(io::copy(&mut File::open(source)?, &mut file)?),
    }
    let At::File { sha256, mode, owner, .. } = at else {
        return Err(io::Error::other("a file is put as something else"));
    };
    if Sum::of(part)?.sha256 != *sha256 {
        remove(part)?;
        return Err(io::Error::other("what it is made from was changed meanwhile"));
    }
    let own = std::fs::metadata(part)?;
    let as_made =
        (std::os::unix::fs::MetadataExt::uid(&own), std::os::unix::fs::MetadataExt::gid(&own));
    if as_made != *owner {
        chown(part, Some(owner.0), Some(owner.1))?;
    }
    file.set_permissions(Permissions::from_mode(*mode))?;
    file.sync_all()
}
