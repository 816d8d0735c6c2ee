//! The world of the rehearsals: `qa4` and `qa4rnapi` run the last build of `main` on
//! `dispatcherqa4`, a build of `prod` waits, and the old version's backup is a database; production
//! stands beside. It must not know who rehearses.

use super::databases;
use super::devops::devops;
use super::document::{SiteSeed, WorldSeed};
use super::production;
use crate::timing::Timing;
use crate::world::{ConnectionString, Identity};
use indexmap::IndexMap;

impl WorldSeed {
    /// The world of the hotfix rehearsal.
    pub fn hotfix() -> Self {
        Self {
            canary: "CANARY-7f3a9".into(),
            tenant: "a1b2c3d4-0000-4000-8000-000000000001".into(),
            subscription: "a1b2c3d4-0000-4000-8000-000000000002".into(),
            groups: vec!["rg-qa".into(), production::GROUP.into()],
            timing: Timing::default(),
            identity: Identity::default(),
            sites: [vec![site("qa4"), site("qa4rnapi")], production::sites()].concat(),
            servers: databases::servers(),
            storage: databases::storage(),
            devops: devops(),
        }
    }
}

fn site(name: &str) -> SiteSeed {
    SiteSeed {
        name: name.into(),
        group: "rg-qa".into(),
        location: "West Europe".into(),
        plan: "asp-qa".into(),
        running: true,
        database_connection: "Default".into(),
        only_through_azure: false,
        connection_strings: connection_strings(name),
        app_settings: app_settings(name),
        sticky_connection_strings: Some(vec!["Default".into()]),
        sticky_app_settings: Some(vec!["ASPNETCORE_ENVIRONMENT".into()]),
        slots: Vec::new(),
    }
}

/// Three strings, of which one names the database; each carries a password.
fn connection_strings(site: &str) -> IndexMap<String, ConnectionString> {
    let sql = |catalog: &str| {
        format!(
            "Server=tcp:sql-qa.database.windows.net,1433;Initial Catalog={catalog};\
             Persist Security Info=False;User ID={site}-app;\
             Password={{canary}}-{site}-{catalog};MultipleActiveResultSets=True;Encrypt=True;\
             TrustServerCertificate=False;Connection Timeout=30;"
        )
    };
    let redis = format!(
        "{site}-cache.redis.cache.windows.net:6380,password={{canary}}-{site}-redis,ssl=True"
    );
    let string = |value: String, kind: &str| ConnectionString { value, kind: kind.into() };
    IndexMap::from([
        ("Default".into(), string(sql("dispatcherqa4"), "SQLAzure")),
        ("Audit".into(), string(sql("audit"), "SQLAzure")),
        ("Redis".into(), string(redis, "RedisCache")),
    ])
}

fn app_settings(site: &str) -> IndexMap<String, String> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    IndexMap::from([
        pair("ASPNETCORE_ENVIRONMENT", "Staging"),
        pair("WEBSITE_RUN_FROM_PACKAGE", "1"),
        pair("App__ServerRootAddress", &format!("https://{site}.example.com/")),
        pair("Smtp__Password", &format!("{{canary}}-{site}-smtp")),
        pair("Feature__LeaseHaulers", "true"),
    ])
}
