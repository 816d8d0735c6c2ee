//! A cipher that is quick and the same on every machine: hides a value from a reader's eye and from
//! a search for its text, and from nobody else.

use windlass_engine::Cipher;
use windlass_engine::seal::SealError;
use windlass_model::{RunId, Value};

/// The cipher.
pub struct PlainCipher;

const MASK: u8 = 0x5a;

impl Cipher for PlainCipher {
    fn seal(&self, _run: RunId, value: &Value) -> Result<String, SealError> {
        Ok(value.to_string().bytes().map(|byte| format!("{:02x}", byte ^ MASK)).collect())
    }

    fn open(&self, _run: RunId, sealed: &str) -> Result<Value, SealError> {
        let pairs = sealed.as_bytes().chunks(2);
        let bytes: Option<Vec<u8>> = pairs
            .map(|pair| {
                let text = std::str::from_utf8(pair).ok()?;
                Some(u8::from_str_radix(text, 16).ok()? ^ MASK)
            })
            .collect();
        serde_json::from_slice(&bytes.ok_or(SealError::Form)?).map_err(|_| SealError::Form)
    }
}
