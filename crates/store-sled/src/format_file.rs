//! The file that says what kind of store this is: its version and the settings that hold for its
//! whole life. Anything but exactly what this windlass writes is refused: a store is never read by
//! guess.

use crate::layout::write_durably;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The version that this windlass writes. A newer one is opened by the windlass that wrote it,
/// which exports its runs.
const VERSION: u32 = 3;

/// The oldest version that this windlass reads, and makes the present one. In version 1 every group
/// was a transaction of sled, in version 2 a small one stood in sled in order behind a row that
/// could redo it; since version 3 groups are in the journal.
const OLDEST: u32 = 1;

/// What the file holds.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Format {
    windlass_store: u32,
    sled: String,
    mode: String,
    segment_bytes: u64,
    compression: bool,
}

impl Format {
    fn present() -> Self {
        Self {
            windlass_store: VERSION,
            sled: "0.34.7".to_owned(),
            mode: "low_space".to_owned(),
            segment_bytes: 512 * 1024,
            compression: false,
        }
    }
}

/// Writes the file.
pub fn write(path: &Path) -> std::io::Result<()> {
    let mut text = serde_json::to_string(&Format::present())?;
    text.push('\n');
    write_durably(path, text.as_bytes())
}

/// Says what is wrong with a file's content; where nothing is, whether it is of an older version.
pub fn check(text: &[u8]) -> Result<bool, String> {
    let found: Format = serde_json::from_slice(text).map_err(|_| {
        let hint = "look whether this is the folder of a store";
        format!("its file `format` is not what windlass writes; {hint}")
    })?;
    let expected = Format { windlass_store: found.windlass_store, ..Format::present() };
    if !(OLDEST..=VERSION).contains(&found.windlass_store) {
        let version = found.windlass_store;
        return Err(format!(
            "it has format {version}, this windlass reads formats {OLDEST} to {VERSION}; export \
             its runs with the windlass that wrote it and bring them here with `windlass \
             import-run`"
        ));
    }
    if found != expected {
        return Err(format!("its file `format` says {found:?}, expected {expected:?}"));
    }
    Ok(found.windlass_store < VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_formats_are_read() {
        let text = serde_json::to_string(&Format::present()).unwrap();
        assert_eq!(check(text.as_bytes()), Ok(false));
        let version =
            |n: u32| text.replace("\"windlass_store\":3", &format!("\"windlass_store\":{n}"));
        for older in [1, 2] {
            assert_eq!(check(version(older).as_bytes()), Ok(true), "older stores are read");
        }
        for other in [0, 4] {
            assert!(check(version(other).as_bytes()).unwrap_err().contains("windlass import-run"));
        }
        assert!(check(text.replace("524288", "524289").as_bytes()).is_err());
        assert!(check(text.replace("mode", "node").as_bytes()).is_err());
        for broken in ["", "3", "{}"] {
            let said = check(broken.as_bytes()).unwrap_err();
            assert!(said.contains("not what windlass writes"), "{said}");
        }
    }
}
