//! The section `azure_devops` of an environment file. It must not know any action.

use crate::azure::credential::{Credential, credential_schema};
use crate::schema;
use serde::Deserialize;
use serde_json::json;
use windlass_model::catalog::ProviderSpec;

/// The section's key.
pub const KEY: &str = "azure_devops";

/// The kinds of credential that Azure DevOps takes.
pub const CREDENTIALS: [&str; 7] = [
    "pat",
    "bearer",
    "static_token",
    "client_secret",
    "workload_identity",
    "managed_identity",
    "az_cli",
];

/// Where builds are.
const ENDPOINT: &str = "https://dev.azure.com";

/// Where releases are.
const RELEASE_ENDPOINT: &str = "https://vsrm.dev.azure.com";

fn endpoint() -> String {
    ENDPOINT.to_owned()
}

fn release_endpoint() -> String {
    RELEASE_ENDPOINT.to_owned()
}

fn login_endpoint() -> String {
    crate::azure::credential::LOGIN_ENDPOINT.to_owned()
}

/// A definition as a file names it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum DefinitionRef {
    /// Its number.
    Id(u64),
    /// Its name, or its number as a text.
    Name(String),
}

/// The section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DevOpsSettings {
    /// Where builds are.
    #[serde(default = "endpoint")]
    pub endpoint: String,
    /// Where releases are.
    #[serde(default = "release_endpoint")]
    pub release_endpoint: String,
    /// Where Entra gives tokens.
    #[serde(default = "login_endpoint")]
    pub login_endpoint: String,
    /// The organization.
    pub organization: String,
    /// The project.
    pub project: String,
    /// The build definition of actions that name none.
    pub build_definition: Option<DefinitionRef>,
    /// The release definition of actions and apps that name none.
    pub release_definition: Option<DefinitionRef>,
    /// The repository of actions that name none; the project's own where absent.
    pub repository: Option<String>,
    /// Who we are.
    pub credential: Credential,
}

/// What the section looks like.
pub fn provider_spec() -> ProviderSpec {
    let login = crate::azure::credential::LOGIN_ENDPOINT;
    let definition = |what: &str| {
        let mut schema = schema::text(&format!(
            "{what}: its name, or the number after `definitionId=` in its address"
        ));
        schema["type"] = json!(["integer", "string"]);
        schema
    };
    ProviderSpec {
        key: KEY.to_owned(),
        summary: "Azure DevOps: builds and classic releases.".to_owned(),
        settings: schema::object(
            [
                ("endpoint", schema::with_default(schema::text("where builds are"), ENDPOINT)),
                (
                    "release_endpoint",
                    schema::with_default(schema::text("where releases are"), RELEASE_ENDPOINT),
                ),
                ("login_endpoint", schema::with_default(schema::text("Entra"), login)),
                ("organization", schema::text("the organization: dev.azure.com/ORGANIZATION")),
                ("project", schema::text("the project")),
                ("build_definition", definition("the build definition")),
                ("release_definition", definition("the release definition")),
                ("repository", schema::text("the repository; the project's own where absent")),
                ("credential", credential_schema(&CREDENTIALS)),
            ],
            &["organization", "project", "credential"],
        ),
    }
}
