//! `archive.extract`: an archive's files in a new folder.

use super::shapes::{Before, bad_name, bytes_max, bytes_max_schema, folder, read};
use crate::change::by_look::{Change, TriedOf};
use crate::change::disk::apart;
use crate::change::disk::sync_folder;
use crate::change::failing::permanent;
use crate::change::kinds::reversible;
use crate::change::place::{remove, unfinished};
use crate::change::seen::Standing;
use crate::file::one_place::folder_is_there;
use crate::schema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome, Verdict};

/// The action's kind.
pub const KIND: &str = "archive.extract";

/// The action.
pub struct Extract(pub ActionSpec);

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The archive.
    pub file: PathBuf,
    /// The folder.
    pub to: PathBuf,
    /// How much may come out of it.
    #[serde(default = "bytes_max")]
    pub max_bytes: u64,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The folder.
    pub path: PathBuf,
    /// How many files.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Unpacks a .tar.gz or .zip into a new folder, which appears whole or not at all. \
                  Names and links that lead out of it are refused. Undone by deleting the folder."
            .to_owned(),
        input: schema::object(
            [
                ("file", schema::path("the archive")),
                ("to", schema::path("the folder; there must be none")),
                ("max_bytes", bytes_max_schema()),
            ],
            &["file", "to"],
        ),
        output: schema::object(
            [
                ("path", schema::text("the folder")),
                ("files", schema::int("how many files")),
                ("bytes", schema::int("how many bytes they have")),
            ],
            &["path", "files", "bytes"],
        ),
        traits: reversible(),
        guide: ActionGuide::new(
            "that there is no such folder, and the sum of all that the archive holds",
            "compares the folder with what the archive held; half a folder has another name",
            "deletes the folder, unless somebody else changed a file in it",
            &["reading the archive", "writing to the folder's folder"],
        ),
        example: format!(
            "- id: unpack\n  uses: {KIND}\n  with: {{ file: /packages/app.tar.gz, to: \
             \"/srv/app/releases/${{{{ inputs.version }}}}\" }}\n"
        ),
    }
}

impl Extract {
    fn output(tried: &TriedOf<Self>) -> Output {
        let Before { files, bytes, .. } = tried.before;
        Output { path: tried.input.to.clone(), files, bytes }
    }
}

impl Change for Extract {
    type Input = Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.0
    }

    fn check(&self, input: &Input) -> Vec<String> {
        bad_name(&input.file).into_iter().collect()
    }

    async fn capture(&self, _ctx: &Context, input: &Input) -> Outcome<Before> {
        folder_is_there(&input.to)?;
        if input.to.symlink_metadata().is_ok() {
            let place = input.to.display();
            let why = format!("failed to unpack into {place}: it is there already");
            return permanent("taken", why);
        }
        Ok(Before::of(&read(&input.file, None, input.max_bytes).await?))
    }

    async fn look(&self, _ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        let to = &tried.input.to;
        if to.symlink_metadata().is_err() {
            let begun = unfinished(to, tried.key).symlink_metadata().is_ok();
            return Ok(Standing::unmade(begun));
        }
        Ok(match folder(to, tried.input.max_bytes).await {
            Ok(tree) if Before::of(&tree) == tried.before => Standing::After(Self::output(tried)),
            _ => Standing::Foreign(format!("somebody else changed {}", to.display())),
        })
    }

    async fn apply(&self, _ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let Input { file, to, max_bytes } = tried.input.clone();
        let part = unfinished(&to, tried.key);
        let fresh = part.clone();
        let make = move || {
            remove(&fresh)?;
            std::fs::create_dir(&fresh)
        };
        apart("make", &part, make).await?;
        if Before::of(&read(&file, Some(part.clone()), max_bytes).await?) != tried.before {
            let why = format!("failed to unpack {}: it was changed meanwhile", file.display());
            return permanent("changed", why);
        }
        let name = to.clone();
        let publish = move || {
            std::fs::rename(&part, &name)?;
            sync_folder(&name)
        };
        apart("make", &to, publish).await?;
        Ok(Self::output(tried))
    }

    async fn revert(&self, _ctx: &Context, tried: &TriedOf<Self>) -> Outcome<()> {
        let (to, part) = (tried.input.to.clone(), unfinished(&tried.input.to, tried.key));
        apart("delete", &tried.input.to, move || {
            remove(&to)?;
            remove(&part)
        })
        .await
    }

    async fn verify(&self, _ctx: &Context, input: &Input, _: &Output) -> Outcome<Verdict> {
        Ok(match input.to.is_dir() {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!("{} is gone", input.to.display())),
        })
    }
}
