//! Opens sled's folder without trusting it: what a crash leaves behind is cleared, a panic of sled
//! is caught. What does not open is set aside, and nothing is lost by it: all of it is in the
//! journal. It must not know what the trees mean.

use crate::layout::{Layout, make_folder, sync_folder, write_durably};
use crate::trees::Trees;
use std::fs::{self, File};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

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
pub fn open_trees(layout: &Layout) -> Result<Trees, String> {
    check_files(layout)?;
    let text = |error: io::Error| error.to_string();
    remove_half_snapshots(layout).map_err(text)?;
    let trees = try_open(layout)?;
    sync_names(layout).map_err(text)?;
    Ok(trees)
}

/// Makes empty trees where there are none.
pub fn make_trees(layout: &Layout) -> Result<Trees, String> {
    let text = |error: io::Error| error.to_string();
    make_folder(&layout.sled()).map_err(text)?;
    let trees = try_open(layout)?;
    trees.flush().map_err(|error| error.to_string())?;
    sync_names(layout).map_err(text)?;
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
fn check_files(layout: &Layout) -> Result<(), String> {
    let length = |path: PathBuf| fs::metadata(path).map_or(0, |meta| meta.len());
    if length(layout.db()) == 0 {
        return Err("its file `sled/db` is missing or empty".to_owned());
    }
    if length(layout.conf()) < CONF_BYTES_MIN {
        return Err("its file `sled/conf` is missing or cut short".to_owned());
    }
    if fs::read_dir(layout.blobs()).is_ok_and(|mut blobs| blobs.next().is_some()) {
        tracing::warn!(folder = %layout.blobs().display(), "sled made files for large values");
    }
    Ok(())
}

/// Opens sled, and turns its panics into sentences.
fn try_open(layout: &Layout) -> Result<Trees, String> {
    let config = sled::Config::new()
        .path(layout.sled())
        .mode(sled::Mode::LowSpace)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(Some(FLUSH_EVERY_MS));
    let mut attempt = 0;
    loop {
        let opened = catch_unwind(AssertUnwindSafe(|| Trees::open(config.open()?)));
        match opened {
            Ok(Ok(trees)) => return Ok(trees),
            Ok(Err(error)) if attempt < LOCK_ATTEMPTS && is_locked(&error) => {
                attempt += 1;
                wait_a_moment();
            }
            Ok(Err(error)) => return Err(error.to_string()),
            Err(panic) => return Err(panic_text(&*panic)),
        }
    }
}

fn is_locked(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(error) if error.to_string().contains("could not acquire lock"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "sled's threads end on their own and tell nobody; no clock of a run is involved"
)]
fn wait_a_moment() {
    std::thread::sleep(std::time::Duration::from_millis(10));
}

/// What a caught panic said.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("sled gave up: {}", text.as_deref().unwrap_or("without a word"))
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
