//! `azure.sql_server` as part of the world: who gets in.

use super::declared::{declared, seen, unreadable};
use crate::azure::arm::Arm;
use crate::azure::sql::firewall::rules;
use crate::azure::sql::server::{AccessBy, KIND, ServerBinding, binding_schema, look};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use windlass_model::{Binding, ResourceSpec};
use windlass_ports::{BoxFuture, Context, Outcome, Resource};

/// The observer.
pub struct SqlServer {
    arm: Arc<Arm>,
    spec: ResourceSpec,
}

/// What it declares.
pub fn spec() -> ResourceSpec {
    let fields = [
        (
            "azure_access",
            "bool",
            "whether Azure's services get in, by the way that its binding names",
        ),
        ("public_access", "bool", "whether its public address is open"),
        ("firewall_rules", "map", "the rules of its firewall, as ranges by name"),
    ];
    declared(KIND, "A logical server of Azure SQL.", &fields, binding_schema())
}

impl SqlServer {
    /// The observer.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    async fn fields(&self, binding: &Binding) -> Outcome<Map<String, Value>> {
        let place = ServerBinding::read(binding).map_err(unreadable("a server"))?;
        let public = look(&self.arm, &place).await?.public_access == "Enabled";
        let rules = rules(&self.arm, &place).await?;
        let by_rule = public && !rules.for_azure().is_empty();
        let azure = match place.azure_access {
            Some(AccessBy::PublicAccess) => Some(public),
            // What is inside a database is not seen from here.
            Some(AccessBy::DatabaseRule) => None,
            Some(AccessBy::ServerRule) | None => Some(by_rule),
        };
        let ranges = rules.all.iter();
        let ranges: Map<String, Value> = ranges
            .map(|rule| (rule.name.clone(), json!(format!("{}-{}", rule.start, rule.end))))
            .collect();
        Ok(seen([
            ("azure_access", json!(azure)),
            ("public_access", json!(public)),
            ("firewall_rules", Value::Object(ranges)),
        ]))
    }
}

impl Resource for SqlServer {
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
