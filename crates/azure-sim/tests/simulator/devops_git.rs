//! Branches, merges, differences and pull requests.

use crate::cloud::{Cloud, json};
use serde_json::{Value, json};
use windlass_azure_sim::{Effect, ForeignChange};

const REPO: &str = "git/repositories/Dispatcher";

fn head(cloud: &mut Cloud, branch: &str) -> Value {
    let refs = cloud.devops_list(&format!("{REPO}/refs?filter=heads/{branch}"));
    refs[0]["objectId"].clone()
}

fn push(cloud: &mut Cloud, branch: &str, path: &str, text: &str) {
    cloud.change(&ForeignChange::Push {
        repository: "Dispatcher".into(),
        branch: branch.into(),
        comment: text.into(),
        files: [(path.into(), Some(text.into()))].into(),
    });
}

fn merge(cloud: &mut Cloud, comment: &str) -> Value {
    let parents = [head(cloud, "prod"), head(cloud, "main")];
    let body = json!({"parents": parents, "comment": comment});
    let asked = cloud.devops("POST", &format!("{REPO}/merges"), Some(body));
    assert_eq!((asked.status, &json(&asked)["status"]), (201, &json!("queued")));
    cloud.wait(5.0);
    let url = format!("{REPO}/merges/{}", json(&asked)["mergeOperationId"]);
    json(&cloud.devops("GET", &url, None))
}

fn move_ref(cloud: &mut Cloud, branch: &str, old: &Value, new: &Value) -> Value {
    let body = json!([{"name": format!("refs/heads/{branch}"),
        "oldObjectId": old, "newObjectId": new}]);
    let answer = cloud.devops("POST", &format!("{REPO}/refs"), Some(body));
    assert_eq!(answer.status, 200, "also where it is refused");
    json(&answer)["value"][0].clone()
}

#[test]
fn a_merge_ends_later_and_no_branch_names_it_until_one_is_moved() {
    let mut cloud = Cloud::new();
    let (prod, main) = (head(&mut cloud, "prod"), head(&mut cloud, "main"));
    let merged = merge(&mut cloud, "Merge main into prod [skip ci]");
    assert_eq!(merged["status"], "completed");
    let commit = merged["detailedStatus"]["mergeCommitId"].clone();
    assert_eq!(head(&mut cloud, "prod"), prod);
    assert!(cloud.effects().is_empty());
    let bases = |cloud: &mut Cloud, of: &Value| {
        let (of, main) = (of.as_str().unwrap(), main.as_str().unwrap());
        cloud.devops_list(&format!("{REPO}/commits/{of}/mergebases?otherCommitId={main}"))
    };
    assert_ne!(bases(&mut cloud, &prod)[0]["commitId"], main);
    assert_eq!(bases(&mut cloud, &commit)[0]["commitId"], main);
    assert_eq!(move_ref(&mut cloud, "prod", &main, &commit)["updateStatus"], "staleOldObjectId");
    let none = json!("1111111111111111111111111111111111111111");
    assert_eq!(move_ref(&mut cloud, "prod", &prod, &none)["updateStatus"], "unresolvableToCommit");
    assert_eq!(move_ref(&mut cloud, "prod", &prod, &commit)["success"], true);
    assert_eq!(move_ref(&mut cloud, "prod", &prod, &commit)["success"], false);
    assert_eq!(cloud.effects(), [(Effect::BranchMoved, "Dispatcher/prod")], "and no build");
    let line = cloud.devops_list(&format!(
        "{REPO}/commits?searchCriteria.itemVersion.version=prod\
            &searchCriteria.historyMode=firstParent&searchCriteria.$top=2"
    ));
    assert_eq!((line.len(), &line[0]["commitId"]), (2, &commit));
    assert_eq!(line[0]["parents"], json!([prod, main]));
}

#[test]
fn a_merge_of_what_both_sides_changed_fails() {
    let mut cloud = Cloud::new();
    push(&mut cloud, "main", "/src/Api/Hosts.cs", "of main");
    let merged = merge(&mut cloud, "m");
    assert_eq!(merged["status"], "failed");
    assert!(merged["detailedStatus"]["failureMessage"].is_string());
}

