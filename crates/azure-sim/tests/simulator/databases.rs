//! Copies and deletions, as long operations and as what becomes of the databases.

use crate::cloud::{Cloud, json};
use serde_json::json;
use windlass_azure_sim::{Config, Effect};

#[test]
fn a_copy_is_visible_at_once_and_comes_up_late() {
    let mut cloud = Cloud::new();
    assert_eq!(cloud.database("GET", "new").status, 404);
    let accepted = cloud.copy("qa4-old-version", "new");
    assert_eq!(accepted.status, 202);
    assert_eq!(json(&accepted)["operation"], "CreateDatabaseAsCopy");
    let poll = accepted.header("azure-asyncoperation").unwrap().to_owned();
    let result = accepted.header("location").unwrap().to_owned();
    let copying = json(&cloud.database("GET", "new"));
    assert_eq!(copying["properties"]["status"], "Copying");
    assert_eq!(copying["properties"]["creationDate"], json!(null));
    cloud.wait(1800.0);
    assert_eq!(json(&cloud.follow(&poll))["status"], "InProgress");
    assert_eq!(cloud.follow(&result).status, 202);
    let operations = json(&cloud.database("GET", "new/operations"));
    assert_eq!(operations["value"][0]["properties"]["percentComplete"], 49);
    cloud.wait(1803.0);
    // It is online a little before its operation ends.
    let online = json(&cloud.database("GET", "new"));
    assert_eq!(online["properties"]["status"], "Online");
    assert_eq!(online["properties"]["creationDate"], "2026-03-02T09:00:00.040Z");
    assert_eq!(json(&cloud.follow(&poll))["status"], "InProgress");
    cloud.wait(10.0);
    assert_eq!(json(&cloud.follow(&poll))["status"], "Succeeded");
    assert_eq!(json(&cloud.follow(&result))["name"], "new");
    let source = json(&cloud.database("GET", "qa4-old-version"));
    assert_ne!(source["properties"]["databaseId"], online["properties"]["databaseId"]);
    assert_eq!(
        cloud.effects(),
        [(Effect::DatabaseCopyStarted, "sql-qa/new"), (Effect::DatabaseCopied, "sql-qa/new")]
    );
    assert_eq!(cloud.simulator.ledger()[1].change.at.to_string(), "2026-03-02T09:00:00.04Z");
}

#[test]
fn a_copy_onto_a_taken_name_copies_nothing() {
    let mut cloud = Cloud::new();
    let before = json(&cloud.database("GET", "dispatcherqa4"));
    let accepted = cloud.copy("qa4-old-version", "dispatcherqa4");
    assert_eq!(
        (accepted.status, &json(&accepted)["operation"]),
        (202, &json!("UpdateLogicalDatabase"))
    );
    let poll = accepted.header("azure-asyncoperation").unwrap().to_owned();
    cloud.wait(61.0);
    assert_eq!(json(&cloud.follow(&poll))["status"], "Succeeded");
    assert_eq!(json(&cloud.database("GET", "dispatcherqa4")), before);
    assert!(cloud.effects().is_empty());
}

#[test]
fn a_delete_cancels_the_copy_and_is_204_for_ever_after() {
    let mut cloud = Cloud::new();
    let copy = cloud.copy("qa4-old-version", "new");
    let poll = copy.header("azure-asyncoperation").unwrap().to_owned();
    cloud.wait(60.0);
    let first = cloud.database("DELETE", "new");
    assert_eq!((first.status, &json(&first)["operation"]), (202, &json!("DropLogicalDatabase")));
    assert_eq!(json(&cloud.follow(&poll))["status"], "Canceled");
    // A second one joins the first while it runs; a copy into the name is refused.
    let second = cloud.database("DELETE", "new");
    assert_eq!(second.header("location"), first.header("location"));
    assert_eq!(cloud.copy("qa4-old-version", "new").status, 409);
    cloud.wait(16.0);
    let result = first.header("location").unwrap();
    assert_eq!(cloud.follow(result).status, 200);
    assert_eq!(cloud.database("DELETE", "new").status, 204);
    let gone = cloud.database("GET", "new");
    assert_eq!((gone.status, gone.header("x-ms-failure-cause")), (404, None));
    let effects: Vec<_> = cloud.effects().into_iter().map(|(effect, _)| effect).collect();
    assert_eq!(
        effects,
        [Effect::DatabaseCopyStarted, Effect::DatabaseCopyCancelled, Effect::DatabaseDeleted]
    );
}

