//! Build definitions that are edited, builds that are queued, cancelled, tagged, and those that a
//! push causes.

use crate::cloud::{Cloud, json};
use serde_json::{Value, json};
use windlass_azure_sim::{Effect, ForeignChange};

fn definition(cloud: &mut Cloud) -> Value {
    json(&cloud.devops("GET", "build/definitions/12", None))
}

#[test]
fn a_definition_is_written_by_whoever_read_its_newest_revision() {
    let mut cloud = Cloud::new();
    let mut read = definition(&mut cloud);
    assert_eq!(read["variables"]["SigningPassword"], json!({"value": null, "isSecret": true}));
    read["variables"]["NextBuildVersion"]["value"] = json!("7.3.0");
    read["comment"] = json!("windlass 0190e2a4-0000-7000-8000-000000000001");
    let written = json(&cloud.devops("PUT", "build/definitions/12", Some(read.clone())));
    assert_eq!(written["revision"], read["revision"].as_u64().unwrap() + 1);
    assert_eq!(written["variables"]["NextBuildVersion"]["value"], "7.3.0");
    let stale = cloud.devops("PUT", "build/definitions/12", Some(read.clone()));
    assert_eq!(stale.status, 409);
    read["revision"] = json!(99);
    assert_eq!(cloud.devops("PUT", "build/definitions/12", Some(read.clone())).status, 404);
    read["id"] = json!(13);
    assert_eq!(cloud.devops("PUT", "build/definitions/12", Some(read)).status, 400);
    let revisions = cloud.devops_list("build/definitions/12/revisions");
    assert_eq!(revisions[0]["comment"], "windlass 0190e2a4-0000-7000-8000-000000000001");
    assert_eq!(cloud.effects(), [(Effect::BuildVariablesSet, "Dispatcher-CI")]);
    let line = &cloud.simulator.ledger()[0].change;
    assert_eq!(line.detail["changed"], json!(["NextBuildVersion"]), "a secret keeps its value");
    assert!(!line.detail["variables"].to_string().contains("signing"));
}

fn queue(cloud: &mut Cloud, body: Value) -> (u16, Value) {
    let answer = cloud.devops("POST", "build/builds", Some(body));
    (answer.status, json(&answer))
}

#[test]
fn a_queued_build_runs_and_ends_or_is_cancelled() {
    let mut cloud = Cloud::new();
    let parameters = r#"{"WindlassRequest": "abc"}"#;
    let body = json!({"definition": {"id": 12}, "sourceBranch": "refs/heads/prod",
        "parameters": parameters});
    let (status, build) = queue(&mut cloud, body.clone());
    assert_eq!((status, &build["status"]), (200, &json!("notStarted")));
    assert_eq!((&build["reason"], &build["buildNumber"]), (&json!("manual"), &json!("7.1.214.5")));
    let path = format!("build/builds/{}", build["id"]);
    cloud.wait(20.0);
    assert_eq!(json(&cloud.devops("GET", &path, None))["status"], "inProgress");
    cloud.wait(600.0);
    let over = json(&cloud.devops("GET", &path, None));
    assert_eq!((&over["result"], &over["parameters"]), (&json!("succeeded"), &json!(parameters)));
    let (_, second) = queue(&mut cloud, body);
    let path = format!("build/builds/{}", second["id"]);
    cloud.devops("PATCH", &path, Some(json!({"status": "cancelling"})));
    assert_eq!(json(&cloud.devops("GET", &path, None))["result"], "canceled");
    let (status, refused) =
        queue(&mut cloud, json!({"definition": {"id": 12}, "parameters": r#"{"Other": "x"}"#}));
    assert_eq!(status, 400);
    assert!(refused["message"].as_str().unwrap().contains("Settable at queue time"));
    let manual = cloud.devops_list("build/builds?reasonFilter=manual");
    assert_eq!(manual.len(), 2);
}

fn push(cloud: &mut Cloud, comment: &str) {
    cloud.change(&ForeignChange::Push {
        repository: "Dispatcher".into(),
        branch: "prod".into(),
        comment: comment.into(),
        files: [("/src/Api/New.cs".into(), Some(comment.into()))].into(),
    });
}

#[test]
fn a_push_causes_a_build_and_one_that_says_skip_does_not() {
    let mut cloud = Cloud::new();
    push(&mut cloud, "Hosts [skip ci]");
    push(&mut cloud, "Hosts ***NO_CI***");
    let caused = "build/builds?branchName=refs/heads/prod&reasonFilter=individualCI\
        &statusFilter=notStarted";
    assert!(cloud.devops_list(caused).is_empty());
    push(&mut cloud, "Hosts");
    let builds = cloud.devops_list(caused);
    assert_eq!(builds.len(), 1);
    let head = cloud.devops_list("git/repositories/Dispatcher/refs?filter=heads/prod");
    assert_eq!(builds[0]["sourceVersion"], head[0]["objectId"]);
}
