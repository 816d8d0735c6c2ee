//! Names that say that their value is a secret. Such a value is never copied, only named.

use regex::Regex;
use std::sync::LazyLock;

/// Whether a name says that its value is a secret.
pub fn sounds_secret(name: &str) -> bool {
    static SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?ix)secret|passw|pwd|token|api_?-?key|credential|signing|\bpat\b|_pat$|\bsas\b|_sas$|
            (?:access|private|storage|account|encryption|shared|master)[_-]?key|
            connection_?-?string|conn_?-?str",
        )
        .ok()
    });
    SECRET.as_ref().is_some_and(|secret| secret.is_match(name))
}
