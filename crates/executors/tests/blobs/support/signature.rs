//! A shared access signature for a storage account, as Azure's pages describe it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The version that the signature is of.
const VERSION: &str = "2022-11-02";

/// It never ends in a test's time.
const UNTIL: &str = "2099-01-01T00:00:00Z";

/// A signature for all that files and containers allow.
pub fn account_sas(account: &str, key: &str) -> String {
    let (may, services, types) = ("rwdlacupx", "b", "sco");
    let text =
        format!("{account}\n{may}\n{services}\n{types}\n\n{UNTIL}\n\nhttps,http\n{VERSION}\n\n");
    let mut mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(key).unwrap()).unwrap();
    mac.update(text.as_bytes());
    let signed = STANDARD.encode(mac.finalize().into_bytes());
    let signed = signed.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let until = UNTIL.replace(':', "%3A");
    format!(
        "sv={VERSION}&ss={services}&srt={types}&sp={may}&se={until}&spr=https,http&sig={signed}"
    )
}
