//! What an environment file says of a database: which one it is.

use crate::azure::arm::{Arm, Target, segment};
use crate::azure::bound;
use crate::schema;
use serde::Deserialize;
use serde_json::json;
use windlass_model::event::Effect;
use windlass_model::{Binding, Failure, Value};
use windlass_ports::action::Bindings;
use windlass_ports::{ActionError, Outcome};

/// The resource type.
pub const KIND: &str = "azure.sql_database";

/// How a step names a database.
const CHOICE: &str = "give either `database`, or `name` with `beside`";

/// A database's binding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseBinding {
    /// The subscription; the section's where absent.
    pub subscription: Option<String>,
    /// The resource group; the section's where absent.
    pub resource_group: Option<String>,
    /// The server.
    pub server: String,
    /// The database.
    pub database: String,
}

/// The schema of the binding.
pub fn binding_schema() -> Value {
    schema::object(
        [
            (
                "subscription",
                schema::text("the subscription; that of the section `azure` where absent"),
            ),
            (
                "resource_group",
                schema::text("the resource group; that of the section where absent"),
            ),
            ("server", schema::text("the server's name, without its domain")),
            ("database", schema::text("the database's name")),
        ],
        &["server", "database"],
    )
}

impl DatabaseBinding {
    /// Reads a binding.
    pub fn read(binding: &Binding) -> Result<Self, String> {
        bound::read(binding)
    }

    /// The binding of a resource's name.
    pub fn find(bindings: &Bindings, name: &str) -> Outcome<Self> {
        bound::find(bindings, name, KIND, "database")
    }

    /// The database that a step means: a resource, or a name beside one.
    pub fn choose(
        bindings: &Bindings,
        database: Option<&str>,
        name: Option<&str>,
        beside: Option<&str>,
    ) -> Outcome<Self> {
        match (database, name, beside) {
            (Some(resource), None, None) => Self::find(bindings, resource),
            (None, Some(name), Some(beside)) => {
                Ok(Self::find(bindings, beside)?.beside(None, name))
            }
            _ => Err(ActionError::Permanent(Failure::permanent(
                "input",
                format!("failed to choose the database: {CHOICE}"),
            ))),
        }
    }

    /// What is wrong with such a choice.
    pub fn choice(database: Option<&str>, name: Option<&str>, beside: Option<&str>) -> Vec<String> {
        match (database, name, beside) {
            (Some(_), None, None) | (None, Some(_), Some(_)) => Vec::new(),
            _ => vec![CHOICE.to_owned()],
        }
    }

    /// The resource that is bound to a database of a server.
    pub fn name_of<'a>(bindings: &'a Bindings, server: &str, database: &str) -> Option<&'a str> {
        let bound = bindings.iter().filter(|(_, binding)| binding.kind == KIND);
        let mut read = bound.filter_map(|(name, binding)| Some((name, Self::read(binding).ok()?)));
        let same = |one: &Self| {
            one.server.eq_ignore_ascii_case(server) && one.database.eq_ignore_ascii_case(database)
        };
        read.find(|(_, one)| same(one)).map(|(name, _)| name.as_str())
    }

    /// What it means that a step makes the database. By its own name where no resource is bound to
    /// it: whoever reads what a stopped run means must hear of it in any case.
    pub fn made(&self, bindings: &Bindings) -> Vec<Effect> {
        let name = match Self::name_of(bindings, &self.server, &self.database) {
            Some(bound) => bound.to_owned(),
            // A resource of that name is something else.
            None if bindings.contains_key(&self.database) => self.label(),
            None => self.database.clone(),
        };
        let effect = |field: &str| Effect {
            resource: name.clone(),
            field: field.to_owned(),
            value: json!(true),
        };
        vec![effect("exists"), effect("online")]
    }

    /// The same place with another server or database.
    #[must_use]
    pub fn beside(&self, server: Option<&str>, database: &str) -> Self {
        Self {
            server: server.unwrap_or(&self.server).to_owned(),
            database: database.to_owned(),
            ..self.clone()
        }
    }

    /// The id of the server.
    fn server_id(&self, arm: &Arm) -> Outcome<String> {
        let subscription = self.subscription.as_ref().unwrap_or(&arm.subscription);
        let group = self.resource_group.as_ref().or(arm.resource_group.as_ref());
        let Some(group) = group else {
            return Err(ActionError::Permanent(Failure::permanent(
                "binding",
                format!(
                    "failed to address the server `{}`: no resource group; add `resource_group` to \
                     its binding",
                    self.server
                ),
            )));
        };
        Ok(format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Sql/servers/{}",
            segment(subscription),
            segment(group),
            segment(&self.server),
        ))
    }

    /// The id of the database.
    pub fn id(&self, arm: &Arm) -> Outcome<String> {
        Ok(format!("{}/databases/{}", self.server_id(arm)?, segment(&self.database)))
    }

    /// The address of the server.
    pub fn server_target(&self, arm: &Arm) -> Outcome<Target> {
        Ok(Target { path: self.server_id(arm)?, version: arm.versions.sql.clone() })
    }

    /// The address of the database, or of something below it such as `/operations`.
    pub fn target(&self, arm: &Arm, below: &str) -> Outcome<Target> {
        Ok(Target { path: format!("{}{below}", self.id(arm)?), version: arm.versions.sql.clone() })
    }

    /// `server/database`, for sentences.
    pub fn label(&self) -> String {
        format!("{}/{}", self.server, self.database)
    }
}
