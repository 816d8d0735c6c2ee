//! Looks through files, byte for byte.

use std::path::{Path, PathBuf};

/// Every file below a folder with its bytes as text, but for those that `may` hold secrets.
pub fn files(folder: &Path, may: &dyn Fn(&Path) -> bool, each: &mut dyn FnMut(&Path, &str)) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    for path in paths.iter().filter(|path| !may(path)) {
        if path.is_dir() && !path.is_symlink() {
            files(path, may, each);
        } else if let Ok(bytes) = std::fs::read(path) {
            each(path, &String::from_utf8_lossy(&bytes));
        }
    }
}
