//! What is signed: a text of a few lines that a human can read, and that names the run, its last
//! event's hash and the digest of every line before the signature. It must not know files.

use super::pem_key::{PublicKey, SigningKey};
use windlass_engine::chain::{HASH_BYTES, Hash, genesis};
use windlass_model::{RunId, Seq, Timestamp};
use windlass_ports::digest::hex;
use windlass_ports::portable::{Exported, Signature};

/// The first line. Another form gets another number.
const TITLE: &str = "windlass evidence 1";

/// What the signer vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Which run.
    pub run: RunId,
    /// How many events it had.
    pub events: Seq,
    /// The hash of the last of them, in hex; before the first, the hash that the chain begins with.
    pub head: String,
    /// SHA-256 of all lines of the export before the signature, in hex.
    pub lines_sha256: String,
    /// When it was signed, by the signer's clock.
    pub signed_at: Timestamp,
    /// The fingerprint of the signer's public key.
    pub key_sha256: String,
}

impl Statement {
    /// The signed text.
    pub fn text(&self) -> String {
        let Self { run, events, head, lines_sha256, signed_at, key_sha256 } = self;
        format!(
            "{TITLE}\nrun: {run}\nevents: {events}\nhead: {head}\nlines_sha256: \
             {lines_sha256}\nsigned_at: {signed_at}\nkey_sha256: {key_sha256}\n"
        )
    }

    /// What a text says; none where it is not exactly of this form.
    pub fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        (lines.next() == Some(TITLE)).then_some(())?;
        let mut value = |key: &str| lines.next()?.strip_prefix(key)?.strip_prefix(": ");
        let read = Self {
            run: value("run")?.parse().ok()?,
            events: value("events")?.parse().ok()?,
            head: value("head")?.to_owned(),
            lines_sha256: value("lines_sha256")?.to_owned(),
            signed_at: Timestamp::parse(value("signed_at")?)?,
            key_sha256: value("key_sha256")?.to_owned(),
        };
        (read.text() == text).then_some(read)
    }
}

/// Signs what was exported.
pub fn sign(key: &SigningKey, exported: &Exported, now: Timestamp) -> Signature {
    let public = key.public();
    let statement = Statement {
        run: exported.head.run,
        events: exported.head.seq,
        head: hex(&last_hash(exported)),
        lines_sha256: exported.sha256.clone(),
        signed_at: now,
        key_sha256: public.fingerprint(),
    };
    let text = statement.text();
    Signature { signature: key.sign(&text), statement: text, public_key: public.pem() }
}

/// The hash of the last exported event.
pub fn last_hash(exported: &Exported) -> Hash {
    let (run, digest) = (exported.head.run, &exported.head.workflow_digest);
    let record = exported.last.as_deref().and_then(|record| record.first_chunk::<HASH_BYTES>());
    record.copied().unwrap_or_else(|| genesis(run, digest))
}

/// What a signature says, where it holds by the key that stands beside it.
pub fn opened(signature: &Signature) -> Option<(Statement, PublicKey)> {
    let key = PublicKey::from_pem(signature.public_key.as_bytes())?;
    let statement = Statement::read(&signature.statement)?;
    let holds = key.pem() == signature.public_key
        && key.fingerprint() == statement.key_sha256
        && key.signed(&signature.statement, &signature.signature);
    holds.then_some((statement, key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_text_of_any_other_form_says_nothing() {
        let statement = Statement {
            run: RunId(Uuid::from_u128(7)),
            events: 3,
            head: "ab".repeat(HASH_BYTES),
            lines_sha256: "cd".repeat(HASH_BYTES),
            signed_at: Timestamp(1_761_451_800_123),
            key_sha256: "ef".repeat(HASH_BYTES),
        };
        let text = statement.text();
        assert_eq!(Statement::read(&text), Some(statement));
        for bad in [
            text.replace("windlass evidence 1", "windlass evidence 2"),
            text.replace("events: 3", "events: 03"),
            format!("{text}more: 1\n"),
            text.trim_end().to_owned(),
        ] {
            assert_eq!(Statement::read(&bad), None, "{bad}");
        }
    }
}
