//! What the actions on archives have in common.

use super::format::Format;
use super::place::Place;
use super::tree::{BYTES_MAX, Tree};
use super::unpack::unpack;
use crate::change::disk::apart;
use crate::change::failing::permanent;
use crate::change::sum::Sum;
use crate::schema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use windlass_model::Value;
use windlass_ports::Outcome;

/// What may come out of one archive, where nobody says otherwise.
pub fn bytes_max() -> u64 {
    BYTES_MAX
}

/// The schema of that bound.
pub fn bytes_max_schema() -> Value {
    schema::with_default(schema::int("how many bytes may come out of it"), BYTES_MAX)
}

/// What was before: nothing at the new place, and this in the source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// The sum of all that it holds.
    pub sum: String,
    /// How many files.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
}

impl Before {
    /// Of a tree.
    pub fn of(tree: &Tree) -> Self {
        Self { sum: tree.sum(), files: tree.items.len() as u64, bytes: tree.bytes }
    }
}

/// An archive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Archive {
    /// The file.
    pub file: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// How many files it holds.
    pub files: u64,
}

/// The schema of an archive.
pub fn archive_schema() -> Value {
    schema::object(
        [
            ("file", schema::text("the archive")),
            ("bytes", schema::int("its length")),
            ("sha256", schema::text("its SHA-256")),
            ("files", schema::int("how many files it holds")),
        ],
        &["file", "bytes", "sha256", "files"],
    )
}

/// What is wrong with an archive's name.
pub fn bad_name(file: &Path) -> Option<String> {
    let text = file.display();
    Format::of(file).is_none().then(|| format!("`{text}`: write .tar.gz, .tgz or .zip"))
}

/// The format of an archive.
pub fn format(file: &Path) -> Outcome<Format> {
    match (Format::of(file), bad_name(file)) {
        (Some(format), _) => Ok(format),
        (None, why) => permanent("input", why.unwrap_or_default()),
    }
}

/// Reads an archive to its end, into a folder or nowhere.
pub async fn read(file: &Path, into: Option<PathBuf>, bytes_max: u64) -> Outcome<Tree> {
    let (owned, format) = (file.to_owned(), format(file)?);
    apart("read the archive", file, move || {
        unpack(&owned, format, bytes_max, Place(into.as_deref()))
    })
    .await
}

/// Reads a folder.
pub async fn folder(place: &Path, bytes_max: u64) -> Outcome<Tree> {
    let owned = place.to_owned();
    apart("read the folder", place, move || Tree::of(&owned, bytes_max)).await
}

/// An archive whose content is known.
pub async fn archive(file: &Path, tree: &Tree) -> Outcome<Archive> {
    let owned = file.to_owned();
    let sum = apart("read", file, move || Sum::of(&owned)).await?;
    let files = tree.items.len() as u64;
    Ok(Archive { file: file.to_owned(), bytes: sum.bytes, sha256: sum.sha256, files })
}
