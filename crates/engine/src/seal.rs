//! Sealing guarded values: XChaCha20-Poly1305 under one key, a random nonce for each value.
//!
//! It knows nothing of where the key comes from. The associated data names the run, so that a
//! sealed value copied into another run's history does not open.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Generate, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use windlass_model::event::{Event, EventKind};
use windlass_model::{Guarded, RunId, Value};
use windlass_ports::digest::hex;
use zeroize::Zeroizing;

/// Length of a key in bytes.
pub const KEY_BYTES: usize = 32;

/// Version of the sealed form, its first byte.
const SEALED_FORMAT: u8 = 1;
const NONCE_BYTES: usize = 24;

/// Digits of a keyed hash: enough to tell the values of a store apart, short enough to be compared
/// by eye.
const KEYED_HASH_DIGITS: usize = 16;

/// A sealed value does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Another key, another run, or damaged.
    #[error(
        "failed to open a sealed value: another key sealed it, or it is damaged; \
         check the key file that `windlass doctor` names"
    )]
    Refused,
    /// Not of a form that this windlass knows.
    #[error("failed to open a sealed value: its form is not known; use a newer windlass")]
    Form,
    /// The operating system gives no random bytes.
    #[error("failed to seal a value: {0}")]
    Random(String),
}

/// Seals and opens values.
pub trait Cipher: Send + Sync {
    /// Seals a value for a run.
    fn seal(&self, run: RunId, value: &Value) -> Result<String, SealError>;
    /// Opens what `seal` gave.
    fn open(&self, run: RunId, sealed: &str) -> Result<Value, SealError>;
    /// A short hash of a value under the key: equal values have equal ones, and nobody without the
    /// key can try values out. None where there is no key.
    fn keyed_hash(&self, _value: &Value) -> Option<String> {
        None
    }
}

/// The cipher of real stores.
pub struct KeyCipher {
    key: Zeroizing<[u8; KEY_BYTES]>,
}

impl KeyCipher {
    /// Takes the key into custody.
    pub fn new(key: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        Self { key }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.key))
    }
}

impl Cipher for KeyCipher {
    fn seal(&self, run: RunId, value: &Value) -> Result<String, SealError> {
        let clear = Zeroizing::new(value.to_string());
        let nonce = XNonce::try_generate().map_err(|e| SealError::Random(e.to_string()))?;
        let payload = Payload { msg: clear.as_bytes(), aad: run.0.as_bytes() };
        let sealed = self.cipher().encrypt(&nonce, payload).map_err(|_| SealError::Refused)?;
        let mut bytes = vec![SEALED_FORMAT];
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Ok(STANDARD.encode(bytes))
    }

    fn open(&self, run: RunId, sealed: &str) -> Result<Value, SealError> {
        let bytes = STANDARD.decode(sealed).map_err(|_| SealError::Form)?;
        let Some((&SEALED_FORMAT, rest)) = bytes.split_first() else { return Err(SealError::Form) };
        let Some((nonce, sealed)) = rest.split_at_checked(NONCE_BYTES) else {
            return Err(SealError::Form);
        };
        let nonce = XNonce::try_from(nonce).map_err(|_| SealError::Form)?;
        let payload = Payload { msg: sealed, aad: run.0.as_bytes() };
        let clear = self.cipher().decrypt(&nonce, payload).map_err(|_| SealError::Refused)?;
        let clear = Zeroizing::new(clear);
        serde_json::from_slice(&clear).map_err(|_| SealError::Form)
    }

    fn keyed_hash(&self, value: &Value) -> Option<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.key).ok()?;
        // Of another purpose than sealing, under the same key.
        mac.update(b"windlass keyed hash 1\n");
        mac.update(Zeroizing::new(value.to_string()).as_bytes());
        let mut hash = hex(&mac.finalize().into_bytes());
        hash.truncate(KEYED_HASH_DIGITS);
        Some(hash)
    }
}

/// Seals whatever an event guards.
pub fn seal_event(cipher: &dyn Cipher, run: RunId, kind: &mut EventKind) -> Result<(), SealError> {
    let guarded = match kind {
        EventKind::AttemptStarted { captured: Some(guarded), .. }
        | EventKind::AttemptAccepted { handle: guarded, .. }
        | EventKind::AttemptProgressed { handle: guarded, .. } => guarded,
        _ => return Ok(()),
    };
    if let Guarded::Clear(value) = guarded {
        *guarded = Guarded::Sealed(cipher.seal(run, value)?);
    }
    Ok(())
}

/// Opens a guarded value.
pub fn open(cipher: &dyn Cipher, run: RunId, guarded: &Guarded) -> Result<Value, SealError> {
    match guarded {
        Guarded::Clear(value) => Ok(value.clone()),
        Guarded::Sealed(text) => cipher.open(run, text),
    }
}

/// Whether an event holds a clear guarded value: the codec refuses such an event.
pub fn leaks(event: &Event) -> bool {
    matches!(
        &event.kind,
        EventKind::AttemptStarted { captured: Some(Guarded::Clear(_)), .. }
            | EventKind::AttemptAccepted { handle: Guarded::Clear(_), .. }
            | EventKind::AttemptProgressed { handle: Guarded::Clear(_), .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use uuid::Uuid;

    fn cipher(byte: u8) -> KeyCipher {
        KeyCipher::new(Zeroizing::new([byte; KEY_BYTES]))
    }

    #[test]
    fn opens_only_under_its_key_and_run() {
        let (run, other) = (RunId(Uuid::from_u128(1)), RunId(Uuid::from_u128(2)));
        let value = json!({ "value": "Password=canary" });
        let sealed = cipher(7).seal(run, &value).unwrap();
        assert!(!sealed.contains("canary"));
        assert_eq!(cipher(7).open(run, &sealed), Ok(value.clone()));
        assert_eq!(cipher(8).open(run, &sealed), Err(SealError::Refused));
        assert_eq!(cipher(7).open(other, &sealed), Err(SealError::Refused));
        assert_ne!(cipher(7).seal(run, &value).unwrap(), sealed, "the nonce is fresh");
        let hash = cipher(7).keyed_hash(&value).unwrap();
        assert_eq!(cipher(7).keyed_hash(&value), Some(hash.clone()));
        assert_ne!(cipher(8).keyed_hash(&value), Some(hash), "another key, another hash");
    }
}
