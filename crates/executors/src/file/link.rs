//! `file.link`: a symbolic link that leads elsewhere from one moment to the next.

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
pub const KIND: &str = "file.link";

/// What it does.
pub struct Link;

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The link.
    pub path: PathBuf,
    /// Where it leads.
    pub to: PathBuf,
}

impl Placing for Link {
    type Input = Input;

    fn spec() -> ActionSpec {
        ActionSpec {
            kind: KIND.to_owned(),
            summary: "Makes a symbolic link, or lets one lead elsewhere, by one rename. Undone by \
                      letting it lead where it led."
                .to_owned(),
            input: schema::object(
                [
                    ("path", schema::path("the link; a link or nothing may be there")),
                    ("to", schema::text("where it leads, from the link's own folder")),
                ],
                &["path", "to"],
            ),
            output: output_schema(),
            traits: reversible(),
            guide: ActionGuide::new(
                "where it leads",
                "looks where it leads",
                "lets it lead where it led, unless somebody else changed it meanwhile",
                &["writing to the link's folder"],
            ),
            example: format!(
                "- id: switch\n  uses: {KIND}\n  with: {{ path: /srv/app/current, to: \
                 \"releases/${{{{ inputs.version }}}}\" }}\n"
            ),
        }
    }

    fn place(input: &Input) -> &Path {
        &input.path
    }

    async fn goal(_ctx: &Context, input: &Input, before: &Kept) -> Outcome<Goal> {
        if let At::File { .. } = before.at {
            let place = input.path.display();
            return permanent(
                "taken",
                format!("failed to make the link {place}: a file is there; put it aside first"),
            );
        }
        Ok(Goal::Link { to: input.to.clone() })
    }
}
