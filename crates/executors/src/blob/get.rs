//! `blob.get`: a file of a store as a new file of this machine, with its sum beside it.

use super::facts::Facts;
use super::shapes::{MAY_READ, bad_names, store, traits};
use super::stores::Stores;
use crate::change::by_look::{Change, TriedOf};
use crate::change::disk::disk;
use crate::change::failing::permanent;
use crate::change::place::{remove, unfinished};
use crate::change::seen::Standing;
use crate::change::sum::{Sum, beside, kept, publish};
use crate::schema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::{ActionSpec, EffectClass};
use windlass_ports::{Context, Outcome, Verdict};

/// The action's kind.
pub const KIND: &str = "blob.get";

/// The action.
pub struct Get {
    /// The stores.
    pub stores: Arc<Stores>,
    /// What it declares.
    pub spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The store.
    pub store: String,
    /// The name in it.
    pub name: String,
    /// The file of this machine.
    pub file: PathBuf,
    /// The sum that it must have.
    pub sha256: Option<String>,
}

/// Which file it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// Its facts.
    pub facts: Facts,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The file.
    pub file: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// The stamp that it has in the store.
    pub etag: String,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Gets a file of a store into a new file of this machine, whole or not at all, \
                  and keeps its sum beside it. Undone by deleting the file."
            .to_owned(),
        input: schema::object(
            [
                store(),
                ("name", schema::text("its name in the store")),
                ("file", schema::path("the file of this machine; there must be none")),
                ("sha256", schema::text("the SHA-256 that it must have")),
            ],
            &["store", "name", "file"],
        ),
        output: schema::object(
            [
                ("file", schema::text("the file")),
                ("bytes", schema::int("its length")),
                ("sha256", schema::text("its SHA-256, which FILE.sha256 keeps too")),
                ("etag", schema::text("the stamp that it has in the store")),
            ],
            &["file", "bytes", "sha256", "etag"],
        ),
        // Nothing of it is under way once windlass is gone.
        traits: ActionTraits { settle_ms: 0, ..traits(EffectClass::Reversible) },
        guide: ActionGuide::new(
            "the length and stamp of the file in the store, and that there is no such file here",
            "looks for the file and for its sum beside it; half a file has another name",
            "deletes the file, unless it is not the one that was written",
            &[MAY_READ, "writing to the file's folder"],
        ),
        example: format!(
            "- id: fetch\n  uses: {KIND}\n  with: {{ store: backups, name: latest.dump, file: \
             /srv/restore/latest.dump }}\n"
        ),
    }
}

fn output(input: &Input, before: &Before, sum: Sum) -> Output {
    let etag = before.facts.etag.clone();
    Output { file: input.file.display().to_string(), bytes: sum.bytes, sha256: sum.sha256, etag }
}

impl Change for Get {
    type Input = Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn check(&self, input: &Input) -> Vec<String> {
        let mut wrong = bad_names(&[&input.name]);
        if input.file.file_name().is_none() {
            wrong.push(format!("`{}` names no file", input.file.display()));
        }
        wrong
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Before> {
        for place in [input.file.clone(), beside(&input.file)] {
            if place.symlink_metadata().is_ok() {
                let why = format!("failed to write {}: it is there; name another", place.display());
                return permanent("taken", why);
            }
        }
        let store = self.stores.open(ctx, &input.store).await?;
        match store.look(&input.name).await? {
            Some(facts) => Ok(Before { facts }),
            None => {
                let name = store.label(&input.name);
                permanent("missing", format!("failed to get {name}: there is no such file"))
            }
        }
    }

    async fn look(&self, _ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        let file = &tried.input.file;
        if file.symlink_metadata().is_err() {
            let part = unfinished(file, tried.key).symlink_metadata().is_ok();
            return Ok(Standing::unmade(part || beside(file).exists()));
        }
        let sum = Sum::read(file).await?;
        Ok(match kept(file) {
            Some(kept) if kept == sum.sha256 => {
                Standing::After(output(&tried.input, &tried.before, sum))
            }
            _ => Standing::Foreign(format!("{} is not what was written", file.display())),
        })
    }

    async fn apply(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let input = &tried.input;
        let part = unfinished(&input.file, tried.key);
        remove(&part).or_else(|error| disk("clear away", &part, &error))?;
        let store = self.stores.open(ctx, &input.store).await?;
        let sum = store.save(&input.name, &tried.before.facts, &part).await?;
        if input.sha256.as_ref().is_some_and(|asked| !asked.eq_ignore_ascii_case(&sum.sha256)) {
            remove(&part).or_else(|error| disk("clear away", &part, &error))?;
            let (name, found) = (store.label(&input.name), &sum.sha256);
            let why =
                format!("failed to get {name}: its SHA-256 is {found}, not the one asked for");
            return permanent("another_sum", why);
        }
        publish(&part, &input.file, &sum).or_else(|error| disk("write", &input.file, &error))?;
        Ok(output(input, &tried.before, sum))
    }

    async fn revert(&self, _ctx: &Context, tried: &TriedOf<Self>) -> Outcome<()> {
        let file = &tried.input.file;
        for place in [file.clone(), beside(file), unfinished(file, tried.key)] {
            remove(&place).or_else(|error| disk("delete", &place, &error))?;
        }
        Ok(())
    }

    async fn verify(&self, _ctx: &Context, input: &Input, output: &Output) -> Outcome<Verdict> {
        let sum = Sum::read(&input.file).await;
        Ok(match sum.is_ok_and(|sum| sum.sha256 == output.sha256) {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!("{} is gone or changed", input.file.display())),
        })
    }
}
