//! Which key a store's values are sealed with: a fingerprint in the store's folder, so that another
//! key is noticed before anything is done with it. It tells nothing of the key.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use windlass_engine::Cipher;
use windlass_engine::seal::{KEY_BYTES, SealError};
use windlass_model::{RunId, Value};
use windlass_ports::digest::sha256_hex;

/// Digits of a fingerprint: enough to tell any two keys apart, too few to guess from.
const DIGITS: usize = 16;

fn file(store: &Path) -> PathBuf {
    store.join("key-id")
}

/// The fingerprint of a key.
pub fn of(key: &[u8; KEY_BYTES]) -> String {
    let digest = sha256_hex(&[b"windlass key\0".as_slice(), key].concat());
    digest.chars().take(DIGITS).collect()
}

/// The fingerprint that a store keeps; none where it is new.
pub fn kept(store: &Path) -> Option<String> {
    let text = fs::read_to_string(file(store)).ok()?;
    Some(text.trim().to_owned())
}

/// Keeps a fingerprint beside an open store. Who comes second finds the first's.
pub fn keep(store: &Path, id: &str) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file(store)) {
        Ok(mut file) => file.write_all(id.as_bytes()).and_then(|()| file.sync_all()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// In the place of a key that is not there: histories can be read, nothing is sealed or opened.
pub struct NoKey;

impl Cipher for NoKey {
    fn seal(&self, _run: RunId, _value: &Value) -> Result<String, SealError> {
        Err(SealError::Refused)
    }

    fn open(&self, _run: RunId, _sealed: &str) -> Result<Value, SealError> {
        Err(SealError::Refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fingerprint_stays_and_tells_keys_apart() {
        let store = tempfile::tempdir().unwrap();
        let (one, other) = (of(&[1; KEY_BYTES]), of(&[2; KEY_BYTES]));
        assert!(one != other && one.len() == DIGITS);
        assert_eq!(kept(store.path()), None);
        keep(store.path(), &one).unwrap();
        keep(store.path(), &other).unwrap();
        assert_eq!(kept(store.path()), Some(one));
    }
}
