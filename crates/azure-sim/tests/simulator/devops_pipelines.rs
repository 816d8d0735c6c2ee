//! Runs of YAML pipelines and their approvals.

use crate::cloud::{Cloud, json};
use serde_json::{Value, json};

#[test]
fn a_run_waits_for_its_approval_and_ends() {
    let mut cloud = Cloud::new();
    let body = json!({
        "resources": {"repositories": {"self": {"refName": "refs/heads/prod"}}},
        "variables": {"WindlassRequest": {"value": "abc"}},
    });
    let run = json(&cloud.devops("POST", "pipelines/14/runs", Some(body)));
    assert_eq!(run["state"], "inProgress");
    let url = format!("pipelines/14/runs/{}", run["id"]);
    cloud.wait(9_000.0);
    let waits = json(&cloud.devops("GET", &url, None));
    assert_eq!((&waits["state"], waits.get("result")), (&json!("inProgress"), None));
    assert_eq!(waits["variables"]["WindlassRequest"]["value"], "abc");
    let pending = cloud.devops_list("pipelines/approvals?state=pending");
    assert_eq!(pending[0]["pipeline"]["owner"]["id"], run["id"]);
    let yes = json!([{"approvalId": pending[0]["id"], "status": "approved", "comment": "go"}]);
    let decided = json(&cloud.devops("PATCH", "pipelines/approvals", Some(yes.clone())));
    assert_eq!(decided["value"][0]["status"], "approved");
    assert_eq!(cloud.devops("PATCH", "pipelines/approvals", Some(yes)).status, 400);
    cloud.wait(400.0);
    let over: Value = json(&cloud.devops("GET", &url, None));
    assert_eq!((&over["state"], &over["result"]), (&json!("completed"), &json!("succeeded")));
    assert_eq!(cloud.devops_list("pipelines/14/runs").len(), 1);
    let other = json!({"variables": {"Other": {"value": "x"}}});
    assert_eq!(cloud.devops("POST", "pipelines/14/runs", Some(other)).status, 400);
}

#[test]
fn a_run_is_cancelled_as_the_build_that_it_is() {
    let mut cloud = Cloud::new();
    let run = json(&cloud.devops("POST", "pipelines/14/runs", Some(json!({}))));
    let build = format!("build/builds/{}", run["id"]);
    cloud.devops("PATCH", &build, Some(json!({"status": "cancelling"})));
    let url = format!("pipelines/14/runs/{}", run["id"]);
    assert_eq!(json(&cloud.devops("GET", &url, None))["result"], "canceled");
    assert!(cloud.devops_list("pipelines/approvals?state=pending").is_empty());
}
