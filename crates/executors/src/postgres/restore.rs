//! `postgres.restore`: a new database out of a dump.

use super::binding::{bad_name, effect};
use super::catalog_rows::{by_name, must_be_free};
use super::client::{Server, quoted, undone};
use super::create_database_copy::output_schema;
use super::made::{Output, drop_database, part, publish, standing, unmake};
use crate::change::by_look::{Change, TriedOf};
use crate::change::failing::permanent;
use crate::change::key::looking;
use crate::change::kinds::reversible;
use crate::change::seen::Standing;
use crate::change::sum::{Sum, kept};
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
pub const KIND: &str = "postgres.restore";

/// The action.
pub struct Restore {
    /// The server.
    pub server: Arc<Server>,
    /// What it declares.
    pub spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The dump.
    pub file: PathBuf,
    /// The name of the new database.
    pub to: String,
}

/// What was before: a dump that can be trusted; and that there was no database of that name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The dump's sum.
    pub sha256: String,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Makes a database out of a dump, under a name that is free. Undone by dropping \
                  it."
        .to_owned(),
        input: schema::object(
            [
                ("file", schema::path("a dump of postgres.dump, or of pg_dump --format=custom")),
                (
                    "to",
                    schema::makes(schema::text("the name of the new database; it must be free")),
                ),
            ],
            &["file", "to"],
        ),
        output: output_schema(),
        traits: reversible(),
        guide: ActionGuide::new(
            "that the name is free, and the dump's sum, which must be the one kept beside it",
            "looks for a database of the name that is noted as this run's",
            "drops the database that this run made; one that is not noted as its stays",
            &["CREATEDB"],
        ),
        example: format!(
            "- id: restore\n  uses: {KIND}\n  with: {{ file: /backups/app.dump, to: apptest }}\n"
        ),
    }
}

impl Change for Restore {
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
        must_be_free(&client, &input.to).await?;
        let sum = Sum::read(&input.file).await?;
        if kept(&input.file).is_some_and(|kept| kept != sum.sha256) {
            let place = input.file.display();
            let why = format!("failed to trust {place}: its sum is not the one kept beside it");
            return permanent("sum", why);
        }
        Ok(Before { sha256: sum.sha256 })
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
        let part = part(tried.key);
        drop_database(&client, &part).await?;
        let order = format!("create database {} template template0", quoted(&part));
        let what = format!("make the database {}", tried.input.to);
        client.batch_execute(&order).await.or_else(|error| undone(&what, &error))?;
        self.server.restore_from(ctx, tried.key, &tried.input.file, &part).await?;
        publish(&mut client, &tried.input.to, tried.key).await
    }

    async fn revert(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<()> {
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
