//! `azure.sql_database` as part of the world: exists, online.

use crate::azure::arm::Arm;
use crate::azure::sql::binding::{DatabaseBinding, KIND, binding_schema};
use crate::azure::sql::database::look;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use windlass_model::{Binding, Failure, FieldSpec, ResourceSpec};
use windlass_ports::{ActionError, BoxFuture, Context, Outcome, Resource};

/// The observer.
pub struct SqlDatabase {
    arm: Arc<Arm>,
    spec: ResourceSpec,
}

/// What it declares.
pub fn spec() -> ResourceSpec {
    let field = |summary: &str| FieldSpec { ty: "bool".to_owned(), summary: summary.to_owned() };
    ResourceSpec {
        kind: KIND.to_owned(),
        summary: "A database of Azure SQL.".to_owned(),
        fields: [
            ("exists", field("whether there is a database of that name")),
            ("online", field("whether it can be used")),
        ]
        .into_iter()
        .map(|(name, spec)| (name.to_owned(), spec))
        .collect(),
        binding: binding_schema(),
    }
}

impl SqlDatabase {
    /// The observer.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    async fn fields(&self, binding: &Binding) -> Outcome<Map<String, Value>> {
        let place = DatabaseBinding::read(binding).map_err(|why| {
            let message = format!("failed to read the binding of a database: {why}");
            ActionError::Permanent(Failure::permanent("binding", message))
        })?;
        let database = look(&self.arm, &place).await?.database;
        let online = database.as_ref().is_some_and(|database| database.is_online());
        let fields = [("exists", json!(database.is_some())), ("online", json!(online))];
        Ok(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl Resource for SqlDatabase {
    fn spec(&self) -> &ResourceSpec {
        &self.spec
    }

    fn observe<'a>(
        &'a self,
        _ctx: &'a Context,
        binding: &'a Binding,
    ) -> BoxFuture<'a, Outcome<Map<String, Value>>> {
        Box::pin(self.fields(binding))
    }
}
