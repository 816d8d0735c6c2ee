//! `azure.sql_database` as part of the world: exists, online, its id, its size.

use super::declared::{declared, seen, unreadable};
use crate::azure::activity_log;
use crate::azure::arm::Arm;
use crate::azure::sql::binding::{DatabaseBinding, KIND, binding_schema};
use crate::azure::sql::database::look;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use windlass_model::{Binding, ResourceSpec, Timestamp};
use windlass_ports::resource::Change;
use windlass_ports::{BoxFuture, Context, Outcome, Resource};

/// The observer.
pub struct SqlDatabase {
    arm: Arc<Arm>,
    spec: ResourceSpec,
}

/// What it declares.
pub fn spec() -> ResourceSpec {
    let fields = [
        ("exists", "bool", "whether there is a database of that name"),
        ("online", "bool", "whether it can be used"),
        ("id", "string", "its id: new for every database ever made"),
        ("service_objective", "string", "its size, such as GP_Gen5_4 or S3"),
    ];
    declared(KIND, "A database of Azure SQL.", &fields, binding_schema())
}

impl SqlDatabase {
    /// The observer.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    async fn fields(&self, binding: &Binding) -> Outcome<Map<String, Value>> {
        let place = DatabaseBinding::read(binding).map_err(unreadable("a database"))?;
        let database = look(&self.arm, &place).await?.database;
        let online = database.as_ref().is_some_and(|database| database.is_online());
        let (id, objective) = match &database {
            Some(database) => (Some(&database.database_id), Some(&database.objective)),
            None => (None, None),
        };
        Ok(seen([
            ("exists", json!(database.is_some())),
            ("online", json!(online)),
            ("id", json!(id)),
            ("service_objective", json!(objective)),
        ]))
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

    fn changes<'a>(
        &'a self,
        _ctx: &'a Context,
        binding: &'a Binding,
        _fields: &'a [&'a str],
        since: Timestamp,
    ) -> BoxFuture<'a, Outcome<Vec<Change>>> {
        Box::pin(async move {
            let place = DatabaseBinding::read(binding).map_err(unreadable("a database"))?;
            let (id, subscription) = (place.id(&self.arm)?, place.subscription.as_deref());
            activity_log::changes(&self.arm, subscription, &id, since).await
        })
    }
}
