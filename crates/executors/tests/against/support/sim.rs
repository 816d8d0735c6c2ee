//! The simulator in this process, with the executors that speak to it and a clock that both follow.

use super::context::{Known, Parts, bindings, start};
use super::contract::Judge;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_azure_sim::{Config, Fault, ForeignChange, Running, WorldSeed, serve};
use windlass_executors::{Deps, HttpClient, registry};
use windlass_model::{Environment, Millis};
use windlass_ports::{Action, BoxFuture, Context, Registry, Secrets};
use windlass_testkit::action_kit::Subject;

/// The simulator and what it takes to speak to it.
pub struct Sim {
    /// Dropping it stops it.
    _running: Running,
    pub url: String,
    /// The address that the environment names.
    services: String,
    pub parts: Parts,
    pub judge: Arc<Judge>,
    client: HttpClient,
    controls: reqwest::Client,
    state: tempfile::TempDir,
}

/// An environment whose services answer at an address.
pub fn environment(url: &str) -> Environment {
    let providers = [
        (
            "azure",
            json!({
                "endpoint": url, "login_endpoint": url,
                "subscription": "a1b2c3d4-0000-4000-8000-000000000002",
                "resource_group": "rg-qa",
                "credential": {"kind": "static_token", "token": "azure_token"},
            }),
        ),
        (
            "azure_devops",
            json!({
                "endpoint": url, "release_endpoint": url, "login_endpoint": url,
                "organization": "dispatcher", "project": "Dispatcher",
                "build_definition": 12, "release_definition": 7,
                "credential": {"kind": "pat", "token": "devops_pat"},
            }),
        ),
    ];
    let providers = providers.into_iter().map(|(key, value)| (key.to_owned(), value));
    Environment { name: "test".into(), providers: providers.collect(), ..Environment::default() }
}

impl Sim {
    /// The world of the hotfix, with a clock that stands still until it is moved.
    pub async fn start() -> Self {
        Self::of(WorldSeed::hotfix()).await
    }

