//! Opens sled's folder without trusting it: what a crash leaves behind is cleared, a panic of sled
//! is caught, and nothing is ever begun anew where something was. It must not know what the trees
//! mean.

use crate::format_file;
use crate::layout::{Layout, make_folder, sync_folder};
use crate::mark::{Height, Mark};
use crate::open_error::OpenError;
use crate::trees::Trees;
use std::fs::{self, File};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// sled counts serialized bytes; its real memory is about twice this.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// Garbage is collected, and the file cut, by sled's flusher alone.
const FLUSH_EVERY_MS: u64 = 500;

/// A `conf` that is shorter than this is silently written anew by sled.
const CONF_BYTES_MIN: u64 = 9;

/// How often sled's own lock is asked for. A store that was just closed in this process may hold it
/// for some milliseconds more, while sled's threads end.
const LOCK_ATTEMPTS: u32 = 200;

/// Opens the trees of a store, making the store where there is none. The caller holds the store's
/// lock.
pub fn open_trees(layout: &Layout) -> Result<Trees, OpenError> {
    let io =
        |what| move |source| OpenError::Io { store: layout.root().to_path_buf(), what, source };
    if !layout.format().exists() {
        create(layout)?;
    }
    let text = fs::read(layout.format()).map_err(io("reading its file `format`"))?;
    format_file::check(&text)
        .map_err(|why| OpenError::Foreign { store: layout.root().to_path_buf(), why })?;
    check_files(layout)?;
    let trees = open_sled(layout)?;
    format_file::renew(&layout.format(), &text).map_err(io("writing its file `format`"))?;
    match trees.redo() {
        Ok(false) => {}
        Ok(true) => tracing::info!("the last write had been cut short; it is complete now"),
        Err(error) => return Err(damaged(layout, &error.to_string())),
    }
    trees.flush().map_err(|error| damaged(layout, &error.to_string()))?;
    sync_all(layout).map_err(io("making its files durable"))?;
    Ok(trees)
}

/// Makes a new store. The file `format` comes last: a creation that was cut short is begun again.
fn create(layout: &Layout) -> Result<(), OpenError> {
    let io =
        |what| move |source| OpenError::Io { store: layout.root().to_path_buf(), what, source };
    if !layout.creating().exists() {
        let there = [layout.sled(), layout.mark(), layout.objects()];
        if let Some(path) = there.iter().find(|path| path.exists()) {
            let why = format!("its file `format` is gone, but {} is there", path.display());
            return Err(OpenError::Damaged { store: layout.root().to_path_buf(), why });
        }
        File::create(layout.creating()).map_err(io("creating it"))?;
        sync_folder(layout.root()).map_err(io("creating it"))?;
    }
    // No store was ever open here, so nothing was ever acknowledged.
    for folder in [layout.sled(), layout.objects()] {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(io("clearing a creation that was cut short")(error));
            }
            _ => {}
        }
    }
    make_folder(&layout.sled()).map_err(io("creating it"))?;
    let trees = try_open(layout).map_err(|why| damaged(layout, &why))?;
    let height = trees
        .write(Height::default(), 0, &[])
        .and_then(|height| trees.flush().map(|()| height))
        .map_err(|error| damaged(layout, &error.to_string()))?;
    drop(trees);
    sync_all(layout).map_err(io("creating it"))?;
    Mark::create(&layout.mark(), height).map_err(io("creating its high-water mark"))?;
    format_file::write(&layout.format()).map_err(io("creating its file `format`"))?;
    fs::remove_file(layout.creating()).map_err(io("creating it"))?;
    sync_folder(layout.root()).map_err(io("creating it"))
}

/// Refuses a store whose files would make sled begin anew.
fn check_files(layout: &Layout) -> Result<(), OpenError> {
    let length = |path: PathBuf| fs::metadata(path).map_or(0, |meta| meta.len());
    if length(layout.db()) == 0 {
        return Err(damaged(layout, "its file `sled/db` is missing or empty"));
    }
    if length(layout.conf()) < CONF_BYTES_MIN {
        return Err(damaged(layout, "its file `sled/conf` is missing or cut short"));
    }
    if !layout.mark().exists() {
        return Err(damaged(layout, "its file `mark` is missing"));
    }
    if fs::read_dir(layout.blobs()).is_ok_and(|mut blobs| blobs.next().is_some()) {
        tracing::warn!(folder = %layout.blobs().display(), "sled made files for large values");
    }
    Ok(())
}

/// Opens sled; where that fails for what lies there, once more without its snapshots.
fn open_sled(layout: &Layout) -> Result<Trees, OpenError> {
    let io =
        |what| move |source| OpenError::Io { store: layout.root().to_path_buf(), what, source };
    remove_snapshots(layout, |name| name.ends_with(".generating"))
        .map_err(io("deleting a half written snapshot"))?;
    let first = match try_open(layout) {
        Ok(trees) => return Ok(trees),
        Err(first) => first,
    };
    tracing::warn!(%first, "sled does not open; it is copied aside and tried without snapshots");
    if !layout.damaged().exists() {
        copy_folder(&layout.sled(), &layout.damaged()).map_err(io("copying it aside"))?;
    }
    remove_snapshots(layout, |_| true).map_err(io("deleting its snapshots"))?;
    try_open(layout).map_err(|second| {
        let aside = layout.damaged();
        let why = format!(
            "sled cannot read its files ({first}; without its snapshots: {second}); a copy: {}",
            aside.display()
        );
        damaged(layout, &why)
    })
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

fn damaged(layout: &Layout, why: &str) -> OpenError {
    OpenError::Damaged { store: layout.root().to_path_buf(), why: why.to_owned() }
}

fn remove_snapshots(layout: &Layout, doomed: impl Fn(&str) -> bool) -> io::Result<()> {
    for entry in fs::read_dir(layout.sled())? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with("snap.") && doomed(name)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    make_folder(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Syncs what sled creates and never syncs: its files, and the names of all folders.
fn sync_all(layout: &Layout) -> io::Result<()> {
    for file in [layout.db(), layout.conf()] {
        File::open(file)?.sync_all()?;
    }
    for folder in [layout.blobs(), layout.sled(), layout.root().to_path_buf()] {
        if folder.exists() {
            sync_folder(&folder)?;
        }
    }
    layout.root().parent().map_or(Ok(()), sync_folder)
}
