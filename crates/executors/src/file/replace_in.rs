//! `file.replace_in`: a text in a file in the place of another one.

use super::kept::{At, Kept};
use super::one_place::{Placing, output_schema};
use super::put::Goal;
use super::write::file;
use crate::change::failing::permanent;
use crate::change::kinds::reversible;
use crate::schema;
use crate::secret_ref::TextOrSecret;
use serde::Deserialize;
use serde_json::json;
use std::path::{Path, PathBuf};
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "file.replace_in";

/// How often the text must be there, where nobody says otherwise.
const TIMES: usize = 1;

/// What it does.
pub struct ReplaceIn;

fn times() -> usize {
    TIMES
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The file.
    pub path: PathBuf,
    /// What is looked for.
    pub find: String,
    /// What stands there afterwards.
    pub with: TextOrSecret,
    /// How often it must be there.
    #[serde(default = "times")]
    pub times: usize,
}

impl Placing for ReplaceIn {
    type Input = Input;

    fn spec() -> ActionSpec {
        let with = json!({
            "type": ["string", "number", "boolean", "object"],
            "description": "what stands there afterwards, or a secret as ${{ env.secrets.NAME }}",
        });
        ActionSpec {
            kind: KIND.to_owned(),
            summary:
                "Replaces a text in a file, by one rename. It must be there as often as said. \
                      Undone by putting back the file, byte for byte."
                    .to_owned(),
            input: schema::object(
                [
                    ("path", schema::path("the file")),
                    ("find", schema::text("the text that is looked for, letter by letter")),
                    ("with", with),
                    (
                        "times",
                        schema::with_default(schema::int("how often it must be there"), TIMES),
                    ),
                ],
                &["path", "find", "with"],
            ),
            output: output_schema(),
            traits: reversible(),
            guide: ActionGuide::new(
                "the file: content, mode and owner, up to 1 MiB",
                "looks whether the file is as written, or as it was",
                "puts back the file, unless somebody else changed it meanwhile",
                &["writing to the file's folder"],
            ),
            example: format!(
                "- id: switch\n  uses: {KIND}\n  with: {{ path: /etc/nginx/upstream.conf, find: \
                 \"127.0.0.1:8001\", with: \"127.0.0.1:8002\" }}\n"
            ),
        }
    }

    fn check(input: &Input) -> Vec<String> {
        input.find.is_empty().then(|| "`find` is empty".to_owned()).into_iter().collect()
    }

    fn place(input: &Input) -> &Path {
        &input.path
    }

    async fn goal(ctx: &Context, input: &Input, before: &Kept) -> Outcome<Goal> {
        let place = input.path.display();
        let At::File { mode, .. } = &before.at else {
            let found = before.at.word();
            return permanent("missing", format!("failed to change {place}: it is {found}"));
        };
        let Ok(text) = String::from_utf8(before.bytes()?) else {
            return permanent("binary", format!("failed to change {place}: it is no UTF-8 text"));
        };
        let found = text.matches(&input.find).count();
        if found != input.times {
            let times = input.times;
            return permanent(
                "times",
                format!(
                    "failed to change {place}: the text is there {found} times, and `times` says \
                     {times}"
                ),
            );
        }
        let (with, _) = input.with.resolve(ctx.secrets.as_ref()).await?;
        file(text.replace(&input.find, &with).into_bytes(), before, Some(*mode), *mode)
    }
}
