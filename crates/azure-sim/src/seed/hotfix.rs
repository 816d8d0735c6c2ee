//! The world of the rehearsals: `qa4` and `qa4rnapi` run the last build of `main` on
//! `dispatcherqa4`, a build of `prod` waits, and the old version's backup is a database; production
//! stands beside. It must not know who rehearses.

use super::document::{
    BuildSeed, DatabaseSeed, DevOpsSeed, ReleaseSeed, ServerSeed, SiteSeed, WorldSeed,
};
use super::production;
use crate::timing::Timing;
use crate::world::{
    AppAddress, BuildDefinition, ConnectionString, Fit, Identity, ReleaseDefinition, Sku, Stage,
};
use indexmap::IndexMap;

/// How long a copy of the quality assurance database takes: an hour, as the team sees it.
const COPY_S: f64 = 3600.0;

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
            servers: vec![
                ServerSeed {
                    name: "sql-qa".into(),
                    group: "rg-qa".into(),
                    location: "westeurope".into(),
                    admin_login: "qaadmin".into(),
                    databases: vec![
                        database("dispatcherqa4", 24 * 90),
                        DatabaseSeed {
                            fit: Fit { refuses_branch: Some("main".into()), ..Fit::default() },
                            ..database("qa4-old-version", 24 * 12)
                        },
                    ],
                },
                production::server(),
            ],
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

fn database(name: &str, hours_ago: i64) -> DatabaseSeed {
    DatabaseSeed {
        name: name.into(),
        sku: Sku::default(),
        copy_s: Some(COPY_S),
        hours_ago,
        fit: Fit::default(),
    }
}

fn devops() -> DevOpsSeed {
    DevOpsSeed {
        organization: "dispatcher".into(),
        project: "Dispatcher".into(),
        build_definitions: vec![BuildDefinition { id: 12, name: "Dispatcher-CI".into() }],
        builds: builds(),
        release_definitions: vec![ReleaseDefinition {
            id: 7,
            name: "Dispatcher-QA".into(),
            revision: 58,
            alias: "_Dispatcher-CI".into(),
            build_definition: 12,
            stages: vec![stage(31, "qa4"), stage(32, "qa4rnapi")],
            triggers: Vec::new(),
        }],
        triggers: Vec::new(),
        releases: vec![
            release(101, 4118, 70, &["qa4", "qa4rnapi"]),
            release(102, 4121, 5, &["qa4", "qa4rnapi"]),
        ],
    }
}

/// The last build of `prod` that is any good is 7.1.214.3: the next one failed.
fn builds() -> Vec<BuildSeed> {
    let build = |id, number: &str, branch: &str, result: Option<&str>, hours_ago| BuildSeed {
        id,
        definition: 12,
        number: number.into(),
        branch: branch.into(),
        result: result.map(str::to_owned),
        hours_ago,
    };
    vec![
        build(4102, "7.1.214.1", "prod", Some("succeeded"), 300),
        build(4116, "7.1.214.2", "prod", Some("succeeded"), 96),
        build(4118, "7.2.0.40", "main", Some("succeeded"), 72),
        build(4119, "7.1.214.3", "prod", Some("succeeded"), 26),
        build(4120, "7.1.214.4", "prod", Some("failed"), 20),
        build(4121, "7.2.0.41", "main", Some("succeeded"), 6),
        build(4122, "7.2.0.42", "main", None, 0),
    ]
}

fn stage(id: u64, site: &str) -> Stage {
    let address = AppAddress { site: site.into(), slot: None };
    Stage { id, name: site.into(), automatic: false, deploys_to: vec![address] }
}

fn release(id: u64, build: u64, hours_ago: i64, deployed_to: &[&str]) -> ReleaseSeed {
    ReleaseSeed {
        id,
        definition: 7,
        build,
        description: None,
        hours_ago,
        deployed_to: deployed_to.iter().map(|stage| (*stage).to_owned()).collect(),
    }
}
