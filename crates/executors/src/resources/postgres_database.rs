//! `postgres.database` as part of the world: exists, allows_connections, size_bytes, connections.

use super::declared::{declared, seen, unreadable};
use crate::change::key::looking;
use crate::postgres::binding::{KIND, binding_schema, read};
use crate::postgres::catalog_rows::by_name;
use crate::postgres::client::Server;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use windlass_model::{Binding, ResourceSpec};
use windlass_ports::{BoxFuture, Context, Outcome, Resource};

/// The observer.
pub struct PostgresDatabase {
    server: Arc<Server>,
    spec: ResourceSpec,
}

/// What it declares.
pub fn spec() -> ResourceSpec {
    let fields = [
        ("exists", "bool", "whether there is a database of that name"),
        ("allows_connections", "bool", "whether anybody new may connect"),
        ("size_bytes", "int", "its size on disk"),
        ("connections", "int", "how many sessions are in it"),
    ];
    declared(
        KIND,
        "A database of the PostgreSQL server of the section `postgres`.",
        &fields,
        binding_schema(),
    )
}

impl PostgresDatabase {
    /// The observer.
    pub fn new(server: Arc<Server>) -> Self {
        Self { server, spec: spec() }
    }

    async fn fields(&self, ctx: &Context, binding: &Binding) -> Outcome<Map<String, Value>> {
        let binding = read(binding).map_err(unreadable("a database"))?;
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        let found = by_name(&client, &binding.database).await?;
        Ok(seen([
            ("exists", json!(found.is_some())),
            ("allows_connections", json!(found.as_ref().map(|one| one.allows_connections))),
            ("size_bytes", json!(found.as_ref().and_then(|one| one.size_bytes))),
            ("connections", json!(found.as_ref().map(|one| one.connections))),
        ]))
    }
}

impl Resource for PostgresDatabase {
    fn spec(&self) -> &ResourceSpec {
        &self.spec
    }

    fn observe<'a>(
        &'a self,
        ctx: &'a Context,
        binding: &'a Binding,
    ) -> BoxFuture<'a, Outcome<Map<String, Value>>> {
        Box::pin(self.fields(ctx, binding))
    }
}
