//! Looks at the key that seals captured values, without reading it.

use super::finding::Finding;
use crate::compose::key::{KEY_COMMAND, file};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use windlass_sys::env;

/// The part's name.
const PART: &str = "key";

/// Bytes of a key file: 64 hex digits and perhaps a line feed.
const KEY_FILE_BYTES: std::ops::RangeInclusive<u64> = 64..=66;

/// Looks at the key. `used` says whether a store is there that was written with one.
pub fn look(config: &Path, used: bool) -> Finding {
    if env::var(KEY_COMMAND).is_some() {
        return Finding::fine(PART, format!("comes from the command in {KEY_COMMAND}"));
    }
    let path = file(config);
    let shown = path.display();
    let meta = match fs::metadata(&path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !used => {
            return Finding::fine(PART, format!("none yet; the first start makes {shown}"));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let says =
                format!("{shown} is gone: captured values of earlier runs cannot be put back");
            return Finding::wrong(PART, says, "bring it back from a backup before any rollback")
                .mend(format!("or set {KEY_COMMAND} where a command keeps it"));
        }
        Err(error) => {
            let says = format!("{shown} cannot be looked at: {error}");
            return Finding::wrong(PART, says, "check the rights of its folder");
        }
    };
    if meta.permissions().mode() & 0o077 != 0 {
        return Finding::wrong(
            PART,
            format!("others can read {shown}"),
            format!("chmod 600 {shown}"),
        );
    }
    if !meta.is_file() || !KEY_FILE_BYTES.contains(&meta.len()) {
        let says = format!("{shown} holds no key: {} bytes, not 64 hex digits", meta.len());
        return Finding::wrong(PART, says, "bring it back from a backup");
    }
    Finding::fine(PART, format!("lies in {shown}, for its owner alone"))
}
