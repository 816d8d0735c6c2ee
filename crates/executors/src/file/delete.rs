//! `file.delete`: nothing where a file or a link was.

use super::kept::{At, Kept};
use super::one_place::{Placing, output_schema};
use super::put::Goal;
use crate::change::failing::permanent;
use crate::change::kinds::reversible;
use crate::schema;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "file.delete";

/// What it does.
pub struct Delete;

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The file.
    pub path: PathBuf,
    /// Whether it is well that nothing is there.
    #[serde(default)]
    pub missing_ok: bool,
}

impl Placing for Delete {
    type Input = Input;

    fn spec() -> ActionSpec {
        let missing = schema::boolean("whether it is well that nothing is there");
        ActionSpec {
            kind: KIND.to_owned(),
            summary: "Deletes a file or a link. Undone by putting it back, byte for byte."
                .to_owned(),
            input: schema::object(
                [
                    ("path", schema::path("the file or link")),
                    ("missing_ok", schema::with_default(missing, false)),
                ],
                &["path"],
            ),
            output: output_schema(),
            traits: reversible(),
            guide: ActionGuide::new(
                "what is there: content, mode and owner, up to 1 MiB",
                "looks whether it is there",
                "puts it back, unless somebody else put something there meanwhile",
                &["writing to the file's folder"],
            ),
            example: format!("- id: lift\n  uses: {KIND}\n  with: {{ path: /srv/app/closed }}\n"),
        }
    }

    fn place(input: &Input) -> &Path {
        &input.path
    }

    async fn goal(_ctx: &Context, input: &Input, before: &Kept) -> Outcome<Goal> {
        if before.at == At::Nothing && !input.missing_ok {
            let place = input.path.display();
            return permanent(
                "missing",
                format!("failed to delete {place}: it is not there; `missing_ok` allows that"),
            );
        }
        Ok(Goal::Nothing)
    }
}
