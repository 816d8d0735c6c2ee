//! Recorded answers of the real services, met by the executors. Without the recordings a test says
//! so and passes.

use crate::support::context::{attempt, bindings};
use crate::support::replay::{Filler, Replay, recorded};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::Side;
use windlass_ports::action::Bindings;
use windlass_ports::{Action, ActionError, Attempt, Context, Executed, Outcome, Polled};

pub fn app(group: &str, site: &str, slot: Option<&str>) -> Bindings {
    let mut binding = json!({"resource_group": group, "site": site});
    if let Some(slot) = slot {
        binding["slot"] = json!(slot);
    }
    bindings(&[("app", "azure.app_service", binding)])
}

fn database(server: &str, name: &str) -> Bindings {
    let binding = json!({"resource_group": "clitest.rg000001", "server": server, "database": name});
    bindings(&[("db", "azure.sql_database", binding)])
}

pub struct Play {
    pub replay: Replay,
    pub action: Arc<dyn Action>,
    pub context: Context,
    pub attempt: Attempt,
}

impl Play {
    /// Serves a recording and captures as the engine does.
    pub async fn start(
        exchanges: Vec<Value>,
        bound: Bindings,
        filler: Filler,
        (kind, input): (&str, Value),
    ) -> Self {
        let replay = Replay::of(exchanges, bound, filler).await;
        let action = Arc::clone(replay.registry().action(kind).unwrap());
        let context = replay.parts.context();
        Self { replay, action, context, attempt: attempt(input, 9) }
    }

    pub async fn capture(&mut self) {
        let prepared = self.action.capture(&self.context, &self.attempt.input).await.unwrap();
        self.attempt.captured = prepared.captured;
        self.attempt.not_before = prepared.not_before;
    }

    pub async fn execute(&self) -> Outcome<Executed> {
        self.action.execute(&self.context, &self.attempt).await
    }

    pub async fn follow(&self, mut handle: Value) -> Outcome<Value> {
        loop {
            match self.action.poll(&self.context, &self.attempt, &handle).await? {
                Polled::Done(output) => return Ok(output),
                Polled::InProgress { handle: next, after_ms, .. } => {
                    assert_eq!(after_ms, 15_000, "no recording says how long to wait");
                    handle = next;
                }
            }
        }
    }
}

fn running(method: &str, path: &str, _: bool) -> Option<(u16, Value)> {
    let site = json!({"id": path, "location": "West Europe", "properties": {"state": "Running"}});
    (method == "GET" && !path.contains("/config/")).then_some((200, site))
}

#[tokio::test]
async fn a_site_is_stopped_and_started() {
    let Some(exchanges) = recorded("web-stop-start") else { return };
    let bound = app("clitest.rg000001", "webapp-e2e000002", None);
    let stop = ("azure.app_service.stop", json!({"app": "app"}));
    let mut play = Play::start(exchanges, bound, running, stop).await;
    play.capture().await;
    assert_eq!(play.attempt.captured, Some(json!({"running": true, "etag": null})));
    let done = json!({"state": "Stopped", "changed": true});
    assert_eq!(play.execute().await, Ok(Executed::Done(done)));
    let started_at = play.attempt.started_at;
    let undo = Attempt { side: Side::Undo, started_at, ..play.attempt.clone() };
    let undone = play.action.compensate(&play.context, &undo).await;
    assert_eq!(undone, Ok(Executed::Done(Value::Null)), "started again, as it ran before");
}

#[tokio::test]
async fn a_site_that_is_not_there_is_told_apart() {
    let Some(exchanges) = recorded("web-404") else { return };
    let bound = app("clitest.rg000001", "delete-me-web000005", None);
    let stop = ("azure.app_service.stop", json!({"app": "app"}));
    let play = Play::start(exchanges, bound, |_, _, _| None, stop).await;
    match play.action.capture(&play.context, &play.attempt.input).await {
        Err(ActionError::Permanent(failure)) => {
            assert_eq!(failure.code, "ResourceNotFound");
            assert!(failure.message.contains("clitest.rg000001"), "{}", failure.message);
        }
        other => panic!("{other:?}"),
    }
}