    /// Another world.
    pub async fn of(seed: WorldSeed) -> Self {
        let clock_start = Some(start().to_string().parse().unwrap());
        let config = Config { time_scale: 0.0, clock_start, seed, ..Config::default() };
        let running = serve(config).await.unwrap();
        let url = running.url();
        let app = |site: &str| {
            json!({
                "site": site, "connection_string": "Default", "stage": site,
                "health_url": format!("{url}/apps/{site}"),
            })
        };
        let bindings = bindings(&[
            ("qa4", "azure.app_service", app("qa4")),
            ("qa4rnapi", "azure.app_service", app("qa4rnapi")),
            (
                "backup",
                "azure.sql_database",
                json!({"server": "sql-qa", "database": "qa4-old-version"}),
            ),
            ("old", "azure.sql_database", json!({"server": "sql-qa", "database": "dispatcherqa4"})),
        ]);
        let secrets = Known::of(&[
            ("azure_token", "rehearsal-token"),
            ("devops_pat", "rehearsal-pat"),
            (
                "whole_string",
                "Server=tcp:sql-qa.database.windows.net;Database=other;Password=CANARY-own",
            ),
            ("setting", "CANARY-setting"),
        ]);
        let (client, judge) = Judge::client();
        let parts = Parts::new(bindings, secrets);
        let state = tempfile::tempdir().unwrap();
        let controls = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            _running: running,
            services: url.clone(),
            url,
            parts,
            judge,
            client,
            controls,
            state,
        }
    }

    /// The same, called by a name.
    pub fn named(mut self, host: &str) -> Self {
        let address = self.url.strip_prefix("http://").unwrap().parse().unwrap();
        self.client = HttpClient::knowing(host, address).unwrap();
        self.services = format!("http://{host}");
        self
    }

    /// The same, called through another door.
    pub fn through(mut self, url: &str) -> Self {
        self.services = url.to_owned();
        self
    }

    fn deps(&self) -> Deps {
        Deps {
            clock: self.parts.clock(),
            secrets: Arc::clone(&self.parts.secrets) as Arc<dyn Secrets>,
            state_dir: self.state.path().to_owned(),
            http: Some(self.client.clone()),
        }
    }

    /// A file of this test.
    pub fn file(&self, name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path = self.state.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The environment that its executors have.
    pub fn environment(&self) -> Environment {
        environment(&self.services)
    }

    /// The executors, as a new process would make them.
    pub fn registry(&self) -> Registry {
        self.registry_of(&self.environment())
    }

    /// Those of another environment.
    pub fn registry_of(&self, environment: &Environment) -> Registry {
        registry(environment, self.deps()).unwrap()
    }

    /// An action, as a new process would make it.
    pub fn action(&self, kind: &str) -> Arc<dyn Action> {
        Arc::clone(self.registry().action(kind).unwrap())
    }

    /// The same where nobody listens.
    pub fn cut_off(&self, kind: &str) -> Arc<dyn Action> {
        // Port 1 of the loopback is nobody's.
        let nowhere = environment("http://127.0.0.1:1");
        Arc::clone(registry(&nowhere, self.deps()).unwrap().action(kind).unwrap())
    }

    /// One of the simulator's own verbs.
    pub async fn control(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}/_sim{path}", self.url);
        let mut request = self.controls.request(method, url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
        answer.json().await.unwrap_or_default()
    }

    /// Lets time pass, there and here.
    pub async fn pass(&self, span: Millis) {
        let seconds = span as f64 / 1000.0;
        let body = json!({"advance_seconds": seconds});
        self.control(Method::POST, "/clock", Some(body)).await;
        self.parts.clock.advance(span);
    }

    /// Lets something go wrong.
    pub async fn arm(&self, fault: Fault) {
        self.control(Method::POST, "/faults", Some(json!(fault))).await;
    }

    /// Somebody else does something.
    pub async fn somebody(&self, does: ForeignChange) {
        self.control(Method::POST, "/world", Some(json!(does))).await;
    }

    /// The lines of the ledger with an effect.
    pub async fn ledger(&self, effect: &str) -> Vec<Value> {
        let ledger = self.control(Method::GET, "/ledger", None).await;
        let lines = ledger.as_array().unwrap().iter();
        lines.filter(|line| effect.is_empty() || line["effect"] == effect).cloned().collect()
    }

    /// The world, without what moves by itself.
    pub async fn world(&self) -> Value {
        let world = self.control(Method::GET, "/world", None).await;
        let rows = |value: &Value, keys: &[&str]| -> Value {
            let rows = value.as_array().unwrap().iter().map(|row| {
                let kept = keys.iter().map(|key| ((*key).to_owned(), row[*key].clone()));
                Value::Object(kept.collect())
            });
            rows.collect()
        };
        let sites = world["sites"].as_array().unwrap().iter().map(|site| {
            let app = |app: &Value| {
                json!({
                    "running": app["running"], "deployed": app["deployed"],
                    "content": app["content"],
                    "strings": app["connection_strings"], "settings": app["app_settings"],
                })
            };
            let slots = site["slots"]
                .as_array()
                .unwrap()
                .iter()
                .map(|slot| json!({"name": slot["name"], "app": app(&slot["app"])}));
            json!({
                "name": site["name"], "app": app(&site["app"]), "sticky": site["sticky"],
                "traffic": site["ramp_up"], "slots": slots.collect::<Vec<_>>(),
            })
        });
        let databases = &world["servers"][0]["databases"];
        json!({
            "sites": sites.collect::<Vec<_>>(),
            "databases": rows(databases, &["name", "database_id", "status"]),
        })
    }
}

/// An action of the simulator's world for the kit.
pub struct SimSubject {
    pub sim: Sim,
    pub kind: &'static str,
    pub input: Value,
    /// Whether a service that is cut off is an error at once.
    pub asks_service: bool,
}

impl Subject for SimSubject {
    fn action(&self) -> Arc<dyn Action> {
        self.sim.action(self.kind)
    }

    fn cut_off(&self) -> Option<Arc<dyn Action>> {
        self.asks_service.then(|| self.sim.cut_off(self.kind))
    }

    fn context(&self) -> Context {
        self.sim.parts.context()
    }

    fn input(&self) -> Value {
        self.input.clone()
    }

    fn observe(&self) -> BoxFuture<'_, Value> {
        Box::pin(self.sim.world())
    }

    fn changes(&self) -> BoxFuture<'_, usize> {
        Box::pin(async { self.sim.ledger("").await.len() })
    }

    fn pass(&self, span: Millis) -> BoxFuture<'_, ()> {
        Box::pin(self.sim.pass(span))
    }
}
