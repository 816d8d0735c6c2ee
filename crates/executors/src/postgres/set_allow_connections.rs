//! `postgres.set_allow_connections`: whether anybody new may connect to a database.

use super::binding::{KIND as DATABASE, effect, find, named};
use super::catalog_rows::{at_work, by_oid, existing};
use super::client::{Server, quoted, undone};
use crate::change::by_look::{Change, TriedOf};
use crate::change::key::looking;
use crate::change::kinds::reversible;
use crate::change::seen::Standing;
use crate::schema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use windlass_model::catalog::ActionGuide;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, RequestId, Value};
use windlass_ports::action::Bindings;
use windlass_ports::{Context, Outcome, Verdict};

/// The action's kind.
pub const KIND: &str = "postgres.set_allow_connections";

/// The action.
pub struct SetAllowConnections {
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
    /// Whether.
    pub allow: bool,
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The database's number.
    pub oid: u32,
    /// Whether connections were allowed.
    pub allowed: bool,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The database.
    pub database: String,
    /// Whether connections were allowed before.
    pub previous: bool,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Allows new connections to a database, or refuses them; those that stand stay."
            .to_owned(),
        input: schema::object(
            [
                ("database", schema::resource(DATABASE, "the database")),
                ("allow", schema::boolean("whether anybody new may connect")),
            ],
            &["database", "allow"],
        ),
        output: schema::object(
            [
                ("database", schema::text("the database")),
                ("previous", schema::boolean("whether connections were allowed before")),
            ],
            &["database", "previous"],
        ),
        traits: reversible(),
        guide: ActionGuide::new(
            "whether connections are allowed",
            "looks whether connections are allowed",
            "puts back what was",
            &["owning the database"],
        ),
        example: format!(
            "- id: close\n  uses: {KIND}\n  with: {{ database: prod, allow: false }}\n"
        ),
    }
}

impl SetAllowConnections {
    async fn set(&self, ctx: &Context, key: RequestId, oid: u32, allow: bool) -> Outcome<String> {
        let client = self.server.maintenance(ctx, key).await?;
        let Some(now) = by_oid(&client, oid).await? else { return Ok(String::new()) };
        let name = quoted(&now.name);
        let order = format!("alter database {name} with allow_connections {allow}");
        let set = client.batch_execute(&order).await;
        set.or_else(|error| undone(&format!("set who may connect to {}", now.name), &error))?;
        Ok(now.name)
    }
}

impl Change for SetAllowConnections {
    type Input = Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let name = named(bindings, input, "database");
        let allow = input["allow"].clone();
        let set = name.and_then(|name| effect(bindings, &name, "allows_connections", allow));
        set.into_iter().collect()
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Before> {
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        let database = existing(&client, &find(&ctx.bindings, &input.database)?).await?;
        Ok(Before { oid: database.oid, allowed: database.allows_connections })
    }

    async fn look(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        let Some(now) = by_oid(&client, tried.before.oid).await? else {
            return Ok(Standing::Foreign("the database is gone".to_owned()));
        };
        if now.allows_connections == tried.input.allow {
            let previous = tried.before.allowed;
            return Ok(Standing::After(Output { database: now.name, previous }));
        }
        Ok(match at_work(&client, tried.key).await? {
            true => Standing::Working("the server is still at it".to_owned()),
            false => Standing::Before,
        })
    }

    async fn apply(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let database = self.set(ctx, tried.key, tried.before.oid, tried.input.allow).await?;
        Ok(Output { database, previous: tried.before.allowed })
    }

    async fn revert(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<()> {
        self.set(ctx, tried.key, tried.before.oid, tried.before.allowed).await.map(drop)
    }

    async fn verify(&self, ctx: &Context, input: &Input, output: &Output) -> Outcome<Verdict> {
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        let now = existing(&client, &output.database).await?;
        Ok(match now.allows_connections == input.allow {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!("who may connect to {} changed", now.name)),
        })
    }
}
