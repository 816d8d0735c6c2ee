//! A logical server as an environment file binds it, and S14: the server as it is. It must not
//! change it.

use super::binding::DatabaseBinding;
use crate::azure::arm::{Arm, Target};
use crate::azure::bound;
use crate::http::{Aim, refused};
use crate::schema;
use serde::{Deserialize, Serialize};
use windlass_model::{Binding, Value};
use windlass_ports::Outcome;
use windlass_ports::action::Bindings;

/// The resource type.
pub const KIND: &str = "azure.sql_server";

/// By which of three ways the services of Azure get to the databases of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessBy {
    /// A rule of the server's firewall from 0.0.0.0 to 0.0.0.0.
    ServerRule,
    /// A rule inside a database, which only T-SQL sees.
    DatabaseRule,
    /// The server's public address as a whole.
    PublicAccess,
}

/// A server's binding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerBinding {
    /// The subscription; the section's where absent.
    pub subscription: Option<String>,
    /// The resource group; the section's where absent.
    pub resource_group: Option<String>,
    /// The server.
    pub server: String,
    /// How Azure gets in: only the owners know.
    pub azure_access: Option<AccessBy>,
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
            (
                "azure_access",
                schema::one_of(
                    &["server_rule", "database_rule", "public_access"],
                    "by what Azure's services get in: ask the owners; `set_azure_access` needs it",
                ),
            ),
        ],
        &["server"],
    )
}

impl ServerBinding {
    /// Reads a binding.
    pub fn read(binding: &Binding) -> Result<Self, String> {
        bound::read(binding)
    }

    /// The binding of a resource's name.
    pub fn find(bindings: &Bindings, name: &str) -> Outcome<Self> {
        bound::find(bindings, name, KIND, "server")
    }

    /// A database of it.
    pub fn database(&self, name: &str) -> DatabaseBinding {
        DatabaseBinding {
            subscription: self.subscription.clone(),
            resource_group: self.resource_group.clone(),
            server: self.server.clone(),
            database: name.to_owned(),
        }
    }

    /// The address of the server, or of something below it such as `/firewallRules`.
    pub fn target(&self, arm: &Arm, below: &str) -> Outcome<Target> {
        let server = self.database("").server_target(arm)?;
        Ok(Target { path: format!("{}{below}", server.path), ..server })
    }
}

/// What is read of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Where it is.
    pub location: String,
    /// The administrator's name.
    pub admin_login: String,
    /// `Enabled` or `Disabled`.
    pub public_access: String,
    /// When one looked, as the service says.
    pub date: Option<String>,
}

/// Reads a server; one that is not there is an error.
pub async fn look(arm: &Arm, place: &ServerBinding) -> Outcome<Server> {
    let what = format!("read the server {}", place.server);
    let reply = arm.get(&what, &place.target(arm, "")?).await?;
    if reply.status == 404 {
        return Err(refused(Aim::Read, &what, &reply));
    }
    let body = reply.json().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(Server {
        location: text(&body["location"]),
        admin_login: text(&body["properties"]["administratorLogin"]),
        public_access: text(&body["properties"]["publicNetworkAccess"]),
        date: reply.date().map(str::to_owned),
    })
}
