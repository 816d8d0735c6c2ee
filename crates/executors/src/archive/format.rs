//! The kinds of archives, and the two modes that their files have. It must not know how either is
//! written.

use std::path::Path;

/// How an archive is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `.tar.gz` or `.tgz`.
    TarGz,
    /// `.zip`.
    Zip,
}

/// The mode of a file that can be run.
pub const RUNS: u32 = 0o755;

/// The mode of another one.
pub const PLAIN: u32 = 0o644;

/// The mode of a file.
pub fn mode(runs: bool) -> u32 {
    if runs { RUNS } else { PLAIN }
}

impl Format {
    /// By the file's name.
    pub fn of(file: &Path) -> Option<Self> {
        let name = file.file_name()?.to_str()?.to_ascii_lowercase();
        if name.ends_with(".zip") {
            return Some(Self::Zip);
        }
        (name.ends_with(".tar.gz") || name.ends_with(".tgz")).then_some(Self::TarGz)
    }
}
