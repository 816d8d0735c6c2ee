//! Every action through the kit: against the simulator, or against real processes.

use crate::support::context::{Known, Parts};
use crate::support::sim::{Sim, SimSubject};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_executors::{Deps, registry};
use windlass_model::{Environment, Millis};
use windlass_ports::{Action, BoxFuture, Context, Secrets};
use windlass_testkit::action_conformance;
use windlass_testkit::action_kit::Subject;

async fn subject(kind: &'static str, input: Value) -> SimSubject {
    SimSubject { sim: Sim::start().await, kind, input, asks_service: true }
}

async fn stopped(kind: &'static str, input: Value) -> SimSubject {
    let subject = subject(kind, input).await;
    let stop = json!({"change": "running", "site": "qa4", "running": false});
    subject.sim.control(Method::POST, "/world", Some(stop)).await;
    subject
}

action_conformance!(stop, subject("azure.app_service.stop", json!({"app": "qa4"})));
action_conformance!(start, stopped("azure.app_service.start", json!({"app": "qa4"})));
action_conformance!(
    set_connection_string,
    subject(
        "azure.app_service.set_connection_string",
        json!({"app": "qa4", "name": "Default", "database": "dispatcherqa4prod7"})
    )
);
action_conformance!(
    add_connection_string,
    subject(
        "azure.app_service.set_connection_string",
        json!({"app": "qa4", "name": "New", "value": {"$secret": "whole_string"}})
    )
);
action_conformance!(
    set_app_settings,
    subject(
        "azure.app_service.set_app_settings",
        json!({"app": "qa4", "settings": {
            "Feature__LeaseHaulers": false, "New": 7, "Secret": {"$secret": "setting"},
        }})
    )
);
action_conformance!(
    copy_database,
    subject("azure.sql.copy_database", json!({"from": "backup", "to": "dispatcherqa4prod7"}))
);
action_conformance!(
    delete_database,
    subject("azure.sql.delete_database", json!({"database": "backup"}))
);
action_conformance!(
    delete_database_by_name,
    subject("azure.sql.delete_database", json!({"name": "qa4-old-version", "beside": "old"}))
);
action_conformance!(
    find_latest,
    subject("azure_devops.build.find_latest", json!({"branch": "prod"}))
);
action_conformance!(
    deploy_release,
    subject("azure_devops.release.deploy", json!({"release": 101, "stage": "qa4"}))
);
action_conformance!(
    deploy_branch,
    subject("azure_devops.release.deploy", json!({"branch": "prod", "stage": "qa4"}))
);

async fn check_health() -> SimSubject {
    let input = json!({"app": "qa4", "expect": {"json": {"status": "healthy"}}});
    SimSubject { asks_service: false, ..subject("http.check", input).await }
}

async fn watch_health() -> SimSubject {
    let input = json!({"app": "qa4", "for": "1m"});
    SimSubject { asks_service: false, ..subject("http.watch", input).await }
}

action_conformance!(http_check, check_health());
action_conformance!(http_watch, watch_health());

/// A script that appends to a file: each run is one line more.
struct Script {
    parts: Parts,
    folder: tempfile::TempDir,
}

impl Script {
    async fn new() -> Self {
        let parts = Parts::new(Default::default(), Known::of(&[]));
        Self { parts, folder: tempfile::tempdir().unwrap() }
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("file")).unwrap_or_default()
    }
}

impl Subject for Script {
    fn action(&self) -> Arc<dyn Action> {
        let deps = Deps {
            clock: self.parts.clock(),
            secrets: Arc::clone(&self.parts.secrets) as Arc<dyn Secrets>,
            state_dir: self.folder.path().to_owned(),
            http: None,
        };
        Arc::clone(registry(&Environment::default(), deps).unwrap().action("shell").unwrap())
    }

    fn cut_off(&self) -> Option<Arc<dyn Action>> {
        None
    }

    fn context(&self) -> Context {
        self.parts.context()
    }

    fn input(&self) -> Value {
        let dir = self.folder.path().to_str().unwrap();
        json!({"run": "grep -q x file || echo x >>file", "dir": dir})
    }

    fn observe(&self) -> BoxFuture<'_, Value> {
        Box::pin(async { json!(self.text()) })
    }

    fn changes(&self) -> BoxFuture<'_, usize> {
        Box::pin(async { self.text().lines().count() })
    }

    fn pass(&self, span: Millis) -> BoxFuture<'_, ()> {
        self.parts.clock.advance(span);
        Box::pin(async {})
    }
}

action_conformance!(shell, Script::new());
