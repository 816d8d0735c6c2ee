//! `file.copy`: a file with what another one holds.

use super::kept::{At, Kept};
use super::one_place::{Placing, output_schema};
use super::put::{From, Goal};
use super::write::own;
use crate::change::disk::apart;
use crate::change::failing::permanent;
use crate::change::kinds::reversible;
use crate::schema;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "file.copy";

/// What it does.
pub struct Copy;

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The source.
    pub from: PathBuf,
    /// The copy.
    pub to: PathBuf,
}

impl Placing for Copy {
    type Input = Input;

    fn spec() -> ActionSpec {
        ActionSpec {
            kind: KIND.to_owned(),
            summary: "Copies a file with its mode, by one rename. Undone by putting back what was \
                      there, byte for byte."
                .to_owned(),
            input: schema::object(
                [
                    ("from", schema::path("the source")),
                    ("to", schema::path("the copy; its folder must be there")),
                ],
                &["from", "to"],
            ),
            output: output_schema(),
            traits: reversible(),
            guide: ActionGuide::new(
                "what is at the copy's place, up to 1 MiB, and the source's sum",
                "looks whether the copy is as the source was, or as it was itself",
                "puts back what was there, unless somebody else changed the copy meanwhile",
                &["reading the source", "writing to the copy's folder"],
            ),
            example: format!(
                "- id: keep\n  uses: {KIND}\n  with: {{ from: /srv/app/settings.json, to: \
                 /srv/app/settings.before.json }}\n"
            ),
        }
    }

    fn place(input: &Input) -> &Path {
        &input.to
    }

    async fn goal(_ctx: &Context, input: &Input, before: &Kept) -> Outcome<Goal> {
        let source = input.from.clone();
        let at =
            apart("read", &input.from, move || At::look(&std::fs::canonicalize(&source)?)).await?;
        let At::File { bytes, sha256, mode, .. } = at else {
            let place = input.from.display();
            return permanent("missing", format!("failed to copy {place}: it is no file"));
        };
        let owner = match &before.at {
            At::File { owner, .. } => *owner,
            At::Nothing | At::Link { .. } => own()?,
        };
        let at = At::File { bytes, sha256, mode, owner };
        Ok(Goal::File { from: From::File(input.from.clone()), at })
    }
}
