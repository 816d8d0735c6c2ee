//! Secrets written in clear: found by key names and by form, refused, and hidden in what is said
//! about them.

use crate::diagnostic::Findings;
use crate::yaml::{Yaml, YamlKind};
use regex::RegexSet;
use std::sync::LazyLock;

/// Forms of values that are secrets whatever their key is called.
static FORMS: LazyLock<Option<RegexSet>> = LazyLock::new(|| {
    RegexSet::new([
        r"(?i)\b(password|pwd)\s*=\s*[^;\s$]+",
        r"(?i)\b(AccountKey|SharedAccessKey|SharedAccessSignature)\s*=\s*[^;\s$]+",
        r"(?i)[?&]sig=[A-Za-z0-9%/+]{16,}",
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
        r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}",
        r"\bgh[pousr]_[A-Za-z0-9]{20,}",
        r"(?i)\bBearer\s+[A-Za-z0-9._-]{16,}",
        r"://[^/\s:@]+:[^/\s:@$]+@",
    ])
    .ok()
});

/// Whether a key's name says that its value is a secret.
fn secret_key(key: &str) -> bool {
    let key = key.to_lowercase().replace(['-', '.', ' '], "_");
    let whole = [
        "password",
        "passwd",
        "pwd",
        "secret",
        "client_secret",
        "token",
        "access_token",
        "pat",
        "api_key",
        "apikey",
        "account_key",
        "accountkey",
        "access_key",
        "sas",
        "sas_token",
        "personal_access_token",
        "private_key",
    ];
    whole.iter().any(|word| key == *word || key.ends_with(&format!("_{word}")))
}

/// Looks through a part of a file. `named` are the secrets that the environment file names: a name
/// is no secret.
pub fn refuse_clear_secrets(yaml: &Yaml, key: &str, named: &[String], findings: &mut Findings) {
    match &yaml.kind {
        YamlKind::Text(text) => {
            if text.contains("${{") || text.trim().is_empty() || named.iter().any(|n| n == text) {
                return;
            }
            let formed = FORMS.as_ref().is_some_and(|forms| forms.is_match(text));
            if formed || secret_key(key) {
                refuse(yaml, key, findings);
            }
        }
        YamlKind::Int(_) if secret_key(key) => refuse(yaml, key, findings),
        YamlKind::List(elements) => {
            for element in elements {
                refuse_clear_secrets(element, key, named, findings);
            }
        }
        YamlKind::Map(entries) => {
            for entry in entries {
                refuse_clear_secrets(&entry.value, &entry.key, named, findings);
            }
        }
        _ => {}
    }
}

fn refuse(yaml: &Yaml, key: &str, findings: &mut Findings) {
    if findings.is_hidden(yaml.span) {
        return;
    }
    findings.hide(yaml.span);
    findings
        .error(
            "secret_in_clear",
            yaml.span,
            format!("`{key}` holds what looks like a secret in clear"),
        )
        .help(
            "name it in the environment file, `secrets: { NAME: env:VARIABLE }` or `file:PATH`, \
            and write `${{ env.secrets.NAME }}` here",
        )
        .help("if the file was shared or committed, consider the secret known and replace it");
}
