//! The section `azure` of an environment file. It must not know any action.

use super::credential::{Credential, LOGIN_ENDPOINT, credential_schema};
use crate::schema;
use serde::Deserialize;
use windlass_model::catalog::ProviderSpec;

/// The section's key.
pub const KEY: &str = "azure";

/// The kinds of credential that Azure takes.
pub const CREDENTIALS: [&str; 5] =
    ["client_secret", "workload_identity", "managed_identity", "az_cli", "static_token"];

/// Azure itself.
const ENDPOINT: &str = "https://management.azure.com";

/// The newest stable versions whose descriptions could be read as a whole; see the contract's
/// table.
const WEB_VERSION: &str = "2023-12-01";
const SQL_VERSION: &str = "2021-11-01";
const STORAGE_VERSION: &str = "2023-05-01";

fn endpoint() -> String {
    ENDPOINT.to_owned()
}

fn login_endpoint() -> String {
    LOGIN_ENDPOINT.to_owned()
}

/// The section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AzureSettings {
    /// Where Azure Resource Manager answers.
    #[serde(default = "endpoint")]
    pub endpoint: String,
    /// Where Entra gives tokens.
    #[serde(default = "login_endpoint")]
    pub login_endpoint: String,
    /// The subscription of resources that name none.
    pub subscription: String,
    /// The resource group of resources that name none.
    pub resource_group: Option<String>,
    /// Where new things are made when their source does not say.
    pub location: Option<String>,
    /// Who we are.
    pub credential: Credential,
    /// Where the files of storage accounts are, with `{account}` in place of the account.
    pub blob_endpoint: Option<String>,
    /// Where deployment hosts answer, with `{host}` in place of the host.
    pub deployment_endpoint: Option<String>,
    /// Other versions of the interface.
    #[serde(default)]
    pub api_versions: ApiVersions,
}

/// Versions of the interface.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApiVersions {
    /// App Service.
    pub web: String,
    /// SQL.
    pub sql: String,
    /// Storage accounts.
    pub storage: String,
}

impl Default for ApiVersions {
    fn default() -> Self {
        Self {
            web: WEB_VERSION.to_owned(),
            sql: SQL_VERSION.to_owned(),
            storage: STORAGE_VERSION.to_owned(),
        }
    }
}

/// What the section looks like.
pub fn provider_spec() -> ProviderSpec {
    let versions = schema::object(
        [
            ("web", schema::with_default(schema::text("App Service"), WEB_VERSION)),
            ("sql", schema::with_default(schema::text("SQL"), SQL_VERSION)),
            ("storage", schema::with_default(schema::text("storage accounts"), STORAGE_VERSION)),
        ],
        &[],
    );
    ProviderSpec {
        key: KEY.to_owned(),
        summary: "Azure: App Service, SQL databases and storage.".to_owned(),
        settings: schema::object(
            [
                ("endpoint", schema::with_default(schema::text("the Resource Manager"), ENDPOINT)),
                ("login_endpoint", schema::with_default(schema::text("Entra"), LOGIN_ENDPOINT)),
                ("subscription", schema::text("the subscription's id: portal, Subscriptions")),
                ("resource_group", schema::text("the group of resources that name none")),
                ("location", schema::text("where new things are made, such as westeurope")),
                (
                    "blob_endpoint",
                    schema::text(
                        "where the files of storage accounts are, with {account} for the account; \
                         https://{account}.blob.core.windows.net where absent",
                    ),
                ),
                (
                    "deployment_endpoint",
                    schema::text(
                        "where the deployment hosts of apps answer, with {host} for the host as \
                         Azure names it; https://{host} where absent",
                    ),
                ),
                ("credential", credential_schema(&CREDENTIALS)),
                ("api_versions", versions),
            ],
            &["subscription", "credential"],
        ),
    }
}
