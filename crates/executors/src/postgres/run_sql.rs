//! `postgres.run_sql`: orders in one transaction, which notes in the database itself that it was
//! committed, so that after a crash nobody has to guess.

use super::binding::{KIND as DATABASE, find};
use super::catalog_rows::{at_work, existing};
use super::client::{Server, undone, unread};
use crate::change::by_look::{Change, TriedOf};
use crate::change::failing::permanent;
use crate::change::key::looking;
use crate::change::kinds::passing;
use crate::change::seen::Standing;
use crate::change::sum::Sum;
use crate::schema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "postgres.run_sql";

/// The largest file of orders that is read: a migration is kilobytes, a dump is postgres.restore's.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The table in which a transaction notes itself.
const TABLE: &str = "create schema if not exists windlass; \
     create table if not exists windlass.applied \
     (request text primary key, step text not null, at timestamptz not null default now())";

/// The action.
pub struct RunSql {
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
    /// The orders.
    pub sql: Option<String>,
    /// Or the file that holds them.
    pub file: Option<PathBuf>,
}

/// Which database it is, and which orders.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The database's name.
    pub database: String,
    /// Its number.
    pub oid: u32,
    /// The orders' sum.
    pub sha256: String,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The database.
    pub database: String,
    /// The orders' SHA-256.
    pub sha256: String,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Runs orders in one transaction, all or nothing and never twice.".to_owned(),
        input: schema::object(
            [
                ("database", schema::resource(DATABASE, "the database")),
                ("sql", schema::text("the orders; they must not begin or end transactions")),
                ("file", schema::path("or the file that holds them")),
            ],
            &["database"],
        ),
        output: schema::object(
            [
                ("database", schema::text("the database")),
                ("sha256", schema::text("the orders' SHA-256")),
            ],
            &["database", "sha256"],
        ),
        traits: passing(),
        guide: ActionGuide::new(
            "which database it is, and the orders' sum",
            "looks for this run's row in the table windlass.applied, which the transaction itself \
             writes",
            "only what `compensate:` says, such as another run_sql or putting a copy back",
            &["what the orders need, and CREATE on the database for the table windlass.applied"],
        ),
        example: format!(
            "- id: migrate\n  uses: {KIND}\n  with: {{ database: prod, file: migrations/7.sql }}\n"
        ),
    }
}

fn orders(input: &Input) -> Outcome<String> {
    let Some(file) = &input.file else { return Ok(input.sql.clone().unwrap_or_default()) };
    let place = file.display();
    match std::fs::metadata(file) {
        Ok(found) if found.len() > FILE_BYTES_MAX => {
            permanent("file", format!("failed to read {place}: more than {FILE_BYTES_MAX} bytes"))
        }
        _ => match std::fs::read_to_string(file) {
            Ok(text) => Ok(text),
            Err(error) => permanent("file", format!("failed to read {place}: {error}")),
        },
    }
}

async fn is_noted(client: &Client, request: &str) -> Outcome<bool> {
    let order = "select count(*) from windlass.applied where request = $1";
    match client.query_one(order, &[&request]).await {
        Ok(row) => Ok(row.get::<_, i64>(0) > 0),
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => Ok(false),
        Err(error) => unread("look for this run's note", &error),
    }
}

impl RunSql {
    fn output(tried: &TriedOf<Self>) -> Output {
        let Before { database, sha256, .. } = tried.before.clone();
        Output { database, sha256 }
    }

    /// The database must be the one that was looked at.
    async fn same(&self, client: &Client, tried: &TriedOf<Self>) -> Outcome<bool> {
        Ok(existing(client, &tried.before.database).await?.oid == tried.before.oid)
    }
}

impl Change for RunSql {
    type Input = Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn check(&self, input: &Input) -> Vec<String> {
        let one = input.sql.is_some() != input.file.is_some();
        (!one).then(|| "give either `sql` or `file`".to_owned()).into_iter().collect()
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Before> {
        let sha256 = Sum::of_bytes(orders(input)?.as_bytes()).sha256;
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        let database = existing(&client, &find(&ctx.bindings, &input.database)?).await?;
        Ok(Before { database: database.name, oid: database.oid, sha256 })
    }

    async fn look(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        let name = &tried.before.database;
        let client = self.server.connect(ctx, name, looking(ctx)).await?;
        if !self.same(&client, tried).await? {
            return Ok(Standing::Foreign(format!("{name} is another database by now")));
        }
        if is_noted(&client, &tried.key.to_string()).await? {
            return Ok(Standing::After(Self::output(tried)));
        }
        if at_work(&client, tried.key).await? {
            return Ok(Standing::Working("the server is still at it".to_owned()));
        }
        // What was at work may have ended well between the two looks.
        Ok(match is_noted(&client, &tried.key.to_string()).await? {
            true => Standing::After(Self::output(tried)),
            false => Standing::Before,
        })
    }

    async fn apply(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let sql = orders(&tried.input)?;
        if Sum::of_bytes(sql.as_bytes()).sha256 != tried.before.sha256 {
            return permanent("changed", "failed to run the orders: their file was changed");
        }
        let mut client = self.server.connect(ctx, &tried.before.database, tried.key).await?;
        let what = format!("run the orders in {}", tried.before.database);
        let transaction = client.transaction().await.or_else(|error| undone(&what, &error))?;
        transaction.batch_execute(TABLE).await.or_else(|error| undone(&what, &error))?;
        let note = "insert into windlass.applied (request, step) values ($1, $2)";
        let (request, step) = (tried.key.to_string(), ctx.step.as_str());
        let noted = transaction.execute(note, &[&request, &step]).await;
        noted.or_else(|error| undone(&what, &error))?;
        let number = "select pg_current_xact_id()::text";
        let before: String = match transaction.query_one(number, &[]).await {
            Ok(row) => row.get(0),
            Err(error) => return undone(&what, &error),
        };
        transaction.batch_execute(&sql).await.or_else(|error| undone(&what, &error))?;
        let after: String = match transaction.query_one(number, &[]).await {
            Ok(row) => row.get(0),
            Err(error) => return undone(&what, &error),
        };
        if before != after {
            return permanent(
                "transaction",
                format!(
                    "failed to {what} in one transaction: they end it themselves; what came \
                     before that may be committed: take `commit` and `rollback` out"
                ),
            );
        }
        transaction.commit().await.or_else(|error| undone(&what, &error))?;
        Ok(Self::output(tried))
    }
}
