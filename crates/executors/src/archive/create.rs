//! `archive.create`: a folder in one file.

use super::pack::pack;
use super::shapes::{
    Archive, Before, archive, archive_schema, bad_name, bytes_max, bytes_max_schema, folder,
    format, read,
};
use crate::change::by_look::{Change, TriedOf};
use crate::change::disk::apart;
use crate::change::disk::sync_folder;
use crate::change::failing::permanent;
use crate::change::kinds::reversible;
use crate::change::place::{remove, unfinished};
use crate::change::seen::Standing;
use crate::file::one_place::folder_is_there;
use crate::schema;
use serde::Deserialize;
use std::path::PathBuf;
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome, Verdict};

/// The action's kind.
pub const KIND: &str = "archive.create";

/// The action.
pub struct Create(pub ActionSpec);

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The folder.
    pub from: PathBuf,
    /// The archive.
    pub file: PathBuf,
    /// How much may go into it.
    #[serde(default = "bytes_max")]
    pub max_bytes: u64,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Packs a folder into a new .tar.gz or .zip: the same bytes for the same content. \
                  Undone by deleting the archive."
            .to_owned(),
        input: schema::object(
            [
                ("from", schema::path("the folder; its files and links, empty folders not")),
                ("file", schema::path("the archive; there must be none")),
                ("max_bytes", bytes_max_schema()),
            ],
            &["from", "file"],
        ),
        output: archive_schema(),
        traits: reversible(),
        guide: ActionGuide::new(
            "that there is no such archive, and the sum of all that the folder holds",
            "reads the archive and compares what it holds; half an archive has another name",
            "deletes the archive, unless it holds something else by now",
            &["reading the folder", "writing to the archive's folder"],
        ),
        example: format!(
            "- id: pack\n  uses: {KIND}\n  with: {{ from: /srv/app/build, file: \
             \"/packages/app-${{{{ inputs.version }}}}.tar.gz\" }}\n"
        ),
    }
}

impl Change for Create {
    type Input = Input;
    type Output = Archive;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.0
    }

    fn check(&self, input: &Input) -> Vec<String> {
        bad_name(&input.file).into_iter().collect()
    }

    async fn capture(&self, _ctx: &Context, input: &Input) -> Outcome<Before> {
        folder_is_there(&input.file)?;
        if input.file.symlink_metadata().is_ok() {
            let place = input.file.display();
            return permanent("taken", format!("failed to pack {place}: it is there already"));
        }
        Ok(Before::of(&folder(&input.from, input.max_bytes).await?))
    }

    async fn look(&self, _ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Archive>> {
        let file = &tried.input.file;
        if file.symlink_metadata().is_err() {
            let begun = unfinished(file, tried.key).symlink_metadata().is_ok();
            return Ok(Standing::unmade(begun));
        }
        let foreign = || Standing::Foreign(format!("{} holds something else", file.display()));
        Ok(match read(file, None, tried.input.max_bytes).await {
            Ok(tree) if Before::of(&tree) == tried.before => {
                Standing::After(archive(file, &tree).await?)
            }
            _ => foreign(),
        })
    }

    async fn apply(&self, _ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Archive> {
        let Input { from, file, max_bytes } = tried.input.clone();
        let tree = folder(&from, max_bytes).await?;
        let changed = || {
            let why = format!("failed to pack {}: it was changed meanwhile", from.display());
            permanent("changed", why)
        };
        if Before::of(&tree) != tried.before {
            return changed();
        }
        let (part, format, packed) = (unfinished(&file, tried.key), format(&file)?, tree.clone());
        let (owned, source) = (part.clone(), from.clone());
        let work = move || {
            remove(&owned)?;
            pack(&source, &packed, &owned, format)
        };
        apart("write", &part, work).await?;
        // A file that changed while it was packed is found by reading what was written.
        let (written, name) = (part.clone(), file.clone());
        let check = move || {
            let place = super::place::Place(None);
            super::unpack::unpack(&written, format, max_bytes, place)
        };
        if apart("read", &part, check).await? != tree {
            return changed();
        }
        let publish = move || {
            std::fs::rename(&part, &name)?;
            sync_folder(&name)
        };
        apart("write", &file, publish).await?;
        archive(&file, &tree).await
    }

    async fn revert(&self, _ctx: &Context, tried: &TriedOf<Self>) -> Outcome<()> {
        let (file, part) = (tried.input.file.clone(), unfinished(&tried.input.file, tried.key));
        apart("delete", &tried.input.file, move || {
            remove(&file)?;
            remove(&part)
        })
        .await
    }

    async fn verify(&self, _ctx: &Context, input: &Input, output: &Archive) -> Outcome<Verdict> {
        let file = input.file.clone();
        let sum = apart("read", &input.file, move || crate::change::sum::Sum::of(&file)).await;
        Ok(match sum.is_ok_and(|sum| sum.sha256 == output.sha256) {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!("{} is gone or changed", input.file.display())),
        })
    }
}
