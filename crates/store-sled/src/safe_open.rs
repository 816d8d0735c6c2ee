//! Opens sled's folder without trusting it: what a crash leaves behind is cleared, a panic of sled
//! is caught. What does not open is set aside, and nothing is lost by it: all of it is in the
//! journal. It must not know what the trees mean.

use crate::index_error::{IndexError, IndexResult};
use crate::layout::{Layout, make_folder, sync_folder, write_durably};
use crate::trees::Trees;
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// sled counts serialized bytes; its real memory is about twice this.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// Garbage is collected, and the file cut, by sled's flusher alone.
const FLUSH_EVERY_MS: u64 = 500;

/// A `conf` that is shorter than this is silently written anew by sled.
const CONF_BYTES_MIN: u64 = 9;

/// How often sled's own lock is asked for. A store that was just closed in this process may hold it
/// for some milliseconds more, while sled's threads end.
const LOCK_ATTEMPTS: u32 = 200;

/// Opens the trees that are there; says why not. The caller holds the store's lock.
pub fn open_trees(layout: &Layout) -> IndexResult<Trees> {
    check_files(layout)?;
    remove_half_snapshots(layout)?;
    let trees = try_open(layout)?;
    sync_names(layout)?;
    Ok(trees)
}

/// Makes empty trees where there are none.
pub fn make_trees(layout: &Layout) -> IndexResult<Trees> {
    make_folder(&layout.sled())?;
    let trees = try_open(layout)?;
    trees.flush()?;
    sync_names(layout)?;
    Ok(trees)
}

/// Sets sled's folder aside with the reason, for whoever looks into it. An earlier one that was is
/// kept instead, since it is nearer to what went wrong first.
pub fn set_aside(layout: &Layout, why: &str) -> io::Result<()> {
    if layout.damaged().exists() {
        if layout.sled().exists() {
            fs::remove_dir_all(layout.sled())?;
        }
    } else if layout.sled().exists() {
        fs::rename(layout.sled(), layout.damaged())?;
    } else {
        make_folder(&layout.damaged())?;
    }
    write_durably(&layout.why_damaged(), why.as_bytes())?;
    sync_folder(layout.root())
}

/// Refuses files that would make sled begin anew in silence.
fn check_files(layout: &Layout) -> IndexResult<()> {
    let damaged = |why: &str| Err(IndexError::Damaged(why.to_owned()));
    if length(&layout.db())? == 0 {
        return damaged("its file `sled/db` is missing or empty");
    }
    if length(&layout.conf())? < CONF_BYTES_MIN {
        return damaged("its file `sled/conf` is missing or cut short");
    }
    if fs::read_dir(layout.blobs()).is_ok_and(|mut blobs| blobs.next().is_some()) {
        tracing::warn!(folder = %layout.blobs().display(), "sled made files for large values");
    }
    Ok(())
}

/// What is not there has no length; where nobody may look, nothing is known.
fn length(path: &Path) -> io::Result<u64> {
    match fs::metadata(path) {
        Ok(meta) => Ok(meta.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// Opens sled, and turns its panics into sentences.
fn try_open(layout: &Layout) -> IndexResult<Trees> {
    let config = sled::Config::new()
        .path(layout.sled())
        .mode(sled::Mode::LowSpace)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(Some(FLUSH_EVERY_MS));
    let mut attempt = 0;
    loop {
        match Trees::open(&config) {
            Err(error) if attempt < LOCK_ATTEMPTS && error.is_locked() => {
                attempt += 1;
                wait_a_moment();
            }
            opened => return opened,
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "sled's threads end on their own and tell nobody; no clock of a run is involved"
)]
fn wait_a_moment() {
    std::thread::sleep(std::time::Duration::from_millis(10));
}

/// A crash inside of an open leaves a snapshot that sled would read as the newest.
fn remove_half_snapshots(layout: &Layout) -> io::Result<()> {
    for entry in fs::read_dir(layout.sled())? {
        let entry = entry?;
        let name = entry.file_name();
        let is_half = |name: &str| name.starts_with("snap.") && name.ends_with(".generating");
        if name.to_str().is_some_and(is_half) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Syncs what sled creates and never syncs: its files, and the names in its folders.
fn sync_names(layout: &Layout) -> io::Result<()> {
    for file in [layout.db(), layout.conf()] {
        File::open(file)?.sync_all()?;
    }
    for folder in [layout.sled(), layout.root().to_path_buf()] {
        sync_folder(&folder)?;
    }
    Ok(())
}
