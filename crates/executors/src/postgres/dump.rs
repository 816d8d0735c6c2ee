//! `postgres.dump`: a database in a file, read once to its end, with its sum beside it.

use super::binding::{KIND as DATABASE, find};
use super::catalog_rows::existing;
use super::client::Server;
use crate::change::by_look::{Change, TriedOf};
use crate::change::disk::disk;
use crate::change::failing::permanent;
use crate::change::key::looking;
use crate::change::kinds::reversible;
use crate::change::place::{remove, unfinished};
use crate::change::seen::Standing;
use crate::change::sum::{Sum, beside, kept, publish};
use crate::child::ending::end_marked;
use crate::schema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use windlass_model::catalog::ActionGuide;
use windlass_model::{ActionSpec, RequestId};
use windlass_ports::{Context, Outcome, Verdict};

/// The action's kind.
pub const KIND: &str = "postgres.dump";

/// The action.
pub struct Dump {
    /// The server.
    pub server: Arc<Server>,
    /// What it declares.
    pub spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The database.
    pub database: String,
    /// The file.
    pub file: PathBuf,
}

/// What was before: no file; and which database it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The database's name.
    pub database: String,
    /// Its number.
    pub oid: u32,
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
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Dumps a database into a new file, reads it once to its end, and keeps its sum \
                  beside it. Undone by deleting the file."
            .to_owned(),
        input: schema::object(
            [
                ("database", schema::resource(DATABASE, "the database; it may be in use")),
                ("file", schema::path("the file; there must be none")),
            ],
            &["database", "file"],
        ),
        output: schema::object(
            [
                ("file", schema::text("the file")),
                ("bytes", schema::int("its length")),
                ("sha256", schema::text("its SHA-256, which FILE.sha256 keeps too")),
            ],
            &["file", "bytes", "sha256"],
        ),
        traits: reversible(),
        guide: ActionGuide::new(
            "that there is no such file, and which database it is",
            "looks for the file and for its sum beside it; half a dump has another name",
            "deletes the file, unless it is not the one that was written",
            &["reading the database", "writing to the file's folder"],
        ),
        example: format!(
            "- id: back_up\n  uses: {KIND}\n  with: {{ database: prod, file: \
             \"/backups/app-${{{{ inputs.version }}}}.dump\" }}\n"
        ),
    }
}

fn output(file: &Path, sum: Sum) -> Output {
    Output { file: file.display().to_string(), bytes: sum.bytes, sha256: sum.sha256 }
}

impl Change for Dump {
    type Input = Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Before> {
        for place in [input.file.clone(), beside(&input.file)] {
            if place.exists() {
                let why = format!("failed to write {}: it is there; name another", place.display());
                return permanent("taken", why);
            }
        }
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        let database = existing(&client, &find(&ctx.bindings, &input.database)?).await?;
        Ok(Before { database: database.name, oid: database.oid })
    }

    async fn settle(&self, _ctx: &Context, key: RequestId) -> Outcome<()> {
        end_marked(key).await
    }

    async fn look(&self, _ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        let file = &tried.input.file;
        if !file.exists() {
            let begun = unfinished(file, tried.key).exists() || beside(file).exists();
            return Ok(Standing::unmade(begun));
        }
        let sum = Sum::read(file).await?;
        Ok(match kept(file) {
            Some(kept) if kept == sum.sha256 => Standing::After(output(file, sum)),
            _ => Standing::Foreign(format!("{} is not what was written", file.display())),
        })
    }

    async fn apply(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let file = &tried.input.file;
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        let database = existing(&client, &tried.before.database).await?;
        if database.oid != tried.before.oid {
            let why = format!("failed to dump {}: it is another database by now", database.name);
            return permanent("changed", why);
        }
        let part = unfinished(file, tried.key);
        self.server.dump_into(ctx, tried.key, &tried.before.database, &part).await?;
        let sum = Sum::read(&part).await?;
        match publish(&part, file, &sum) {
            Ok(()) => Ok(output(file, sum)),
            Err(error) => disk("write", file, &error),
        }
    }

    async fn revert(&self, _ctx: &Context, tried: &TriedOf<Self>) -> Outcome<()> {
        let file = &tried.input.file;
        for place in [file.clone(), beside(file), unfinished(file, tried.key)] {
            if let Err(error) = remove(&place) {
                return disk("delete", &place, &error);
            }
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
