//! Services whose every answer takes ten seconds: each family that speaks HTTP has the patience to
//! come to its end, and sends no change a second time.

use crate::support::data::data_sim;
use crate::support::sim::SimSubject;
use crate::support::slots;
use crate::support::slow_door::{LATE_MS, SlowDoor};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{Cursor, Write as _};
use std::sync::Arc;
use windlass_azure_sim::ForeignChange;
use windlass_ports::Probed;
use windlass_testkit::action_kit::{Subject as _, Trial};

/// An action with its input.
type One = (&'static str, fn() -> Value);

const APP_SERVICE: [One; 8] = [
    ("azure.app_service.stop", || json!({"app": "qa4"})),
    ("azure.app_service.restart", || json!({"app": "qa4"})),
    ("azure.app_service.set_app_settings", || json!({"app": "qa4", "settings": {"New": 7}})),
    ("azure.app_service.create_slot", || json!({"app": "new"})),
    ("azure.app_service.set_traffic", || json!({"app": "canary", "percent": 15})),
    ("azure.app_service.prepare_swap", || json!({"app": "canary"})),
    ("azure.app_service.swap_slots", || json!({"app": "canary"})),
    ("azure.app_service.deploy_zip", || json!({"app": "canary", "package": "app.zip"})),
];

const DATA: [One; 5] = [
    ("azure.sql.copy_database", || json!({"from": "backup", "to": "dispatcherqa4prod7"})),
    ("azure.sql.delete_database", || json!({"database": "backup"})),
    ("azure.sql.rename_database", || json!({"database": "backup", "to": "renamed"})),
    ("azure.sql.export_bacpac", || {
        json!({
            "database": "prod_db", "container": "backups", "file": "new.bacpac",
            "password": "sql_admin",
        })
    }),
    ("azure.storage.delete_blob", || json!({"blob": "first_backup"})),
];

const DEVOPS: [One; 7] = [
    ("azure_devops.build.tag", || json!({"build": 4119, "tag": "tested"})),
    (
        "azure_devops.build.set_variables",
        || json!({"variables": {"NextBuildVersion": {"increment": "minor"}}}),
    ),
    ("azure_devops.build.queue", || json!({"branch": "prod", "id_variable": "WindlassRequest"})),
    ("azure_devops.git.create_branch", || json!({"name": "fix/hosts", "from": "prod"})),
    (
        "azure_devops.release.create",
        || json!({"build": {"id": 4119}, "definition": "Dispatcher-Prod"}),
    ),
    ("azure_devops.release.deploy", || json!({"release": 101, "stage": "qa4"})),
    (
        "azure_devops.pipeline.run",
        || json!({"pipeline": 12, "branch": "prod", "id_variable": "WindlassRequest"}),
    ),
];

const ANYBODY: [One; 4] = [
    ("http.request", || json!({"secret_url": {"$secret": "hook"}, "method": "POST"})),
    ("notify.slack", || json!({"webhook": "hook", "text": "live"})),
    ("notify.teams", || json!({"webhook": "hook", "text": "live"})),
    ("notify.webhook", || json!({"webhook": "hook", "text": "live"})),
];

fn package() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("build.json", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(br#"{"version": "9.9.9"}"#).unwrap();
    zip.finish().unwrap().into_inner()
}

/// An action whose services are behind a slow door.
async fn behind((kind, input): One) -> (SimSubject, SlowDoor) {
    let is_data = DATA.iter().any(|(known, _)| *known == kind);
    let mut sim = if is_data { data_sim().await } else { slots::sim().await };
    if is_data {
        let [account, container, name, text] =
            ["dispatcherbackups", "bacpacs", "old.bacpac", "some text"].map(str::to_owned);
        sim.somebody(ForeignChange::Blob { account, container, name, text }).await;
    }
    let door = SlowDoor::before(&sim).await;
    let mut secrets = sim.parts.secrets.0.clone();
    secrets.insert("hook".to_owned(), format!("{}/apps/qa4/hook", door.url));
    sim.parts.secrets = Arc::new(crate::support::context::Known(secrets));
    for bound in sim.parts.bindings.values_mut() {
        if let Some(Value::String(health)) = bound.settings.get_mut("health_url") {
            *health = health.replace(&sim.url, &door.url);
        }
    }
    let mut input = input();
    if input["package"].is_string() {
        input["package"] = json!(sim.file("app.zip", &package()));
    }
    let sim = sim.through(&door.url);
    (SimSubject { sim, kind, input, asks_service: true }, door)
}

/// It comes to its end, and each change that it sends is sent once.
async fn is_patient(one: One) {
    let (subject, door) = behind(one).await;
    let began = subject.context().clock.now();
    let trial = Trial::prepare(&subject).await;
    trial.finish().await;
    let (seen, writes) = (door.seen(), door.writes());
    let different: BTreeSet<&String> = writes.iter().collect();
    assert!(!writes.is_empty() && different.len() == writes.len(), "{}: {seen:#?}", subject.kind);
    let took = subject.context().clock.now().since(began);
    assert!(took >= LATE_MS * seen.len() as u64, "{}: {took} ms", subject.kind);
}

#[tokio::test]
async fn app_service_is_waited_for() {
    for one in APP_SERVICE {
        is_patient(one).await;
    }
}

#[tokio::test]
async fn databases_and_files_are_waited_for() {
    for one in DATA {
        is_patient(one).await;
    }
}

#[tokio::test]
async fn azure_devops_is_waited_for() {
    for one in DEVOPS {
        is_patient(one).await;
    }
}

#[tokio::test]
async fn a_merge_is_waited_for_and_each_of_its_two_changes_is_sent_once() {
    let one: One = ("azure_devops.git.merge", || json!({"from": "main", "into": "prod"}));
    let (subject, door) = behind(one).await;
    Trial::prepare(&subject).await.finish().await;
    let writes = door.writes();
    let ends: Vec<&str> = writes.iter().filter_map(|line| line.rsplit('/').next()).collect();
    assert_eq!(ends, ["merges", "refs"]);
}

#[tokio::test]
async fn whoever_is_told_something_gets_it_once() {
    for one in ANYBODY {
        is_patient(one).await;
    }
}

#[tokio::test]
async fn a_check_waits_for_its_answers_and_changes_nothing() {
    let one: One =
        ("http.check", || json!({"app": "qa4", "expect": {"json": {"status": "healthy"}}}));
    let (subject, door) = behind(one).await;
    Trial::prepare(&subject).await.finish().await;
    assert_eq!((door.writes().len(), door.seen().is_empty()), (0, false));
}

/// A token takes its time as well, and is not asked for anew while it is good.
#[tokio::test]
async fn a_late_token_is_waited_for_and_kept() {
    let (mut subject, door) = behind(APP_SERVICE[0]).await;
    let mut secrets = subject.sim.parts.secrets.0.clone();
    secrets.insert("client".to_owned(), "rehearsal-secret".to_owned());
    subject.sim.parts.secrets = Arc::new(crate::support::context::Known(secrets));
    let mut environment = subject.sim.environment();
    environment.providers.get_mut("azure").unwrap()["credential"] = json!({
        "kind": "client_secret", "tenant": "a1b2c3d4-0000-4000-8000-000000000001",
        "client_id": "rehearsal-client", "client_secret": "client",
    });
    let registry = subject.sim.registry_of(&environment);
    let account = registry.accounts().last().unwrap();
    for _ in 0..2 {
        account.sign_in(&subject.context()).await.unwrap();
        assert_eq!(door.seen().len(), 1, "{:?}", door.seen());
    }
}

/// What was sent before a crash is found through the same slow door.
#[tokio::test]
async fn a_probe_through_a_slow_door_finds_what_was_sent() {
    for one in [APP_SERVICE[6], APP_SERVICE[7], DATA[0], DEVOPS[4]] {
        let (subject, door) = behind(one).await;
        let trial = Trial::prepare(&subject).await;
        trial.act().await.unwrap();
        let found = trial.probe(None).await;
        assert!(matches!(found, Probed::Done(_) | Probed::InProgress(_)), "{one:?}: {found:?}");
        assert_eq!(door.writes().len(), 1, "{:?}", door.writes());
    }
}
