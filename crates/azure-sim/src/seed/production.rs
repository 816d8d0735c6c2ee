//! Production beside the quality assurance stages: three apps on one database, and a staging slot
//! of the first. It must not know builds, releases and databases.

use super::document::{SiteSeed, SlotSeed};
use crate::world::ConnectionString;
use indexmap::IndexMap;

/// The resource group of production.
pub(super) const GROUP: &str = "rg-prod";

/// The three apps.
pub(super) fn sites() -> Vec<SiteSeed> {
    let staging = SlotSeed {
        name: "staging".into(),
        running: true,
        connection_strings: connection_strings("prod2"),
        app_settings: app_settings("prod2", "Staging"),
    };
    let prod2 = SiteSeed { slots: vec![staging], ..site("prod2") };
    vec![prod2, site("prod2rnapi"), site("prod2pwaapi")]
}

fn site(name: &str) -> SiteSeed {
    SiteSeed {
        name: name.into(),
        group: GROUP.into(),
        location: "East US".into(),
        plan: "asp-prod".into(),
        running: true,
        database_connection: "Default".into(),
        only_through_azure: false,
        connection_strings: connection_strings(name),
        app_settings: app_settings(name, "Production"),
        sticky_connection_strings: Some(vec!["Default".into()]),
        sticky_app_settings: Some(vec!["ASPNETCORE_ENVIRONMENT".into()]),
        slots: Vec::new(),
    }
}

fn connection_strings(site: &str) -> IndexMap<String, ConnectionString> {
    let value = format!(
        "Server=tcp:sql-prod.database.windows.net,1433;Initial Catalog=DispatcherProd2;\
         Persist Security Info=False;User ID={site}-app;Password={{canary}}-{site}-prod;\
         MultipleActiveResultSets=True;Encrypt=True;Connection Timeout=30;"
    );
    IndexMap::from([("Default".into(), ConnectionString { value, kind: "SQLAzure".into() })])
}

fn app_settings(site: &str, environment: &str) -> IndexMap<String, String> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    IndexMap::from([
        pair("ASPNETCORE_ENVIRONMENT", environment),
        pair("WEBSITE_RUN_FROM_PACKAGE", "1"),
        pair("App__ServerRootAddress", &format!("https://{site}.example.com/")),
        pair("Smtp__Password", &format!("{{canary}}-{site}-smtp")),
    ])
}
