//! `postgres.drop_database`: a point of no return. It drops the database that was looked at, or
//! nothing.

use super::binding::{KIND as DATABASE, effect, find, named};
use super::catalog_rows::{at_work, by_name, by_oid};
use super::client::{Server, quoted, undone};
use crate::change::by_look::{Change, TriedOf};
use crate::change::failing::permanent;
use crate::change::key::looking;
use crate::change::kinds::irreversible;
use crate::change::seen::Standing;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use windlass_model::catalog::ActionGuide;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Value};
use windlass_ports::action::Bindings;
use windlass_ports::{Context, Outcome, Verdict};

/// The action's kind.
pub const KIND: &str = "postgres.drop_database";

/// The action.
pub struct DropDatabase {
    /// The server.
    pub server: Arc<Server>,
    /// What it declares.
    pub spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The database.
    pub database: Option<String>,
    /// Or its name.
    pub name: Option<String>,
}

/// Which database it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// Its name.
    pub name: String,
    /// Its number; none where there is no such database.
    pub oid: Option<u32>,
    /// Its size, for whoever must make it anew.
    pub size_bytes: Option<i64>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The database that is gone.
    pub database: String,
    /// Its number; absent where there was none.
    pub oid: Option<u32>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Drops a database for good. Refuses one that somebody is connected to.".to_owned(),
        input: schema::object(
            [
                ("database", schema::deletes(schema::resource(DATABASE, "the database"))),
                ("name", schema::deletes(schema::text("or its name"))),
            ],
            &[],
        ),
        output: schema::object(
            [
                ("database", schema::text("the database that is gone")),
                ("oid", schema::int("its number; absent where there was none")),
            ],
            &["database"],
        ),
        traits: irreversible(),
        guide: ActionGuide::new(
            "the number and size of the database that is there",
            "looks whether the database of that number is still there",
            "nothing: what is dropped is gone, so make its backup and check it first",
            &["owning the database"],
        ),
        example: format!(
            "- id: drop_old\n  uses: {KIND}\n  with: {{ database: old }}\n  irreversible: true\n"
        ),
    }
}

impl Change for DropDatabase {
    type Input = Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let named = named(bindings, input, "database");
        let name = named.or_else(|| input["name"].as_str().map(str::to_owned));
        let gone = name.and_then(|name| effect(bindings, &name, "exists", json!(false)));
        gone.into_iter().collect()
    }

    fn check(&self, input: &Input) -> Vec<String> {
        let one = input.database.is_some() != input.name.is_some();
        (!one).then(|| "give either `database` or `name`".to_owned()).into_iter().collect()
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Before> {
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        let name = match (&input.database, &input.name) {
            (Some(resource), _) => find(&ctx.bindings, resource)?,
            (None, name) => name.clone().unwrap_or_default(),
        };
        let found = by_name(&client, &name).await?;
        if let Some(found) = found.as_ref().filter(|found| found.connections > 0) {
            return permanent(
                "in_use",
                format!(
                    "failed to drop {name}: {} sessions are connected to it; stop what uses it, \
                     then postgres.set_allow_connections and postgres.terminate_connections",
                    found.connections
                ),
            );
        }
        let (oid, size_bytes) = found.map_or((None, None), |f| (Some(f.oid), f.size_bytes));
        Ok(Before { name, oid, size_bytes })
    }

    async fn look(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        let Before { name, oid, .. } = &tried.before;
        let done = Standing::After(Output { database: name.clone(), oid: *oid });
        let Some(oid) = *oid else { return Ok(done) };
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        Ok(match by_oid(&client, oid).await? {
            None => done,
            Some(now) if now.name != *name => {
                Standing::Foreign(format!("the database {name} is called {} by now", now.name))
            }
            Some(_) if at_work(&client, tried.key).await? => {
                Standing::Working("the server still drops it".to_owned())
            }
            Some(_) => Standing::Before,
        })
    }

    async fn apply(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let Before { name, oid, .. } = &tried.before;
        let client = self.server.maintenance(ctx, tried.key).await?;
        let dropped = client.batch_execute(&format!("drop database {}", quoted(name))).await;
        dropped.or_else(|error| undone(&format!("drop the database {name}"), &error))?;
        Ok(Output { database: name.clone(), oid: *oid })
    }

    async fn verify(&self, ctx: &Context, _input: &Input, output: &Output) -> Outcome<Verdict> {
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        Ok(match by_name(&client, &output.database).await? {
            None => Verdict::Holds,
            Some(_) => Verdict::Drifted(format!("there is a database {} again", output.database)),
        })
    }
}