#[test]
fn differences_are_files_and_the_folders_that_hold_them() {
    let mut cloud = Cloud::new();
    let ask = |cloud: &mut Cloud, more: &str| {
        json(&cloud.devops(
            "GET",
            &format!(
                "{REPO}/diffs/commits?baseVersion=prod\
            &baseVersionType=branch&targetVersion=main&targetVersionType=branch{more}"
            ),
            None,
        ))
    };
    let paths = |body: &Value| -> Vec<String> {
        let changes = body["changes"].as_array().unwrap().iter();
        changes.map(|change| change["item"]["path"].as_str().unwrap().to_owned()).collect()
    };
    let all = ask(&mut cloud, "&diffCommonCommit=false");
    assert_eq!(all["allChangesIncluded"], true);
    assert_eq!((&all["aheadCount"], &all["behindCount"]), (&json!(2), &json!(4)));
    let found = paths(&all);
    assert!(found.contains(&"/src/Migrations/0002_Tickets.cs".to_owned()));
    assert!(found.contains(&"/client/pwa/src/app.ts".to_owned()));
    assert!(found.contains(&"/src/Api/Hosts.cs".to_owned()), "as it is there and not here");
    assert!(found.contains(&"/src/Migrations".to_owned()), "folders too");
    let since = paths(&ask(&mut cloud, "&diffCommonCommit=true"));
    assert!(!since.contains(&"/src/Api/Hosts.cs".to_owned()));
    let first = ask(&mut cloud, "&$top=2");
    assert_eq!((paths(&first).len(), first.get("allChangesIncluded")), (2, None));
    let rest = ask(&mut cloud, "&$top=50&$skip=2");
    assert_eq!(paths(&rest).len() + 2, found.len());
}

#[test]
fn a_completed_pull_request_is_merged_later_and_builds_in_spite_of_its_message() {
    let mut cloud = Cloud::new();
    let prod = head(&mut cloud, "prod");
    let nothing = json!("0000000000000000000000000000000000000000");
    move_ref(&mut cloud, "fix", &nothing, &prod);
    push(&mut cloud, "fix", "/src/Api/Hosts.cs", "mended");
    let body = json!({"sourceRefName": "refs/heads/fix", "targetRefName": "refs/heads/prod",
        "title": "Mend hosts"});
    let made = cloud.devops("POST", &format!("{REPO}/pullrequests"), Some(body.clone()));
    assert_eq!(made.status, 201);
    let made = json(&made);
    let twice = cloud.devops("POST", &format!("{REPO}/pullrequests"), Some(body));
    assert_eq!(twice.status, 409);
    let url = format!("{REPO}/pullrequests/{}", made["pullRequestId"]);
    cloud.wait(5.0);
    assert_eq!(json(&cloud.devops("GET", &url, None))["mergeStatus"], "succeeded");
    let complete = |commit: &Value| {
        json!({"status": "completed", "lastMergeSourceCommit": {"commitId": commit},
            "completionOptions": {"mergeCommitMessage": "Mended [skip ci]"}})
    };
    assert_eq!(cloud.devops("PATCH", &url, Some(complete(&prod))).status, 409, "not the newest");
    let newest = head(&mut cloud, "fix");
    let asked = json(&cloud.devops("PATCH", &url, Some(complete(&newest))));
    assert_eq!(asked["status"], "active");
    assert!(asked["completionQueueTime"].is_string());
    cloud.wait(30.0);
    let over = json(&cloud.devops("GET", &url, None));
    assert_eq!((&over["status"], &over["mergeStatus"]), (&json!("completed"), &json!("succeeded")));
    assert_eq!(head(&mut cloud, "prod"), over["lastMergeCommit"]["commitId"]);
    let build =
        cloud.devops_list("build/builds?statusFilter=notStarted&branchName=refs/heads/prod");
    assert_eq!(build[0]["sourceVersion"], over["lastMergeCommit"]["commitId"]);
    assert_eq!(cloud.devops("PATCH", &url, Some(json!({"status": "abandoned"}))).status, 400);
    assert!(cloud.devops_list(&format!("{REPO}/pullrequests")).is_empty(), "no active one");
}