#[test]
fn what_cannot_be_copied_is_refused() {
    let mut cloud = Cloud::new();
    let code = |answer| json(&answer)["error"]["code"].as_str().unwrap().to_owned();
    assert_eq!(code(cloud.copy("none", "new")), "SourceDatabaseNotFound");
    let path = "/Microsoft.Sql/servers/sql-qa/databases/new";
    let body = json!({"location": "x", "properties": {"createMode": "Copy"}});
    assert_eq!(code(cloud.arm("PUT", path, Some(body))), "MissingSourceDatabaseId");
    let body = json!({"properties": {"createMode": "Copy"}});
    assert_eq!(code(cloud.arm("PUT", path, Some(body))), "LocationRequired");
    let server = cloud.arm("GET", "/Microsoft.Sql/servers/none", None);
    assert_eq!((server.status, server.header("x-ms-failure-cause")), (404, None));
    let below = cloud.arm("DELETE", "/Microsoft.Sql/servers/none/databases/x", None);
    assert_eq!(code(below), "ParentResourceNotFound");
    assert_eq!(cloud.arm("GET", "/Microsoft.Sql/servers/sql-qa", None).status, 200);
}

#[test]
fn an_app_that_starts_on_a_database_still_copying_stays_dead() {
    let mut cloud = Cloud::new();
    cloud.copy("dispatcherqa4", "new");
    cloud.site("POST", "qa4/stop");
    let listed = json(&cloud.site("POST", "qa4/config/connectionstrings/list"));
    let changed = listed["properties"].to_string().replace("=dispatcherqa4;", "=new;");
    let set: serde_json::Value = serde_json::from_str(&changed).unwrap();
    cloud.put_site("qa4/config/connectionstrings", json!({"properties": set}));
    assert_eq!(cloud.health("qa4").status, 403);
    cloud.site("POST", "qa4/start");
    assert_eq!(cloud.health("qa4").status, 503);
    cloud.wait(3700.0);
    // The database is there now, but the process gave up when it started.
    assert_eq!(cloud.health("qa4").status, 500);
    cloud.site("POST", "qa4/stop");
    cloud.site("POST", "qa4/start");
    cloud.wait(30.0);
    assert_eq!(json(&cloud.health("qa4"))["database"], "new");
}

#[test]
fn the_cloud_goes_on_while_the_simulator_is_dead() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { state_dir: Some(folder.path().to_owned()), ..Config::default() };
    let mut cloud = Cloud::with(config);
    let accepted = cloud.copy("qa4-old-version", "new");
    let poll = accepted.header("azure-asyncoperation").unwrap().to_owned();
    cloud.wait(3700.0);
    let mut cloud = cloud.die_and_come_back();
    assert_eq!(json(&cloud.follow(&poll))["status"], "Succeeded");
    assert_eq!(cloud.effects().len(), 2);
    let lines = std::fs::read_to_string(folder.path().join("ledger.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 2);
    // A torn last line is mended from the world.
    std::fs::write(folder.path().join("ledger.jsonl"), &lines[..lines.len() - 9]).unwrap();
    let cloud = cloud.die_and_come_back();
    assert_eq!(cloud.effects().len(), 2);
    let mended = std::fs::read_to_string(folder.path().join("ledger.jsonl")).unwrap();
    assert_eq!(mended, lines);
}
