//! `postgres.database` as part of the world: exists, allows_connections, size_bytes, connections.

use crate::change::key::looking;
use crate::postgres::binding::{KIND, binding_schema, read};
use crate::postgres::catalog_rows::by_name;
use crate::postgres::client::Server;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use windlass_model::{Binding, Failure, FieldSpec, ResourceSpec};
use windlass_ports::{ActionError, BoxFuture, Context, Outcome, Resource};

/// The observer.
pub struct PostgresDatabase {
    server: Arc<Server>,
    spec: ResourceSpec,
}

/// What it declares.
pub fn spec() -> ResourceSpec {
    let field =
        |ty: &str, summary: &str| FieldSpec { ty: ty.to_owned(), summary: summary.to_owned() };
    ResourceSpec {
        kind: KIND.to_owned(),
        summary: "A database of the PostgreSQL server of the section `postgres`.".to_owned(),
        fields: [
            ("exists", field("bool", "whether there is a database of that name")),
            ("allows_connections", field("bool", "whether anybody new may connect")),
            ("size_bytes", field("int", "its size on disk")),
            ("connections", field("int", "how many sessions are in it")),
        ]
        .into_iter()
        .map(|(name, spec)| (name.to_owned(), spec))
        .collect(),
        binding: binding_schema(),
    }
}

impl PostgresDatabase {
    /// The observer.
    pub fn new(server: Arc<Server>) -> Self {
        Self { server, spec: spec() }
    }

    async fn fields(&self, ctx: &Context, binding: &Binding) -> Outcome<Map<String, Value>> {
        let binding = read(binding).map_err(|why| {
            let message = format!("failed to read the binding of a database: {why}");
            ActionError::Permanent(Failure::permanent("binding", message))
        })?;
        let client = self.server.maintenance(ctx, looking(ctx)).await?;
        let found = by_name(&client, &binding.database).await?;
        let fields = [
            ("exists", json!(found.is_some())),
            ("allows_connections", json!(found.as_ref().map(|one| one.allows_connections))),
            ("size_bytes", json!(found.as_ref().and_then(|one| one.size_bytes))),
            ("connections", json!(found.as_ref().map(|one| one.connections))),
        ];
        Ok(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
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
