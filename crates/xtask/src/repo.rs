//! Where things lie in the repository. It must not know what any chore does with them.

use std::path::{Path, PathBuf};

/// Returns the workspace's root folder.
///
/// Cargo rebuilds this crate when its folder moves, so the compiled-in path is always right.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest).to_path_buf()
}

/// Returns a path below the root.
pub fn at(relative: &str) -> PathBuf {
    root().join(relative)
}
