//! Files that prove an answer: hashed, and kept with the history where they are small. It must not
//! know what they prove.

use crate::command_error::{CommandError, Outcome};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use windlass_model::event::Evidence;
use windlass_ports::digest::sha256_hex;

/// Bytes of a file that is kept with the history, which lies whole in every export.
const KEPT_BYTES_MAX: usize = 16 * 1024;

/// Bytes of a file that is hashed: a film of a test fits.
const HASHED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Files of one answer.
const FILES_MAX: usize = 20;

/// The evidence in these files.
pub fn all(files: &[PathBuf]) -> Outcome<Vec<Evidence>> {
    if files.len() > FILES_MAX {
        return Err(CommandError::usage(format!("an answer takes at most {FILES_MAX} files"))
            .hint("put them into an archive"));
    }
    files.iter().map(|file| one(file)).collect()
}

fn one(path: &Path) -> Outcome<Evidence> {
    let failed = |why: String| {
        CommandError::usage(format!("failed to read the evidence {}: {why}", path.display()))
            .hint("nothing was answered; name a file that is there")
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    let read = file.take(HASHED_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| failed(error.to_string()))?;
    if bytes.len() as u64 > HASHED_BYTES_MAX {
        return Err(failed(format!("it has more than {HASHED_BYTES_MAX} bytes")));
    }
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(Evidence {
        name,
        sha256: sha256_hex(&bytes),
        bytes: bytes.len() as u64,
        content: (bytes.len() <= KEPT_BYTES_MAX).then(|| STANDARD.encode(&bytes)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_file_is_kept_and_a_large_one_is_named_by_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let (small, large) = (folder.path().join("small.txt"), folder.path().join("large.png"));
        std::fs::write(&small, "seen").unwrap();
        std::fs::write(&large, vec![7; KEPT_BYTES_MAX + 1]).unwrap();
        let found = all(&[small, large]).unwrap();
        assert_eq!((found[0].name.as_str(), found[0].bytes), ("small.txt", 4));
        assert_eq!(found[0].content.as_deref(), Some("c2Vlbg=="));
        assert_eq!((found[1].content.as_deref(), found[1].bytes), (None, 16_385));
        assert!(all(&[folder.path().join("none")]).is_err());
    }
}