/// The recording is of another write to a site; its answers are those of any.
#[tokio::test]
async fn a_504_and_the_lock_behind_it_are_doubt() {
    let Some(mut exchanges) = recorded("web-504-then-lock-429") else { return };
    for exchange in &mut exchanges {
        let url = exchange["request"]["url"].as_str().unwrap().replace('?', "/stop?");
        exchange["request"] = json!({"method": "POST", "url": url});
    }
    let bound = app("clitest.rg000001", "backup-webapp000003", None);
    let stop = ("azure.app_service.stop", json!({"app": "app"}));
    let mut play = Play::start(exchanges, bound, running, stop).await;
    play.capture().await;
    for word in ["GatewayTimeout", "59206"] {
        match play.execute().await {
            Err(ActionError::InDoubt(why)) => assert!(why.contains(word), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(play.execute().await, Ok(Executed::Accepted(_))), "taken at last");
}

#[tokio::test]
async fn a_504_on_a_read_passes() {
    let Some(mut exchanges) = recorded("web-gateway-timeout-read") else { return };
    for exchange in &mut exchanges {
        let url = exchange["request"]["url"].as_str().unwrap().replace("/config/web", "");
        exchange["request"]["url"] = json!(url);
    }
    let bound = app("clitest.rg000001", "slot-test-web000003", None);
    let stop = ("azure.app_service.stop", json!({"app": "app"}));
    let mut play = Play::start(exchanges, bound, |_, _, _| None, stop).await;
    let first = play.action.capture(&play.context, &play.attempt.input).await;
    assert!(matches!(first, Err(ActionError::Transient(_))), "{first:?}");
    play.capture().await;
}

#[tokio::test]
async fn connection_strings_are_listed_and_replaced() {
    let Some(mut exchanges) = recorded("web-connectionstrings") else { return };
    exchanges
        .retain(|exchange| !exchange["request"]["url"].as_str().unwrap().contains("slotConfig"));
    let bound = app("cli_test_webapp_config000001", "webapp-linux000005", None);
    let input = json!({"app": "app", "name": "c1", "value": "conn1", "type": "MySql"});
    let set = ("azure.app_service.set_connection_string", input);
    let mut play = Play::start(exchanges, bound, running, set).await;
    play.capture().await;
    let after = &play.attempt.captured.as_ref().unwrap()["change"];
    assert_eq!(after["after"], json!({"value": "conn1", "type": "MySql"}));
    assert_eq!(after["before"], Value::Null, "it was not there");
    assert!(matches!(play.execute().await, Ok(Executed::Done(_))));
}

#[tokio::test]
async fn a_slot_has_its_own_address_and_an_echo_is_taken_where_the_next_read_fails() {
    let Some(mut exchanges) = recorded("web-slot-connectionstrings") else { return };
    exchanges
        .retain(|exchange| !exchange["request"]["url"].as_str().unwrap().contains("slotConfig"));
    let bound = app("clitest.rg000001", "slot-test-web000003", Some("dev"));
    let input = json!({"app": "app", "name": "c1", "value": "conn", "type": "MySql"});
    let set = ("azure.app_service.set_connection_string", input);
    let mut play = Play::start(exchanges, bound, running, set).await;
    play.capture().await;
    assert!(matches!(play.execute().await, Ok(Executed::Done(_))));
}

#[tokio::test]
async fn app_settings_keep_what_was_there() {
    let Some(mut exchanges) = recorded("web-appsettings-sticky") else { return };
    exchanges
        .retain(|exchange| !exchange["request"]["url"].as_str().unwrap().contains("slotConfig"));
    let bound = app("clitest.rg000001", "slot-test-web000003", None);
    let input = json!({"app": "app", "settings": {"s1": "v1", "s2": "v2"}});
    let set = ("azure.app_service.set_app_settings", input);
    let mut play = Play::start(exchanges, bound, |_, _, _| None, set).await;
    play.capture().await;
    assert_eq!(play.attempt.captured.as_ref().unwrap()["etag"], "\"1D9625FB1DADF2B\"");
    let done = json!({"changed": ["s1", "s2"]});
    assert_eq!(play.execute().await, Ok(Executed::Done(done)));
}

/// The source is online; the target is not there before the copy; nothing is listed.
fn free_name(method: &str, path: &str, _: bool) -> Option<(u16, Value)> {
    let online = json!({
        "location": "westeurope", "properties": {"status": "Online", "databaseId": "source-id"},
    });
    let missing = json!({"error": {"code": "ResourceNotFound", "message":
        "The requested resource of type 'Microsoft.Sql/servers/databases' with name \
         'cliautomationdb02' was not found."}});
    match method {
        "GET" if path.ends_with("db01") => Some((200, online)),
        "GET" if path.ends_with("db02") => Some((404, missing)),
        "GET" if path.ends_with("/operations") => Some((200, json!({"value": []}))),
        _ => None,
    }
}

#[tokio::test]
async fn a_copy_is_followed_to_its_end() {
    let Some(exchanges) = recorded("sql-copy") else { return };
    let bound = database("clitestserver000003", "cliautomationdb01");
    let copy = ("azure.sql.copy_database", json!({"from": "db", "to": "cliautomationdb02"}));
    let mut play = Play::start(exchanges, bound, free_name, copy).await;
    play.capture().await;
    let Ok(Executed::Accepted(handle)) = play.execute().await else { panic!("it takes minutes") };
    let state = handle["operation"]["state"].as_str().unwrap();
    assert!(
        state.starts_with(&play.replay.url())
            && state.contains("28eea3e8-cce8-4fdc-96a2-5a16c7cb28cf")
    );
    let output = play.follow(handle).await.unwrap();
    assert_eq!(output["database_id"], "3b2377d2-7ba5-47f9-9e9b-66147adfb454");
    assert_eq!(output["created_at"], "2023-04-12T02:25:25.74Z");
}

#[tokio::test]
async fn a_copy_onto_a_taken_name_is_noticed_by_its_answer() {
    let Some(exchanges) = recorded("sql-copy-onto-existing") else { return };
    let bound = database("clitestserver000003", "cliautomationdb01");
    let copy = ("azure.sql.copy_database", json!({"from": "db", "to": "cliautomationdb02"}));
    let writes = exchanges.into_iter().filter(|one| one["request"]["method"] == "PUT").collect();
    let mut play = Play::start(writes, bound, free_name, copy).await;
    play.capture().await;
    match play.execute().await {
        Err(ActionError::Permanent(failure)) => assert_eq!(failure.code, "target_exists"),
        other => panic!("{other:?}"),
    }
}

/// The database is there until something is written.
fn there_at_first(method: &str, path: &str, wrote: bool) -> Option<(u16, Value)> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let online = json!({"location": "l", "properties": {"status": "Online", "databaseId": "one"}});
    let said = format!(
        "The Resource 'Microsoft.Sql/servers/clitestserver000002/databases/{name}' under resource \
         group 'g' was not found."
    );
    let missing = json!({"error": {"code": "ResourceNotFound", "message": said}});
    let database = method == "GET" && path.contains("/databases/");
    database.then_some(if wrote { (404, missing) } else { (200, online) })
}

#[tokio::test]
async fn a_deletion_is_followed_and_a_second_one_finds_nothing() {
    for (name, database_name) in [
        ("sql-delete-twice", "cliautomationdb03"),
        ("sql-delete-then-dropped-list", "cliautomationdb01"),
    ] {
        let Some(exchanges) = recorded(name) else { return };
        let bound = database("clitestserver000002", database_name);
        let delete = ("azure.sql.delete_database", json!({"database": "db"}));
        let mut play = Play::start(exchanges, bound, there_at_first, delete).await;
        play.capture().await;
        let Ok(Executed::Accepted(handle)) = play.execute().await else { panic!("it takes 15 s") };
        let output = play.follow(handle).await.unwrap();
        assert_eq!(output["database"], database_name);
        assert_eq!(play.execute().await, Ok(Executed::Done(output)), "gone is gone");
    }
}

#[tokio::test]
async fn a_missing_server_is_no_missing_database() {
    let Some(exchanges) = recorded("sql-404") else { return };
    let said = exchanges[0]["response"]["body"].clone();
    let bound = database("umitest000001", "d");
    let delete = ("azure.sql.delete_database", json!({"database": "db"}));
    let mut exchange = exchanges[0].clone();
    let url = "https://management.azure.com/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/\
               clitest.rg000001/providers/Microsoft.Sql/servers/umitest000001/databases/d?x";
    exchange["request"]["url"] = json!(url);
    let play = Play::start(vec![exchange], bound, |_, _, _| None, delete).await;
    match play.action.capture(&play.context, &play.attempt.input).await {
        Err(ActionError::Permanent(failure)) => {
            assert!(
                failure.message.contains("Microsoft.Sql/servers"),
                "{} {said}",
                failure.message
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_failed_operation_says_why() {
    let Some(exchanges) = recorded("sql-lro-failed") else { return };
    let url = exchanges[0]["request"]["url"].as_str().unwrap().to_owned();
    let bound = database("s", "d");
    let delete = ("azure.sql.delete_database", json!({"database": "db"}));
    let play = Play::start(exchanges, bound, |_, _, _| None, delete).await;
    let url = url.replace("https://management.azure.com", &play.replay.url());
    let handle = json!({"operation": {"state": url}});
    match play.action.poll(&play.context, &play.attempt, &handle).await {
        Err(ActionError::Permanent(failure)) => {
            assert_eq!(failure.code, "InvalidVcoreValue");
            assert!(failure.message.contains("vCore value 4 is not valid"), "{}", failure.message);
        }
        other => panic!("{other:?}"),
    }
    let elsewhere = json!({"operation": {"state": "https://evil.example.com/x"}});
    let polled = play.action.poll(&play.context, &play.attempt, &elsewhere).await;
    assert!(matches!(polled, Err(ActionError::InDoubt(_))), "the token stays at home: {polled:?}");
}

/// An update that somebody began shows in the list of operations, and makes a copy's origin
/// unclear.
#[tokio::test]
async fn the_list_of_operations_is_read() {
    let Some(exchanges) = recorded("sql-operations-cancel") else { return };
    let listed = exchanges.into_iter().filter(|one| one["request"]["method"] == "GET").collect();
    let bound = database("clitestserver000002", "source");
    let copy = ("azure.sql.copy_database", json!({"from": "db", "to": "cliautomationdb01"}));
    let mut play = Play::start(listed, bound, there_at_first, copy).await;
    play.attempt.not_before = Some("Sat, 25 Feb 2023 00:30:00 GMT".to_owned());
    match play.action.probe(&play.context, &play.attempt, None).await {
        Ok(windlass_ports::Probed::Unknown(why)) => assert!(why.contains("updated"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_token_that_azure_devops_does_not_take_is_no_doubt() {
    let Some(mut exchanges) = recorded("ado-401") else { return };
    let url = "https://dev.azure.com/fabrikam/buildtests/_apis/build/builds";
    exchanges[0]["request"]["url"] = json!(url);
    let find = ("azure_devops.build.find_latest", json!({"branch": "prod"}));
    let play = Play::start(exchanges, Bindings::new(), |_, _, _| None, find).await;
    match play.execute().await {
        Err(ActionError::Permanent(failure)) => {
            assert!(failure.message.contains("credential"), "{}", failure.message);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_build_is_read_and_one_that_did_not_succeed_is_refused() {
    let Some(exchanges) = recorded("ado-build-queue") else { return };
    let filler: Filler = |_, path, _| {
        path.contains("/release/releases").then(|| (200, json!({"count": 0, "value": []})))
    };
    let create = ("azure_devops.release.create", json!({"build": 638}));
    let mut builds: Vec<Value> =
        exchanges.into_iter().filter(|one| one["request"]["method"] == "GET").collect();
    let play = Play::start(builds.clone(), Bindings::new(), filler, create.clone()).await;
    let refused = play.action.capture(&play.context, &play.attempt.input).await;
    assert!(matches!(refused, Err(ActionError::Permanent(_))), "it was only queued: {refused:?}");
    builds[1]["response"]["body"]["result"] = json!("succeeded");
    let mut play = Play::start(builds, Bindings::new(), filler, create).await;
    play.capture().await;
    let build = &play.attempt.captured.as_ref().unwrap()["build"];
    assert_eq!(build["id"], 638);
    assert!(build["branch"].as_str().is_some_and(|branch| !branch.starts_with("refs/")));
}
