//! Ed25519 keys as PEM: PKCS#8 for the private one, SubjectPublicKeyInfo for the public one, the
//! forms of RFC 8410 that every tool reads. It must not know where a key lies or what is signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};
use windlass_ports::digest::sha256_hex;
use zeroize::Zeroizing;

/// Length of a private key's seed and of a public key.
const KEY_BYTES: usize = 32;

/// What stands before the seed: PKCS#8 of version 0, the algorithm 1.3.101.112, an octet string in
/// an octet string. The older version, since not every tool reads the newer one.
const PRIVATE_BEFORE: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// What stands before the bytes of a public key: the same algorithm, a bit string.
const PUBLIC_BEFORE: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Columns of a PEM file.
const PEM_COLUMNS: usize = 64;

/// Signs.
pub struct SigningKey(Ed25519KeyPair);

/// Checks what was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; KEY_BYTES]);

impl SigningKey {
    /// A new private key, in PEM; none where the system gives no random bytes.
    pub fn new_pem() -> Option<Zeroizing<String>> {
        let mut der = Zeroizing::new([0; PRIVATE_BEFORE.len() + KEY_BYTES]);
        der[..PRIVATE_BEFORE.len()].copy_from_slice(&PRIVATE_BEFORE);
        SystemRandom::new().fill(&mut der[PRIVATE_BEFORE.len()..]).ok()?;
        let body = Zeroizing::new(STANDARD.encode(*der));
        Some(Zeroizing::new(pem("PRIVATE KEY", &body)))
    }

    /// The key in a PEM file; none where it holds no private Ed25519 key.
    pub fn from_pem(text: &[u8]) -> Option<Self> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(text).ok()?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()).ok()?;
        Some(Self(pair))
    }

    /// The key that others get.
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; KEY_BYTES];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(bytes)
    }

    /// A signature over a text, in base64.
    pub fn sign(&self, text: &str) -> String {
        STANDARD.encode(self.0.sign(text.as_bytes()))
    }
}

impl PublicKey {
    /// The key in a PEM file; none where it holds no public Ed25519 key.
    pub fn from_pem(text: &[u8]) -> Option<Self> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(text).ok()?;
        let bytes = der.as_ref().strip_prefix(&PUBLIC_BEFORE[..])?;
        bytes.try_into().ok().map(Self)
    }

    /// The key as a PEM file.
    pub fn pem(&self) -> String {
        pem("PUBLIC KEY", &STANDARD.encode(self.der()))
    }

    /// SHA-256 of the key's DER form, as `openssl pkey -pubin -outform DER | sha256sum` prints it.
    pub fn fingerprint(&self) -> String {
        sha256_hex(&self.der())
    }

    /// Whether this key's owner signed the text.
    pub fn signed(&self, text: &str, signature: &str) -> bool {
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        UnparsedPublicKey::new(&ED25519, self.0).verify(text.as_bytes(), &signature).is_ok()
    }

    fn der(&self) -> Vec<u8> {
        [&PUBLIC_BEFORE[..], &self.0[..]].concat()
    }
}

fn pem(label: &str, body: &str) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = body;
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(PEM_COLUMNS));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_signs_and_only_its_public_half_agrees() {
        let key = || SigningKey::from_pem(SigningKey::new_pem().unwrap().as_bytes()).unwrap();
        let (one, other) = (key(), key());
        let signature = one.sign("seen");
        let public = PublicKey::from_pem(one.public().pem().as_bytes()).unwrap();
        assert_eq!(public, one.public());
        assert!(public.signed("seen", &signature) && !public.signed("seem", &signature));
        assert!(!other.public().signed("seen", &signature));
        assert!(!public.signed("seen", "") && !public.signed("seen", "no base64"));
    }

    #[test]
    fn one_half_is_not_taken_for_the_other() {
        let private = SigningKey::new_pem().unwrap();
        let public = SigningKey::from_pem(private.as_bytes()).unwrap().public().pem();
        assert!(SigningKey::from_pem(public.as_bytes()).is_none());
        assert!(PublicKey::from_pem(private.as_bytes()).is_none());
        assert!(PublicKey::from_pem(b"").is_none());
    }
}
