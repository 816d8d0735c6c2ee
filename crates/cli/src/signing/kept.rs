//! The newest signature of each run, in a folder beside its store: what `history --verify` compares
//! the chain with. Whoever can change the store can change this too; a signed export elsewhere is
//! what he cannot reach. It must not know what a signature says.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use windlass_model::RunId;
use windlass_ports::portable::Signature;

fn folder(store: &Path) -> PathBuf {
    store.join("signed")
}

fn file(store: &Path, run: RunId) -> PathBuf {
    folder(store).join(format!("{run}.json"))
}

/// Keeps a signature in the place of an older one.
pub fn keep(store: &Path, run: RunId, signature: &Signature) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder(store))?;
    let path = file(store, run);
    let beside = path.with_extension(format!("{}.part", std::process::id()));
    let mut options = OpenOptions::new();
    let mut part = options.write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    serde_json::to_writer(&mut part, signature)?;
    part.write_all(b"\n")?;
    part.sync_all()?;
    fs::rename(beside, path)
}

/// The newest signature of a run; none where nothing was signed here.
pub fn newest(store: &Path, run: RunId) -> io::Result<Option<Signature>> {
    match fs::read(file(store, run)) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Forgets the signature of a run that is removed.
pub fn forget(store: &Path, run: RunId) -> io::Result<()> {
    match fs::remove_file(file(store, run)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
