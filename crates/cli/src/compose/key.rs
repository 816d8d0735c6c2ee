//! The key that seals captured values: from the command that `WINDLASS_KEY_COMMAND` names, else
//! from a file under the config directory, made on first use. Never in the store's folder: whoever
//! copies the store gets no key with it.

use super::key_id::{self, NoKey};
use super::secrets;
use crate::command_error::{CommandError, Outcome};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use windlass_engine::seal::KEY_BYTES;
use windlass_engine::{Cipher, KeyCipher};
use windlass_sys::env;
use zeroize::Zeroizing;

/// The variable that names a command which prints the key as 64 hex digits.
pub const KEY_COMMAND: &str = "WINDLASS_KEY_COMMAND";

type Key = Zeroizing<[u8; KEY_BYTES]>;

/// Where the key file lies.
pub fn file(config: &Path) -> PathBuf {
    config.join("key")
}

/// The key of a store.
pub struct Keyed {
    /// Seals and opens.
    pub cipher: Arc<dyn Cipher>,
    /// The key's fingerprint; none where there is no key that fits.
    pub id: Option<String>,
    /// Why nothing may be driven: the key that sealed what is there is not to be had.
    pub fault: Option<String>,
}

/// Finds the key of a store, or makes one where there is none and nothing was ever sealed.
pub async fn find(config: &Path, store: &Path) -> Outcome<Keyed> {
    let kept = key_id::kept(store);
    let Some(key) = read_or_make(config, kept.is_none()).await? else {
        let path = file(config);
        return Ok(unfit(format!("the key {} is gone", path.display())));
    };
    let id = key_id::of(&key);
    match kept {
        Some(kept) if kept != id => Ok(unfit("the key is another one".to_owned())),
        _ => Ok(Keyed { cipher: Arc::new(KeyCipher::new(key)), id: Some(id), fault: None }),
    }
}

fn unfit(what: String) -> Keyed {
    let fault = format!(
        "failed to find the key that sealed this store's captured values: {what}; without it no \
         rollback can put them back"
    );
    Keyed { cipher: Arc::new(NoKey), id: None, fault: Some(fault) }
}

/// The key; none where there is none and none is to be made.
async fn read_or_make(config: &Path, may_make: bool) -> Outcome<Option<Key>> {
    if let Some(command) = env::var(KEY_COMMAND) {
        let printed = secrets::read(&format!("command:{command}"), &[]).await;
        let printed = printed.map_err(|why| {
            CommandError::failed(format!("failed to get the key: {why}"))
                .hint(format!("{KEY_COMMAND} must print the key as 64 hex digits"))
        })?;
        return parse(printed.expose().as_bytes()).map(Some).ok_or_else(|| {
            CommandError::failed(format!("failed to read the key that {KEY_COMMAND} prints"))
                .hint("it must print 64 hex digits and nothing else")
        });
    }
    let path = file(config);
    let unusable = |error: io::Error| {
        CommandError::failed(format!("failed to use the key file {}: {error}", path.display()))
            .hint(format!("check the folder's rights, or set {KEY_COMMAND}"))
    };
    match read(&path).map_err(unusable)? {
        Some(text) => parse(&text).map(Some).ok_or_else(|| {
            CommandError::failed(format!("failed to read the key file {}", path.display())).hint(
                "it must hold 64 hex digits; bring it back from a backup: without it, \
                       captured values of earlier runs cannot be put back",
            )
        }),
        None if may_make => make(config, &path).map(Some).map_err(unusable),
        None => Ok(None),
    }
}

/// The file's text; refused where others may read it.
fn read(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        return Err(io::Error::other("others may read it: `chmod 600` it"));
    }
    let mut text = Zeroizing::new(Vec::new());
    file.read_to_end(&mut text)?;
    Ok(Some(text))
}

/// Makes a key. Two processes that do so at once end up with the same: the first link wins.
fn make(config: &Path, path: &Path) -> io::Result<Key> {
    DirBuilder::new().recursive(true).mode(0o700).create(config)?;
    let mut key: Key = Zeroizing::new([0; KEY_BYTES]);
    File::open("/dev/urandom")?.read_exact(&mut *key)?;
    let beside = config.join(format!("key.{}", std::process::id()));
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    let text = Zeroizing::new(windlass_ports::digest::hex(&*key));
    file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n"))?;
    file.sync_all()?;
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    match linked {
        Ok(()) => File::open(config)?.sync_all()?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let theirs = read(path)?.and_then(|text| parse(&text));
            return theirs.ok_or_else(|| io::Error::other("it holds no key"));
        }
        Err(error) => return Err(error),
    }
    Ok(key)
}

fn parse(text: &[u8]) -> Option<Key> {
    let text = text.trim_ascii();
    if text.len() != 2 * KEY_BYTES {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let mut key: Key = Zeroizing::new([0; KEY_BYTES]);
    for (byte, pair) in key.iter_mut().zip(text.chunks(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join("config");
        let path = file(&config);
        assert!(read(&path).unwrap().is_none());
        let key = make(&config, &path).unwrap();
        let again = parse(&read(&path).unwrap().unwrap()).unwrap();
        assert_eq!(*key, *again);
        assert_eq!(*make(&config, &path).unwrap(), *key, "who comes second takes the first's");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read(&path).is_err(), "a key that others may read is refused");
    }

    #[test]
    fn a_key_has_64_hex_digits() {
        assert!(parse(b"00").is_none());
        assert!(parse("zz".repeat(32).as_bytes()).is_none());
        assert_eq!(*parse("0aFF".repeat(16).as_bytes()).unwrap(), [10, 255].repeat(16)[..]);
    }
}
