//! A file's sum, and the small file beside it that keeps it, as `sha256sum` writes and checks it.

use super::disk::{apart, sync_folder};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use windlass_ports::Outcome;

/// Bytes that are read at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// What ends the name of the file that keeps the sum.
const SUFFIX: &str = ".sha256";

/// A file's length and sum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

impl Sum {
    /// Reads a file to its end.
    pub fn of(path: &Path) -> io::Result<Self> {
        Self::of_open(&mut std::fs::File::open(path)?)
    }

    /// The same off the workers.
    pub async fn read(path: &Path) -> Outcome<Self> {
        let owned = path.to_owned();
        apart("read", path, move || Self::of(&owned)).await
    }

    /// The same of what is open.
    pub fn of_open(file: &mut impl Read) -> io::Result<Self> {
        let (mut hash, mut bytes, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK_BYTES]);
        loop {
            let read = file.read(&mut chunk)?;
            if read == 0 {
                return Ok(Self { bytes, sha256: hex(&hash.finalize()) });
            }
            hash.update(&chunk[..read]);
            bytes += read as u64;
        }
    }

    /// Of some bytes.
    pub fn of_bytes(content: &[u8]) -> Self {
        Self { bytes: content.len() as u64, sha256: hex(&Sha256::digest(content)) }
    }

    /// The line that `sha256sum` writes.
    pub fn line(&self, path: &Path) -> String {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        format!("{}  {name}\n", self.sha256)
    }
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where the sum of a file is kept.
pub fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path.file_name().unwrap_or_default());
    name.push(SUFFIX);
    path.with_file_name(name)
}

/// The sum that is kept beside a file.
pub fn kept(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(beside(path)).ok()?;
    text.split_whitespace().next().map(str::to_owned)
}

/// Makes a file's content durable, then gives it its name; its sum goes first, so that a file
/// without its sum is not ours.
pub fn publish(part: &Path, file: &Path, sum: &Sum) -> io::Result<()> {
    std::fs::File::open(part)?.sync_all()?;
    let line = part.with_extension("sum");
    std::fs::write(&line, sum.line(file))?;
    std::fs::rename(line, beside(file))?;
    std::fs::rename(part, file)?;
    sync_folder(file)
}
