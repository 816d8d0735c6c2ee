//! The data side of the simulator's world: servers, databases, rules and blobs, with actions on it
//! for the kit.

use super::context::{Known, bindings};
use super::sim::{Sim, SimSubject};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::Millis;
use windlass_ports::{Action, BoxFuture, Context};
use windlass_testkit::action_kit::Subject;

/// An action on the data side.
pub struct DataSubject {
    pub inner: SimSubject,
}

/// The simulator with the data side bound: production's server by each of the ways in.
pub async fn data_sim() -> Sim {
    let mut sim = Sim::start().await;
    let server = |way: &str| {
        let mut bound = json!({"resource_group": "rg-prod", "server": "sql-prod"});
        if !way.is_empty() {
            bound["azure_access"] = json!(way);
        }
        bound
    };
    let database = |server: &str, group: &str, name: &str| {
        json!({
            "resource_group": group, "server": server, "database": name,
        })
    };
    let more = bindings(&[
        ("prod_sql", "azure.sql_server", server("server_rule")),
        ("prod_sql_public", "azure.sql_server", server("public_access")),
        ("prod_sql_inner", "azure.sql_server", server("database_rule")),
        ("prod_sql_unasked", "azure.sql_server", server("")),
        ("prod_db", "azure.sql_database", database("sql-prod", "rg-prod", "DispatcherProd2")),
        ("prod_old", "azure.sql_database", database("sql-prod", "rg-prod", "DispatcherProd2old")),
        ("sprint41", "azure.sql_database", database("sql-qa", "rg-qa", "dispatcherqa4sprint41")),
        (
            "backups",
            "azure.storage_container",
            json!({
                "resource_group": "rg-prod", "account": "dispatcherbackups",
                "container": "bacpacs",
            }),
        ),
        (
            "signed_backups",
            "azure.storage_container",
            json!({"account": "dispatcherbackups", "container": "bacpacs", "sas": "backups_sas"}),
        ),
        (
            "first_backup",
            "azure.storage_blob",
            json!({"account": "dispatcherbackups", "container": "bacpacs", "blob": "old.bacpac"}),
        ),
    ]);
    sim.parts.bindings.extend(more);
    let mut secrets = sim.parts.secrets.0.clone();
    let known = [
        ("sql_admin", "CANARY-7f3a9-sql-prod-admin"),
        ("wrong_admin", "CANARY-wrong"),
        ("backups_sas", "?sv=2021-12-02&sr=c&sp=rcwd&sig=CANARY-7f3a9-sas"),
    ];
    secrets.extend(known.map(|(name, value)| (name.to_owned(), value.to_owned())));
    sim.parts.secrets = Arc::new(Known(secrets));
    sim
}

/// An action on the data side, with an input.
pub async fn subject(kind: &'static str, input: Value) -> DataSubject {
    let sim = data_sim().await;
    DataSubject { inner: SimSubject { sim, kind, input, asks_service: true } }
}

impl DataSubject {
    pub fn sim(&self) -> &Sim {
        &self.inner.sim
    }

    /// A database of a server, as the simulator knows it.
    pub async fn database(&self, server: &str, name: &str) -> Value {
        let world = self.sim().control(Method::GET, "/world", None).await;
        let servers = world["servers"].as_array().unwrap();
        let held = servers.iter().find(|one| one["name"] == server).unwrap();
        let all = held["databases"].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).cloned().unwrap_or_default()
    }
}

/// The data side without what moves by itself.
async fn data(sim: &Sim) -> Value {
    let world = sim.control(Method::GET, "/world", None).await;
    let pick = |row: &Value, keys: &[&str]| -> Value {
        Value::Object(keys.iter().map(|key| ((*key).to_owned(), row[*key].clone())).collect())
    };
    let servers = world["servers"].as_array().unwrap().iter().map(|server| {
        let keys = ["name", "database_id", "status", "sku", "requested", "content_of"];
        let databases = server["databases"].as_array().unwrap().iter();
        let mut rules: Vec<String> = server["firewall_rules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rule| rule.to_string())
            .collect();
        rules.sort();
        json!({
            "databases": databases.map(|one| pick(one, &keys)).collect::<Vec<_>>(),
            "rules": rules, "public": server["public_access"],
        })
    });
    let blobs = world["storage"].as_array().unwrap().iter().flat_map(|account| {
        let containers = account["containers"].as_array().unwrap().iter();
        containers.flat_map(|container| container["blobs"].as_array().unwrap())
    });
    json!({
        "servers": servers.collect::<Vec<_>>(),
        "blobs": blobs.map(|blob| pick(blob, &["name", "etag"])).collect::<Vec<_>>(),
    })
}

impl Subject for DataSubject {
    fn action(&self) -> Arc<dyn Action> {
        self.inner.action()
    }

    fn cut_off(&self) -> Option<Arc<dyn Action>> {
        self.inner.cut_off()
    }

    fn context(&self) -> Context {
        self.inner.context()
    }

    fn input(&self) -> Value {
        self.inner.input()
    }

    fn observe(&self) -> BoxFuture<'_, Value> {
        Box::pin(data(&self.inner.sim))
    }

    fn changes(&self) -> BoxFuture<'_, usize> {
        self.inner.changes()
    }

    fn pass(&self, span: Millis) -> BoxFuture<'_, ()> {
        self.inner.pass(span)
    }
}
