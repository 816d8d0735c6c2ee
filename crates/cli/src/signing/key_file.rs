//! Where keys that sign evidence lie, and how their files are read and made. It must not know what
//! is signed.

use super::pem_key::{PublicKey, SigningKey};
use crate::command_error::{CommandError, Outcome};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Bytes of a key file that are read: a key in PEM has some hundred.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Where the private key lies where nobody names one.
pub fn file(config: &Path) -> PathBuf {
    config.join("evidence.pem")
}

/// A pair that was made.
pub struct Made {
    /// The public key.
    pub key: PublicKey,
    /// Its file.
    pub public: PathBuf,
}

/// Makes a pair; the public key lies beside the private one. Nothing is overwritten.
pub fn make(private: &Path) -> io::Result<Made> {
    let text = SigningKey::new_pem()
        .ok_or_else(|| io::Error::other("the operating system gives no random bytes"))?;
    let key = SigningKey::from_pem(text.as_bytes())
        .ok_or_else(|| io::Error::other("the new key cannot be read"))?
        .public();
    if let Some(folder) = private.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut public = private.as_os_str().to_owned();
    public.push(".pub");
    let public = PathBuf::from(public);
    if public.exists() {
        return Err(io::Error::other(format!("{} is there already", public.display())));
    }
    write_new(private, 0o600, text.as_bytes())?;
    write_new(&public, 0o644, key.pem().as_bytes())?;
    Ok(Made { key, public })
}

fn write_new(path: &Path, mode: u32, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

/// The key that signs; refused where others may read it.
pub fn signing(path: &Path) -> Outcome<SigningKey> {
    let unusable = |why: String| {
        CommandError::usage(format!("failed to use the key {}: {why}", path.display()))
            .hint("`windlass key new` makes one; nothing was exported")
    };
    let text = owners_alone(path).map_err(|error| unusable(error.to_string()))?;
    SigningKey::from_pem(&text)
        .ok_or_else(|| unusable("it is no private Ed25519 key in PEM".to_owned()))
}

fn owners_alone(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = File::open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        return Err(io::Error::other("others may read it: `chmod 600` it"));
    }
    let mut text = Zeroizing::new(Vec::new());
    file.take(FILE_BYTES_MAX).read_to_end(&mut text)?;
    Ok(text)
}

/// The key that checks.
pub fn public(path: &Path) -> Outcome<PublicKey> {
    let unusable = |why: String| {
        CommandError::usage(format!("failed to use the public key {}: {why}", path.display()))
            .hint("name the `.pub` file that `windlass key new` made beside the private key")
    };
    let text = fs::read(path).map_err(|error| unusable(error.to_string()))?;
    PublicKey::from_pem(&text)
        .ok_or_else(|| unusable("it is no public Ed25519 key in PEM".to_owned()))
}
