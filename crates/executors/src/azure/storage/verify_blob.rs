//! `azure.storage.verify_blob`: proof that a file is there, is whole and is as long as it should
//! be. It changes nothing.

use super::blobs::{Blobs, Facts};
use super::which::{Which, which_schema};
use crate::change::failing::permanent;
use crate::change::kinds::read_only;
use crate::change::reading::Reading;
use crate::schema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use windlass_model::catalog::ActionGuide;
use windlass_model::{ActionSpec, Value};
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "azure.storage.verify_blob";

/// What ends so is a zip.
const ZIPS: [&str; 2] = [".bacpac", ".zip"];

/// How much of a database's size its export has at least, in percent: texts shrink to a tenth, and
/// a database may be half empty.
const PERCENT: f64 = 1.0;

/// The action.
pub struct VerifyBlob {
    blobs: Arc<Blobs>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// Which file.
    #[serde(flatten)]
    pub which: Which,
    /// The stamp that it must have.
    pub etag: Option<String>,
    /// How long it must be at least.
    pub min_bytes: Option<u64>,
    /// How large what it was made of is.
    pub source_bytes: Option<u64>,
    /// How many percent of that it must have.
    pub min_percent: Option<f64>,
    /// Whether it must end as a zip ends.
    pub zip: Option<bool>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its address, without a signature.
    pub uri: String,
    /// Its name.
    pub file: String,
    /// How long it is.
    pub length: u64,
    /// Its stamp.
    pub etag: String,
    /// When it was written.
    pub modified_at: Option<String>,
    /// What its bytes hash to.
    pub md5: Option<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let [blob, container, file] = which_schema();
    let percent = serde_json::json!({
        "type": "number", "exclusiveMinimum": 0, "default": PERCENT,
        "description": "how many percent of `source_bytes` it must have",
    });
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Proves that a file is there, is not empty and is whole; fails otherwise."
            .to_owned(),
        input: schema::object(
            [
                blob,
                container,
                file,
                ("etag", schema::text("the stamp that it must have: no other file")),
                ("min_bytes", schema::int("how long it must be at least; 1 where absent")),
                ("source_bytes", schema::int("how large what it was made of is")),
                ("min_percent", percent),
                (
                    "zip",
                    schema::boolean(
                        "whether it must end as a zip ends; yes for .bacpac and .zip where absent",
                    ),
                ),
            ],
            &[],
        ),
        output: output_schema(),
        traits: read_only(),
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &["Storage Blob Data Reader on the container, or a signature that may read"],
        ),
        example: format!(
            "- id: backup_is_good\n  uses: {KIND}\n  with: {{ container: backups, file: \
             \"${{{{ steps.export.outputs.file }}}}\", min_bytes: 1000000 }}\n"
        ),
    }
}

fn output_schema() -> Value {
    schema::object(
        [
            ("uri", schema::text("its address, without a signature")),
            ("file", schema::text("its name")),
            ("length", schema::int("how long it is, in bytes")),
            ("etag", schema::text("its stamp, new with every write")),
            ("modified_at", schema::text("when it was written, by storage's clock")),
            ("md5", schema::text("what its bytes hash to, where storage knows")),
        ],
        &["uri", "file", "length", "etag"],
    )
}

impl VerifyBlob {
    /// The action.
    pub fn new(blobs: Arc<Blobs>) -> Self {
        Self { blobs, spec: spec() }
    }
}

/// The fewest bytes that the input asks for: an empty file proves nothing.
fn least(input: &Input) -> u64 {
    let part = input.source_bytes.map(|bytes| {
        let percent = input.min_percent.unwrap_or(PERCENT);
        (bytes as f64 * percent / 100.0) as u64
    });
    input.min_bytes.unwrap_or(1).max(part.unwrap_or(1)).max(1)
}

fn wrong_facts(input: &Input, label: &str, facts: &Facts) -> Outcome<()> {
    if input.etag.as_ref().is_some_and(|etag| *etag != facts.etag) {
        return permanent(
            "another_blob",
            format!(
                "failed to verify {label}: its stamp is {}, so it was written anew; look who did",
                facts.etag
            ),
        );
    }
    let least = least(input);
    if facts.length < least {
        return permanent(
            "blob_too_small",
            format!(
                "failed to verify {label}: it has {} bytes and must have {least}; look at what \
                 wrote it",
                facts.length
            ),
        );
    }
    Ok(())
}

impl Reading for VerifyBlob {
    type Input = Input;
    type Output = Output;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn check(&self, input: &Input) -> Vec<String> {
        input.which.wrong()
    }

    async fn read(&self, ctx: &Context, input: &Input) -> Outcome<Output> {
        let place = input.which.place(&ctx.bindings)?;
        let label = place.label();
        let Some(facts) = self.blobs.look(ctx, &place).await?.facts else {
            let message = format!("failed to verify {label}: there is no such file");
            return permanent("blob_missing", message);
        };
        wrong_facts(input, &label, &facts)?;
        let zip = input.zip.unwrap_or_else(|| ZIPS.iter().any(|end| place.blob.ends_with(end)));
        if zip && !self.blobs.is_whole_zip(ctx, &place, &facts).await? {
            let message = format!(
                "failed to verify {label}: it does not end as a zip ends, so it is cut off, still \
                 written, or something else"
            );
            return permanent("blob_not_whole", message);
        }
        Ok(Output {
            uri: self.blobs.uri(&place),
            file: place.blob,
            length: facts.length,
            etag: facts.etag,
            modified_at: facts.modified.map(|at| at.to_string()),
            md5: facts.md5,
        })
    }
}
