//! The databases of the rehearsal's world: quality assurance with its backups and copies of earlier
//! sprints, production beside it, and the storage that takes backups. It must not know the apps.

use super::document::{DatabaseSeed, ServerSeed};
use crate::world::{Container, FirewallRule, Fit, Sku, StorageAccount};

/// How long a copy of the quality assurance database takes: an hour, as the team sees it.
const QA_COPY_S: f64 = 3600.0;

/// How long a copy of the production database takes: half an hour, with the apps stopped.
const PROD_COPY_S: f64 = 1800.0;

/// The version whose builds migrate the production database when they start.
const MIGRATING: &str = "7.2.0";

/// The servers: that of quality assurance first.
pub fn servers() -> Vec<ServerSeed> {
    vec![
        ServerSeed {
            name: "sql-qa".into(),
            group: "rg-qa".into(),
            location: "westeurope".into(),
            admin_login: "qaadmin".into(),
            admin_password: "{canary}-sql-qa-admin".into(),
            firewall_rules: rules(),
            databases: vec![
                database("dispatcherqa4", 24 * 90),
                DatabaseSeed {
                    fit: Fit { refuses_branch: Some("main".into()), ..Fit::default() },
                    ..database("qa4-old-version", 24 * 12)
                },
                database("dispatcherqa4sprint41", 24 * 14),
            ],
        },
        ServerSeed {
            name: "sql-prod".into(),
            group: "rg-prod".into(),
            location: "eastus".into(),
            admin_login: "prodadmin".into(),
            admin_password: "{canary}-sql-prod-admin".into(),
            firewall_rules: rules(),
            databases: vec![DatabaseSeed {
                copy_s: Some(PROD_COPY_S),
                fit: Fit { migrated_from: Some(MIGRATING.into()), ..Fit::default() },
                ..database("DispatcherProd2", 24 * 300)
            }],
        },
    ]
}

/// Azure is let in, and so is an office.
fn rules() -> Vec<FirewallRule> {
    let rule = |name: &str, start: &str, end: &str| FirewallRule {
        name: name.into(),
        start: start.into(),
        end: end.into(),
    };
    vec![
        rule("AllowAllWindowsAzureIps", "0.0.0.0", "0.0.0.0"),
        rule("office", "203.0.113.7", "203.0.113.7"),
    ]
}

fn database(name: &str, hours_ago: i64) -> DatabaseSeed {
    DatabaseSeed {
        name: name.into(),
        sku: Sku::default(),
        copy_s: Some(QA_COPY_S),
        hours_ago,
        fit: Fit::default(),
    }
}

/// The account that takes bacpacs.
pub fn storage() -> Vec<StorageAccount> {
    vec![StorageAccount {
        group: "rg-prod".into(),
        name: "dispatcherbackups".into(),
        keys: vec!["{canary}-storage-key-1".into(), "{canary}-storage-key-2".into()],
        sas_signature: Some("{canary}-sas".into()),
        containers: vec![Container { name: "bacpacs".into(), blobs: Vec::new() }],
    }]
}
