//! `postgres.query`: asks a database, in a transaction that cannot write.

use super::binding::{KIND as DATABASE, find};
use super::client::{Server, unread};
use crate::change::key::looking;
use crate::change::kinds::read_only;
use crate::change::reading::Reading;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "postgres.query";

/// Rows that go into the history: enough to decide by.
const ROWS_MAX: usize = 100;

/// The action.
pub struct Query {
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
    /// The question.
    pub sql: String,
    /// Its values, as texts.
    #[serde(default)]
    pub values: Vec<String>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// How many rows there are, up to one more than are kept.
    pub count: u64,
    /// The first of them.
    pub rows: Vec<Value>,
    /// The first row, where there is one.
    pub first: Option<Value>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let row = || json!({"type": "object", "description": "a row, by column"});
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Asks a database, in a transaction that cannot write.".to_owned(),
        input: schema::object(
            [
                ("database", schema::resource(DATABASE, "the database")),
                ("sql", schema::text("one select; values stand as $1::int, $2")),
                ("values", schema::list(schema::text("a value"), "its values, in their order")),
            ],
            &["database", "sql"],
        ),
        output: schema::object(
            [
                ("count", schema::int("how many rows there are; 101 means more than are kept")),
                ("rows", schema::list(row(), "the first 100 of them")),
                ("first", row()),
            ],
            &["count", "rows"],
        ),
        traits: read_only(),
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &["reading what is asked for"],
        ),
        example: format!(
            "- id: users\n  uses: {KIND}\n  with: {{ database: prod, sql: \"select count(*) as n \
             from users\" }}\n"
        ),
    }
}

impl Reading for Query {
    type Input = Input;
    type Output = Output;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    async fn read(&self, ctx: &Context, input: &Input) -> Outcome<Output> {
        let what = "ask the database";
        let name = find(&ctx.bindings, &input.database)?;
        let mut client = self.server.connect(ctx, &name, looking(ctx)).await?;
        let begun = client.build_transaction().read_only(true).start().await;
        let transaction = begun.or_else(|error| unread(what, &error))?;
        let sql = input.sql.trim().trim_end_matches(';');
        let order = format!("select to_jsonb(q)::text from (\n{sql}\n) q limit {}", ROWS_MAX + 1);
        let types = vec![tokio_postgres::types::Type::TEXT; input.values.len()];
        let prepared = transaction.prepare_typed(&order, &types).await;
        let prepared = prepared.or_else(|error| unread(what, &error))?;
        let values: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> =
            input.values.iter().map(|value| value as _).collect();
        let rows = transaction.query(&prepared, &values).await;
        let rows = rows.or_else(|error| unread(what, &error))?;
        let read = |row: &tokio_postgres::Row| {
            serde_json::from_str(row.get::<_, &str>(0)).unwrap_or(Value::Null)
        };
        let count = rows.len() as u64;
        let rows: Vec<Value> = rows.iter().take(ROWS_MAX).map(read).collect();
        Ok(Output { count, first: rows.first().cloned(), rows })
    }
}
