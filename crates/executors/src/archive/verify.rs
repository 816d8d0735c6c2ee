//! `archive.verify`: an archive is read to its end.

use super::shapes::{
    Archive, archive, archive_schema, bad_name, bytes_max, bytes_max_schema, read,
};
use crate::change::failing::permanent;
use crate::change::kinds::read_only;
use crate::change::reading::Reading;
use crate::schema;
use serde::Deserialize;
use std::path::PathBuf;
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "archive.verify";

/// The action.
pub struct Verify(pub ActionSpec);

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The archive.
    pub file: PathBuf,
    /// What its SHA-256 must be.
    pub sha256: Option<String>,
    /// What must be in it.
    #[serde(default)]
    pub holds: Vec<PathBuf>,
    /// How much may come out of it.
    #[serde(default = "bytes_max")]
    pub max_bytes: u64,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Reads a .tar.gz or .zip to its end, and looks for its sum and for files in it."
            .to_owned(),
        input: schema::object(
            [
                ("file", schema::path("the archive")),
                ("sha256", schema::text("what its SHA-256 must be")),
                ("holds", schema::list(schema::text("a name"), "files that must be in it")),
                ("max_bytes", bytes_max_schema()),
            ],
            &["file"],
        ),
        output: archive_schema(),
        traits: read_only(),
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &["reading the archive"],
        ),
        example: format!(
            "- id: whole\n  uses: {KIND}\n  with: {{ file: /packages/app.tar.gz, holds: \
             [bin/app] }}\n"
        ),
    }
}

impl Reading for Verify {
    type Input = Input;
    type Output = Archive;

    fn spec(&self) -> &ActionSpec {
        &self.0
    }

    fn check(&self, input: &Input) -> Vec<String> {
        bad_name(&input.file).into_iter().collect()
    }

    async fn read(&self, _ctx: &Context, input: &Input) -> Outcome<Archive> {
        let tree = read(&input.file, None, input.max_bytes).await?;
        let (place, found) = (input.file.display(), archive(&input.file, &tree).await?);
        if input.sha256.as_ref().is_some_and(|sum| !sum.eq_ignore_ascii_case(&found.sha256)) {
            let sum = &found.sha256;
            return permanent("sum", format!("failed to verify {place}: its sum is {sum}"));
        }
        let lacks = input.holds.iter().find(|name| !tree.items.contains_key(*name));
        if let Some(name) = lacks {
            let name = name.display();
            return permanent("lacks", format!("failed to verify {place}: it lacks {name}"));
        }
        Ok(found)
    }
}
