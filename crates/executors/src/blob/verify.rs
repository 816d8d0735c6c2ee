//! `blob.verify`: proof that a file is in a store, is as long as it should be, holds the bytes that
//! it should and is not too old. It changes nothing.

use super::facts::Facts;
use super::opened::Sums;
use super::shapes::{MAY_READ, bad_names, store};
use super::stores::Stores;
use crate::change::failing::permanent;
use crate::change::kinds::read_only;
use crate::change::reading::Reading;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use windlass_model::catalog::ActionGuide;
use windlass_model::time::parse_span;
use windlass_model::{ActionSpec, Timestamp};
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "blob.verify";

/// The action.
pub struct Verify {
    /// The stores.
    pub stores: Arc<Stores>,
    /// What it declares.
    pub spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The store.
    pub store: String,
    /// The name in it.
    pub name: String,
    /// The stamp that it must have.
    pub etag: Option<String>,
    /// How long it must be.
    pub bytes: Option<u64>,
    /// How long it must be at least.
    pub min_bytes: Option<u64>,
    /// The SHA-256 that it must have.
    pub sha256: Option<String>,
    /// The MD5 that it must have.
    pub md5: Option<String>,
    /// How old it may be.
    pub max_age: Option<String>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its stamp.
    pub etag: String,
    /// When it was written.
    pub modified_at: Timestamp,
    /// Its SHA-256, where it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let max_age = json!({
        "type": "string", "pattern": r"^\d+(ms|s|m|h|d)$",
        "description": "how old it may be, such as 24h",
    });
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Proves that a file is in a store and is the one that it should be; fails \
                  otherwise."
            .to_owned(),
        input: schema::object(
            [
                store(),
                ("name", schema::text("its name in the store")),
                ("etag", schema::text("the stamp that it must have: no other file")),
                ("bytes", schema::int("how long it must be")),
                ("min_bytes", schema::int("how long it must be at least; 1 where absent")),
                ("sha256", schema::text("the SHA-256 that it must have: it is read to its end")),
                ("md5", schema::text("the MD5 that it must have: it is read to its end")),
                ("max_age", max_age),
            ],
            &["store", "name"],
        ),
        output: schema::object(
            [
                ("name", schema::text("its name")),
                ("bytes", schema::int("its length")),
                ("etag", schema::text("its stamp, new with every write")),
                ("modified_at", schema::text("when it was written, by the store's clock")),
                ("sha256", schema::text("its SHA-256, where it was read")),
            ],
            &["name", "bytes", "etag", "modified_at"],
        ),
        traits: read_only(),
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &[MAY_READ],
        ),
        example: format!(
            "- id: backup_is_good\n  uses: {KIND}\n  with: {{ store: backups, name: latest.dump, \
             min_bytes: 1000000, max_age: 24h }}\n"
        ),
    }
}

/// What the facts alone say against it.
fn wrong_facts(ctx: &Context, input: &Input, facts: &Facts) -> Option<(&'static str, String)> {
    let least = input.min_bytes.unwrap_or(1).max(1);
    let age = ctx.clock.now().since(facts.modified);
    let allowed = input.max_age.as_deref().and_then(parse_span);
    if input.etag.as_ref().is_some_and(|etag| *etag != facts.etag) {
        let why = format!("its stamp is {}, so it was written anew; look who did", facts.etag);
        Some(("another_blob", why))
    } else if input.bytes.is_some_and(|bytes| bytes != facts.bytes) {
        Some(("another_length", format!("it has {} bytes", facts.bytes)))
    } else if input.bytes.is_none() && facts.bytes < least {
        let why = format!("it has {} bytes and must have {least}", facts.bytes);
        Some(("blob_too_small", why))
    } else if allowed.is_some_and(|allowed| age > allowed) {
        Some(("blob_too_old", format!("it was written at {}", facts.modified)))
    } else {
        None
    }
}

/// What its bytes say against it.
fn wrong_sums(input: &Input, sums: &Sums) -> Option<(&'static str, String)> {
    let other = |asked: &Option<String>, found: &str| {
        asked.as_ref().is_some_and(|asked| !asked.eq_ignore_ascii_case(found))
    };
    if other(&input.sha256, &sums.sha256) {
        Some(("another_sum", format!("its SHA-256 is {}", sums.sha256)))
    } else if other(&input.md5, &sums.md5) {
        Some(("another_sum", format!("its MD5 is {}", sums.md5)))
    } else {
        None
    }
}

impl Reading for Verify {
    type Input = Input;
    type Output = Output;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn check(&self, input: &Input) -> Vec<String> {
        let mut wrong = bad_names(&[&input.name]);
        for (text, digits) in [(&input.sha256, 64), (&input.md5, 32)] {
            let hex = |text: &String| {
                text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
            };
            if let Some(text) = text.as_ref().filter(|text| !hex(text)) {
                wrong.push(format!("`{text}` is no sum of {digits} hexadecimal digits"));
            }
        }
        if let Some(text) = input.max_age.as_ref().filter(|text| parse_span(text).is_none()) {
            wrong.push(format!("`max_age`: `{text}` is no span such as 24h"));
        }
        wrong
    }

    async fn read(&self, ctx: &Context, input: &Input) -> Outcome<Output> {
        let store = self.stores.open(ctx, &input.store).await?;
        let label = store.label(&input.name);
        let wrong = |(code, why): (&str, String)| {
            permanent(code, format!("failed to verify {label}: {why}; look at what wrote it"))
        };
        let Some(facts) = store.look(&input.name).await? else {
            return permanent("blob_missing", format!("failed to verify {label}: it is not there"));
        };
        if let Some(found) = wrong_facts(ctx, input, &facts) {
            return wrong(found);
        }
        let mut sha256 = None;
        if input.sha256.is_some() || input.md5.is_some() {
            let sums = store.sums(&input.name, &facts).await?;
            if let Some(found) = wrong_sums(input, &sums) {
                return wrong(found);
            }
            sha256 = Some(sums.sha256);
        }
        Ok(Output {
            name: input.name.clone(),
            bytes: facts.bytes,
            etag: facts.etag,
            modified_at: facts.modified,
            sha256,
        })
    }
}
