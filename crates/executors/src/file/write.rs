//! `file.write`: a file with this content.

use super::kept::{At, Kept};
use super::one_place::{Placing, output_schema};
use super::put::{From, Goal};
use crate::change::failing::permanent;
use crate::change::kinds::reversible;
use crate::change::sum::Sum;
use crate::schema;
use crate::secret_ref::TextOrSecret;
use serde::Deserialize;
use serde_json::json;
use std::path::{Path, PathBuf};
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "file.write";

/// The mode of a file that was not there.
const MODE: u32 = 0o644;

/// The same where it holds a secret.
const SECRET_MODE: u32 = 0o600;

/// The largest mode.
const MODE_MAX: u32 = 0o7777;

/// What it does.
pub struct Write;

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The file.
    pub path: PathBuf,
    /// Its content.
    pub content: TextOrSecret,
    /// Its mode, in octal.
    pub mode: Option<String>,
}

/// Reads a mode.
pub fn mode(text: &str) -> Option<u32> {
    u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= MODE_MAX)
}

/// Who the files are that windlass makes.
pub fn own() -> Outcome<(u32, u32)> {
    match std::fs::metadata("/proc/self") {
        Ok(own) => {
            use std::os::unix::fs::MetadataExt;
            Ok((own.uid(), own.gid()))
        }
        Err(error) => permanent("own", format!("failed to look who one is: {error}")),
    }
}

/// A file in the place of what was there: its mode and owner stay.
pub fn file(bytes: Vec<u8>, before: &Kept, asked: Option<u32>, fresh: u32) -> Outcome<Goal> {
    let sum = Sum::of_bytes(&bytes);
    let (found, owner) = match &before.at {
        At::File { mode, owner, .. } => (Some(*mode), *owner),
        At::Nothing | At::Link { .. } => (None, own()?),
    };
    let mode = asked.or(found).unwrap_or(fresh);
    let at = At::File { bytes: sum.bytes, sha256: sum.sha256, mode, owner };
    Ok(Goal::File { from: From::Bytes(bytes), at })
}

impl Placing for Write {
    type Input = Input;

    fn spec() -> ActionSpec {
        let content = json!({
            "type": ["string", "number", "boolean", "object"],
            "description": "its content, or a secret as ${{ env.secrets.NAME }}",
        });
        ActionSpec {
            kind: KIND.to_owned(),
            summary: "Writes a file, by one rename. Undone by putting back what was there, byte \
                      for byte."
                .to_owned(),
            input: schema::object(
                [
                    ("path", schema::path("the file; its folder must be there")),
                    ("content", content),
                    (
                        "mode",
                        schema::text(
                            "its mode, such as \"0640\"; as it was if absent, for a new file 0644 \
                             (with a secret 0600)",
                        ),
                    ),
                ],
                &["path", "content"],
            ),
            output: output_schema(),
            traits: reversible(),
            guide: ActionGuide::new(
                "what is there: content, mode and owner, up to 1 MiB",
                "looks whether the file is as written, or as it was",
                "puts back what was there, unless somebody else changed the file meanwhile",
                &["writing to the file's folder"],
            ),
            example: format!(
                "- id: version\n  uses: {KIND}\n  with: {{ path: /srv/app/version, content: \
                 \"${{{{ inputs.version }}}}\" }}\n"
            ),
        }
    }

    fn check(input: &Input) -> Vec<String> {
        let bad = input.mode.as_deref().filter(|text| mode(text).is_none());
        bad.map(|text| format!("`{text}` is no mode: write one such as \"0640\""))
            .into_iter()
            .collect()
    }

    fn place(input: &Input) -> &Path {
        &input.path
    }

    async fn goal(ctx: &Context, input: &Input, before: &Kept) -> Outcome<Goal> {
        let (text, secret) = input.content.resolve(ctx.secrets.as_ref()).await?;
        let fresh = if secret { SECRET_MODE } else { MODE };
        file(text.into_bytes(), before, input.mode.as_deref().and_then(mode), fresh)
    }
}
