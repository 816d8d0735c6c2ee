//! Recordings of Azure DevOps that change something, sent again. The rules of comparison are in
//! `recordings.rs`.

use crate::cloud::{Cloud, json};
use crate::recordings::{Script, compare, read, request};
use serde_json::{Value, json};

const NAMES: &[(&str, &str)] = &[
    ("fabrikam/buildtests", "dispatcher/Dispatcher"),
    ("fabrikam/pipelinesTest000001", "dispatcher/Dispatcher"),
    ("fabrikam/refsTests000001", "dispatcher/Dispatcher"),
    ("fabrikam/PullRequestLiveTest", "dispatcher/Dispatcher"),
    ("repositories/refsTests000002", "repositories/Dispatcher"),
    ("repositories/75055255-180d-40f6-819c-5dd61686a788", "repositories/Dispatcher"),
    ("repositories/XVFjTPTE", "repositories/Dispatcher"),
    ("refs/heads/testbranch", "refs/heads/prod"),
    ("builds/637", "builds/4119"),
    ("Builds/638", "Builds/4123"),
    ("BuildTests%20Definition1", "Dispatcher-CI"),
    ("Definitions/47", "Definitions/12"),
];

fn exchanges(file: &'static str, at: &'static [usize]) -> Option<Vec<Value>> {
    read(&Script { file, names: NAMES, exchanges: at })
}

/// Sends one again with another body.
fn send(cloud: &mut Cloud, exchange: &Value, body: Value) {
    let mut sent = exchange.clone();
    sent["request"]["body"] = body;
    let answer = cloud.send(&request(&sent));
    compare(exchange, &answer);
}

#[test]
fn a_build_is_queued() {
    let Some(exchanges) = exchanges("ado-build-queue", &[1, 2]) else { return };
    let mut cloud = Cloud::new();
    send(&mut cloud, &exchanges[0], json!({"definition": {"id": 12}}));
    send(&mut cloud, &exchanges[1], Value::Null);
}

#[test]
fn a_build_gets_a_tag() {
    let Some(exchanges) = exchanges("ado-build-tags", &[0, 1]) else { return };
    let mut cloud = Cloud::new();
    for exchange in &exchanges {
        send(&mut cloud, exchange, Value::Null);
    }
    let tags = cloud.devops("GET", "build/builds/4119/tags", None);
    assert_eq!(json(&tags)["value"], json!(["TestTag0"]), "in its own letters");
}

#[test]
fn variables_are_written_with_the_whole_definition() {
    let Some(exchanges) = exchanges("ado-definition-variables", &[0, 1]) else { return };
    let mut cloud = Cloud::new();
    let read = json(&cloud.send(&request(&exchanges[0])));
    let mut written = exchanges[1].clone();
    written["request"]["body"] = read.clone();
    written["request"]["body"]["variables"]["var2"] = json!({"value": "value2"});
    let written = json(&cloud.send(&request(&written)));
    assert_eq!(written["revision"], read["revision"].as_u64().unwrap() + 1);
    for (ours, theirs) in [(&read, &exchanges[0]), (&written, &exchanges[1])] {
        let mut found = crate::shapes::differences(ours, &theirs["response"]["body"], false);
        // Ours has other variables.
        found.retain(|one| !one.starts_with(".variables."));
        assert_eq!(found, [] as [String; 0]);
    }
}

#[test]
fn a_branch_is_made() {
    let Some(exchanges) = exchanges("ado-ref-create", &[0]) else { return };
    let mut cloud = Cloud::new();
    let head = cloud.devops_list("git/repositories/Dispatcher/refs?filter=heads/prod");
    let mut body = exchanges[0]["request"]["body"].clone();
    body[0]["newObjectId"] = head[0]["objectId"].clone();
    send(&mut cloud, &exchanges[0], body);
}

/// The recorded body has more of what a repository and a commit are than anybody here reads.
#[test]
fn a_pull_request_is_made_and_completed() {
    let Some(exchanges) = exchanges("ado-pr-create-complete", &[0, 1]) else { return };
    let mut cloud = Cloud::new();
    let made = cloud.send(&request(&exchanges[0]));
    assert_eq!(made.status, exchanges[0]["response"]["status"]);
    let made = json(&made);
    let url = format!("git/repositories/Dispatcher/pullRequests/{}", made["pullRequestId"]);
    let seen = made["lastMergeSourceCommit"].clone();
    let body = json!({"status": "completed", "lastMergeSourceCommit": seen});
    let completed = json(&cloud.devops("PATCH", &url, Some(body)));
    for (ours, theirs) in [(&made, &exchanges[0]), (&completed, &exchanges[1])] {
        let theirs = &theirs["response"]["body"];
        let mut found = crate::shapes::differences(ours, theirs, false);
        // The recorder asked for other options.
        found.retain(|one| !one.starts_with(".completionOptions."));
        assert_eq!(found, [] as [String; 0]);
        assert_eq!((&ours["status"], &ours["mergeStatus"]), (&json!("active"), &json!("queued")));
        assert_eq!(theirs["mergeStatus"], "queued");
    }
}
