//! `postgres.create_database_copy`: a second database with all that the first one holds.

use super::binding::{KIND as DATABASE, bad_name, effect, find};
use super::catalog_rows::{by_name, existing, must_be_free};
use super::client::{Server, quoted, undone};
use super::made::{Output, drop_database, part, publish, standing, unmake};
use crate::change::by_look::{Change, TriedOf};
use crate::change::key::looking;
use crate::change::kinds::reversible;
use crate::change::place::remove;
use crate::change::seen::Standing;
use crate::child::ending::end_marked;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use windlass_model::catalog::ActionGuide;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, RequestId, Value};
use windlass_ports::action::Bindings;
use windlass_ports::{Context, Outcome, Verdict};

/// The action's kind.
pub const KIND: &str = "postgres.create_database_copy";

/// The action.
pub struct CreateDatabaseCopy {
    /// The server.
    pub server: Arc<Server>,
    /// Where a dump lies meanwhile.
    pub state: PathBuf,
    /// What it declares.
    pub spec: ActionSpec,
}

/// How a copy is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By the server, file by file; nobody may be connected to the source.
    #[default]
    Template,
    /// By a dump and its restoring, while the source is in use.
    Dump,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The source.
    pub from: String,
    /// The name of the copy.
    pub to: String,
    /// How.
    #[serde(default)]
    pub method: Method,
}

/// What was before: the source; and that there was no target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The source's name.
    pub source: String,
    /// Its number.
    pub oid: u32,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let method = schema::one_of(
        &["template", "dump"],
        "template: by the server, while nobody is connected to the source; dump: slower, while \
         it is in use",
    );
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Copies a database under a name that is free. Half a copy has another name. \
                  Undone by dropping the copy."
            .to_owned(),
        input: schema::object(
            [
                ("from", schema::resource(DATABASE, "the source")),
                ("to", schema::makes(schema::text("the name of the copy; it must be free"))),
                ("method", schema::with_default(method, "template")),
            ],
            &["from", "to"],
        ),
        output: output_schema(),
        traits: reversible(),
        guide: ActionGuide::new(
            "that the new name is free, and which database the source is",
            "looks for a database of the new name that is noted as this run's, and for an order \
             of this step that the server still works at",
            "drops the copy that this run made; a database that is not noted as its stays",
            &["CREATEDB, and owning the source or it being a template"],
        ),
        example: format!("- id: keep_old\n  uses: {KIND}\n  with: {{ from: prod, to: appold }}\n"),
    }
}

/// What actions that make a database give.
pub fn output_schema() -> Value {
    schema::object(
        [
            ("database", schema::text("the database")),
            ("oid", schema::int("its number: new for every database ever made")),
        ],
        &["database", "oid"],
    )
}

impl CreateDatabaseCopy {
    fn file(&self, key: RequestId) -> PathBuf {
        self.state.join("postgres").join(format!("{key}.dump"))
    }

    async fn by_dump(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<()> {
        let file = self.file(tried.key);
        let folder = file.parent().unwrap_or(&self.state);
        if let Err(error) = private_folder(folder) {
            let place = folder.display();
            let why = format!("failed to make the folder {place}: {error}");
            return crate::change::failing::permanent("disk", why);
        }
        let dumped = self.server.dump_into(ctx, tried.key, &tried.before.source, &file).await;
        let restored = match dumped {
            Ok(()) => self.server.restore_from(ctx, tried.key, &file, &part(tried.key)).await,
            Err(error) => Err(error),
        };
        if let Err(error) = remove(&file) {
            ctx.output.line(&format!("the file {} is left over: {error}", file.display()));
        }
        restored
    }
}

fn private_folder(folder: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

impl Change for CreateDatabaseCopy {
    type Input = Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let to = input["to"].as_str().into_iter();
        to.filter_map(|to| effect(bindings, to, "exists", json!(true))).collect()
    }

    fn check(&self, input: &Input) -> Vec<String> {
        bad_name(&input.to).into_iter().collect()
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Before> {
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        let source = existing(&client, &find(&ctx.bindings, &input.from)?).await?;
        must_be_free(&client, &input.to).await?;
        Ok(Before { source: source.name, oid: source.oid })
    }

    async fn settle(&self, _ctx: &Context, key: RequestId) -> Outcome<()> {
        end_marked(key).await
    }

    async fn look(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        standing(&client, &tried.input.to, tried.key).await
    }

    async fn apply(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let mut client = self.server.maintenance(ctx, tried.key).await?;
        let (part, by_dump) = (part(tried.key), tried.input.method == Method::Dump);
        let source = existing(&client, &tried.before.source).await?;
        if source.oid != tried.before.oid {
            let why = format!("failed to copy {}: it is another database by now", source.name);
            return crate::change::failing::permanent("changed", why);
        }
        let there = by_name(&client, &part).await?.is_some();
        // The server makes a copy wholly or not at all; what a dump filled may be half full.
        if there && by_dump {
            drop_database(&client, &part).await?;
        }
        if !there || by_dump {
            let template = if by_dump { "template0" } else { &tried.before.source };
            let order = format!("create database {} template {}", quoted(&part), quoted(template));
            let what = format!("copy the database {}", tried.before.source);
            client.batch_execute(&order).await.or_else(|error| undone(&what, &error))?;
        }
        if by_dump {
            self.by_dump(ctx, tried).await?;
        }
        publish(&mut client, &tried.input.to, tried.key).await
    }

    async fn revert(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<()> {
        let _ = remove(&self.file(tried.key));
        let client = self.server.maintenance(ctx, tried.key).await?;
        unmake(&client, &tried.input.to, tried.key).await
    }

    async fn verify(&self, ctx: &Context, input: &Input, output: &Output) -> Outcome<Verdict> {
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        let now = by_name(&client, &input.to).await?;
        Ok(match now.is_some_and(|now| now.oid == output.oid) {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!("the database {} is another or gone", input.to)),
        })
    }
}
