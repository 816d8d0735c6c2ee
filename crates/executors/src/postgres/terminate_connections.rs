//! `postgres.terminate_connections`: nobody is connected to a database any more.

use super::binding::{KIND as DATABASE, find};
use super::catalog_rows::{by_oid, existing};
use super::client::{Server, undone, unread};
use crate::change::by_look::{Change, TriedOf};
use crate::change::key::looking;
use crate::change::kinds::passing;
use crate::change::seen::Standing;
use crate::schema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio_postgres::Client;
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "postgres.terminate_connections";

/// How long the server may take to end one connection.
const END_MS: i64 = 10_000;

/// The action.
pub struct TerminateConnections {
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
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The database's number.
    pub oid: u32,
    /// How many sessions there were.
    pub sessions: i64,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// How many sessions there were.
    pub ended: i64,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Ends all sessions in a database. Refuse new ones first, with \
                  postgres.set_allow_connections."
            .to_owned(),
        input: schema::object(
            [("database", schema::resource(DATABASE, "the database"))],
            &["database"],
        ),
        output: schema::object(
            [("ended", schema::int("how many sessions there were"))],
            &["ended"],
        ),
        traits: passing(),
        guide: ActionGuide::new(
            "how many sessions there are",
            "looks whether a session is there; to end sessions twice does no harm",
            "nothing to undo: whoever needs a session opens one",
            &["pg_signal_backend, or being the user whose sessions they are"],
        ),
        example: format!("- id: empty\n  uses: {KIND}\n  with: {{ database: prod }}\n"),
    }
}

async fn sessions(client: &Client, oid: u32) -> Outcome<i64> {
    let order = "select count(*) from pg_stat_activity \
                 where datid = $1 and backend_type = 'client backend' and pid <> pg_backend_pid()";
    let row = client.query_one(order, &[&oid]).await;
    Ok(row.or_else(|error| unread("look at the connections", &error))?.get(0))
}

impl Change for TerminateConnections {
    type Input = Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Before> {
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        let database = existing(&client, &find(&ctx.bindings, &input.database)?).await?;
        Ok(Before { oid: database.oid, sessions: sessions(&client, database.oid).await? })
    }

    async fn look(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        let Before { oid, sessions: ended } = tried.before;
        if by_oid(&client, oid).await?.is_none() {
            return Ok(Standing::Foreign("the database is gone".to_owned()));
        }
        Ok(match sessions(&client, oid).await? {
            0 => Standing::After(Output { ended }),
            _ => Standing::Before,
        })
    }

    async fn apply(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let client = self.server.maintenance(ctx, tried.key).await?;
        let order = "select pg_terminate_backend(pid, $2) from pg_stat_activity \
                     where datid = $1 and backend_type = 'client backend' \
                     and pid <> pg_backend_pid()";
        let ended = client.execute(order, &[&tried.before.oid, &END_MS]).await;
        ended.or_else(|error| undone("end the sessions", &error))?;
        Ok(Output { ended: tried.before.sessions })
    }
}
