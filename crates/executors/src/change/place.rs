//! Where half of a thing lies until it is whole: beside its place, so that a rename makes it whole
//! at once. It must not know what lies there.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use windlass_model::RequestId;

/// The place of the unfinished thing.
pub fn unfinished(place: &Path, key: RequestId) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(place.file_name().unwrap_or_default());
    name.push(format!(".windlass-{key}"));
    place.with_file_name(name)
}

/// Removes a file or a folder with all that is in it; that it is gone already is what was wanted.
pub fn remove(place: &Path) -> std::io::Result<()> {
    let removed = match std::fs::symlink_metadata(place) {
        Ok(found) if found.is_dir() => std::fs::remove_dir_all(place),
        Ok(_) => std::fs::remove_file(place),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
