//! Signs a message as the Standard Webhooks specification says, so that its receiver can tell that
//! it is ours and not an old one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use windlass_ports::Secret;

/// What a key in base64 begins with.
const PREFIX: &str = "whsec_";

/// The value of the header `webhook-signature`.
pub fn sign(key: &Secret, id: &str, seconds: i64, body: &str) -> Result<String, String> {
    let bytes = match key.expose().strip_prefix(PREFIX) {
        None => key.expose().as_bytes().to_vec(),
        Some(encoded) => STANDARD
            .decode(encoded)
            .map_err(|_| format!("the signing key begins with {PREFIX} and is no base64"))?,
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(&bytes)
        .map_err(|_| "the signing key has a length that cannot be".to_owned())?;
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The specification's own example.
    #[test]
    fn the_signature_is_the_one_that_receivers_expect() {
        let key = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let body = r#"{"test": 2432232314}"#;
        let signed = sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(sign(&Secret::new("whsec_%"), "a", 1, "").is_err());
    }
}
