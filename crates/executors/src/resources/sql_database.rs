//! `azure.sql_database` as part of the world: exists, online, its id, its size.

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
    let field =
        |ty: &str, summary: &str| FieldSpec { ty: ty.to_owned(), summary: summary.to_owned() };
    ResourceSpec {
        kind: KIND.to_owned(),
        summary: "A database of Azure SQL.".to_owned(),
        fields: [
            ("exists", field("bool", "whether there is a database of that name")),
            ("online", field("bool", "whether it can be used")),
            ("id", field("string", "its id: new for every database ever made")),
            ("service_objective", field("string", "its size, such as GP_Gen5_4 or S3")),
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
        let (id, objective) = match &database {
            Some(database) => (Some(&database.database_id), Some(&database.objective)),
            None => (None, None),
        };
        let fields = [
            ("exists", json!(database.is_some())),
            ("online", json!(online)),
            ("id", json!(id)),
            ("service_objective", json!(objective)),
        ];
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
