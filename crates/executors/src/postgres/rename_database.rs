//! `postgres.rename_database`: the same database under another name.

use super::binding::{KIND as DATABASE, bad_name, effect, find, named};
use super::catalog_rows::{at_work, by_oid, existing, must_be_free};
use super::client::{Server, quoted, undone};
use super::create_database_copy::output_schema;
use super::made::Output;
use crate::change::by_look::{Change, TriedOf};
use crate::change::key::looking;
use crate::change::kinds::reversible;
use crate::change::seen::Standing;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use windlass_model::catalog::ActionGuide;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, RequestId, Value};
use windlass_ports::action::Bindings;
use windlass_ports::{Context, Outcome, Verdict};

/// The action's kind.
pub const KIND: &str = "postgres.rename_database";

/// The action.
pub struct RenameDatabase {
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
    /// Its new name.
    pub to: String,
}

/// Which database it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// Its name before.
    pub name: String,
    /// Its number, which stays.
    pub oid: u32,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Gives a database another name; nobody may be connected to it.".to_owned(),
        input: schema::object(
            [
                ("database", schema::resource(DATABASE, "the database")),
                ("to", schema::text("its new name; it must be free")),
            ],
            &["database", "to"],
        ),
        output: output_schema(),
        traits: reversible(),
        guide: ActionGuide::new(
            "its number, which stays, and that the new name is free",
            "looks which name the database of that number has",
            "gives the name back, unless the database has a third name by now",
            &["owning the database, with CREATEDB"],
        ),
        example: format!(
            "- id: put_aside\n  uses: {KIND}\n  with: {{ database: prod, to: appfailed }}\n"
        ),
    }
}

impl RenameDatabase {
    async fn rename(&self, ctx: &Context, key: RequestId, from: &str, to: &str) -> Outcome<()> {
        let client = self.server.maintenance(ctx, key).await?;
        let order = format!("alter database {} rename to {}", quoted(from), quoted(to));
        let renamed = client.batch_execute(&order).await;
        renamed.or_else(|error| undone(&format!("rename {from} to {to}"), &error))
    }
}

impl Change for RenameDatabase {
    type Input = Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let from = named(bindings, input, "database");
        let to = input["to"].as_str();
        let gone = from.and_then(|from| effect(bindings, &from, "exists", json!(false)));
        let there = to.and_then(|to| effect(bindings, to, "exists", json!(true)));
        gone.into_iter().chain(there).collect()
    }

    fn check(&self, input: &Input) -> Vec<String> {
        bad_name(&input.to).into_iter().collect()
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Before> {
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        let database = existing(&client, &find(&ctx.bindings, &input.database)?).await?;
        must_be_free(&client, &input.to).await?;
        Ok(Before { name: database.name, oid: database.oid })
    }

    async fn look(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        let (before, to) = (&tried.before, &tried.input.to);
        Ok(match by_oid(&client, before.oid).await? {
            None => Standing::Foreign(format!("the database {} is gone", before.name)),
            Some(now) if now.name == *to => {
                Standing::After(Output { database: to.clone(), oid: before.oid })
            }
            Some(now) if now.name != before.name => {
                Standing::Foreign(format!("the database {} is called {}", before.name, now.name))
            }
            Some(_) if at_work(&client, tried.key).await? => {
                Standing::Working("the server still renames it".to_owned())
            }
            Some(_) => Standing::Before,
        })
    }

    async fn apply(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let (before, to) = (&tried.before, &tried.input.to);
        self.rename(ctx, tried.key, &before.name, to).await?;
        Ok(Output { database: to.clone(), oid: before.oid })
    }

    async fn revert(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<()> {
        self.rename(ctx, tried.key, &tried.input.to, &tried.before.name).await
    }

    async fn verify(&self, ctx: &Context, input: &Input, output: &Output) -> Outcome<Verdict> {
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        let now = by_oid(&client, output.oid).await?;
        Ok(match now.is_some_and(|now| now.name == input.to) {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!("the database {} is another or gone", input.to)),
        })
    }
}
