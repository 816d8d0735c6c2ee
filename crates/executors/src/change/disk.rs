//! Work with files of this machine: off the workers, and what is said where it fails. It must not
//! know what is done.

use super::failing::permanent;
use std::fs::File;
use std::io;
use std::path::Path;
use windlass_ports::Outcome;

/// Says what failed at a place.
pub fn disk<T>(what: &str, place: &Path, error: &io::Error) -> Outcome<T> {
    permanent("file", format!("failed to {what} {}: {error}", place.display()))
}

/// Work with files off the workers.
pub async fn apart<T: Send + 'static>(
    what: &str,
    place: &Path,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Outcome<T> {
    let done = tokio::task::spawn_blocking(work).await;
    match done.unwrap_or_else(|error| Err(io::Error::other(error))) {
        Ok(done) => Ok(done),
        Err(error) => disk(what, place, &error),
    }
}

/// Makes what a folder lists durable.
pub fn sync_folder(place: &Path) -> io::Result<()> {
    match place.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}
