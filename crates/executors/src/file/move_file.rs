//! `file.move`: a file or a folder under another name of the same disk.

use super::one_place::folder_is_there;
use crate::change::by_look::{Change, TriedOf};
use crate::change::disk::sync_folder;
use crate::change::disk::{apart, disk};
use crate::change::failing::permanent;
use crate::change::kinds::reversible;
use crate::change::seen::Standing;
use crate::schema;
use serde::{Deserialize, Serialize};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome, Verdict};

/// The action's kind.
pub const KIND: &str = "file.move";

/// The action.
pub struct Move(pub ActionSpec);

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// What is moved.
    pub from: PathBuf,
    /// Its new name.
    pub to: PathBuf,
}

/// What was before: nothing at the new name, and this at the old one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// The disk.
    pub device: u64,
    /// Its number on the disk, which it keeps under any name.
    pub inode: u64,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The new name.
    pub path: PathBuf,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Renames a file, a folder or a link on the same disk; the new name must be free. \
                  Undone by renaming it back."
            .to_owned(),
        input: schema::object(
            [
                ("from", schema::path("what is moved")),
                ("to", schema::path("its new name, which must be free")),
            ],
            &["from", "to"],
        ),
        output: schema::object([("path", schema::text("its new name"))], &["path"]),
        traits: reversible(),
        guide: ActionGuide::new(
            "which file it is, and that the new name is free",
            "looks under which name the file is",
            "renames it back, unless something else has one of the names by now",
            &["writing to both folders"],
        ),
        example: format!(
            "- id: aside\n  uses: {KIND}\n  with: {{ from: /srv/app/old, to: /srv/app/older }}\n"
        ),
    }
}

fn look(place: &Path) -> Outcome<Option<Before>> {
    match std::fs::symlink_metadata(place) {
        Ok(found) => Ok(Some(Before { device: found.dev(), inode: found.ino() })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => disk("look at", place, &error),
    }
}

async fn rename(from: &Path, to: &Path) -> Outcome<()> {
    let (old, new) = (from.to_owned(), to.to_owned());
    let work = move || {
        if std::fs::symlink_metadata(&new).is_ok() {
            return Err(io::Error::other("the name is taken by now"));
        }
        std::fs::rename(&old, &new)?;
        sync_folder(&new)?;
        sync_folder(&old)
    };
    apart(&format!("rename {} to", from.display()), to, work).await
}

impl Change for Move {
    type Input = Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.0
    }

    async fn capture(&self, _ctx: &Context, input: &Input) -> Outcome<Before> {
        let (from, to) = (input.from.display(), input.to.display());
        folder_is_there(&input.to)?;
        if look(&input.to)?.is_some() {
            let why = format!("failed to move {from}: {to} is there; name another");
            return permanent("taken", why);
        }
        let Some(before) = look(&input.from)? else {
            return permanent("missing", format!("failed to move {from}: it is not there"));
        };
        let folder = input.to.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = look(folder.unwrap_or(Path::new(".")))?;
        if folder.is_some_and(|folder| folder.device != before.device) {
            return permanent(
                "disk",
                format!(
                    "failed to move {from}: {to} is on another disk; use file.copy and file.delete"
                ),
            );
        }
        Ok(before)
    }

    async fn look(&self, _ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        let Input { from, to } = &tried.input;
        let is_ours = |found: &Option<Before>| found.as_ref() == Some(&tried.before);
        let (at_from, at_to) = (look(from)?, look(to)?);
        Ok(match (is_ours(&at_from), is_ours(&at_to)) {
            (true, _) if at_to.is_none() => Standing::Before,
            (_, true) if at_from.is_none() => Standing::After(Output { path: to.clone() }),
            _ => Standing::Foreign(format!(
                "something else is at {} or {} by now",
                from.display(),
                to.display()
            )),
        })
    }

    async fn apply(&self, _ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let Input { from, to } = &tried.input;
        rename(from, to).await?;
        Ok(Output { path: to.clone() })
    }

    async fn revert(&self, _ctx: &Context, tried: &TriedOf<Self>) -> Outcome<()> {
        let Input { from, to } = &tried.input;
        rename(to, from).await
    }

    async fn verify(&self, _ctx: &Context, input: &Input, _: &Output) -> Outcome<Verdict> {
        Ok(match look(&input.to)? {
            Some(_) => Verdict::Holds,
            None => Verdict::Drifted(format!("{} is gone", input.to.display())),
        })
    }
}
