//! Builds, releases and deployments.

use crate::cloud::{Cloud, json};
use serde_json::{Value, json};
use windlass_azure_sim::http::Request;
use windlass_azure_sim::{Effect, ForeignChange};

const LAST_GOOD: &str = "build/builds?definitions=12&branchName=refs/heads/prod\
    &statusFilter=completed&resultFilter=succeeded&queryOrder=finishTimeDescending&$top=1";

#[test]
fn the_last_good_build_of_a_branch_is_found() {
    let mut cloud = Cloud::new();
    let found = cloud.devops_list(LAST_GOOD);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["buildNumber"], "7.1.214.3");
    assert_eq!(found[0]["sourceBranch"], "refs/heads/prod");
    assert_eq!(found[0]["sourceVersion"].as_str().unwrap().len(), 40);
    // Without the filter the failed one is newer, and a short branch name finds nothing.
    let any = cloud.devops_list("build/builds?branchName=refs/heads/prod&$top=1");
    assert_eq!(any[0]["result"], "failed");
    assert!(cloud.devops_list("build/builds?branchName=prod").is_empty());
    let number = cloud.devops_list("build/builds?buildNumber=7.2.0.41");
    assert_eq!(number[0]["id"], 4121);
    let one = json(&cloud.devops("GET", "build/builds/4122", None));
    assert_eq!((&one["status"], one.get("result")), (&json!("inProgress"), None));
    let missing = cloud.devops("GET", "build/builds/1", None);
    assert_eq!(missing.status, 404);
    assert_eq!(json(&missing)["typeKey"], "BuildNotFoundException");
}

#[test]
fn a_long_list_is_continued() {
    let mut cloud = Cloud::new();
    let first = cloud.devops("GET", "build/builds?$top=5", None);
    assert_eq!(json(&first)["count"], 5);
    let token = first.header("x-ms-continuationtoken").unwrap();
    let rest = cloud.devops("GET", &format!("build/builds?$top=5&continuationToken={token}"), None);
    assert_eq!(json(&rest)["count"], 2);
    assert_eq!(rest.header("x-ms-continuationtoken"), None);
}

fn create(cloud: &mut Cloud, build: &str) -> Value {
    let reference = json!({"id": build, "name": null});
    let body = json!({
        "definitionId": 7,
        "description": "windlass 0190e2a4-0000-7000-8000-000000000001",
        "artifacts": [{"alias": "_Dispatcher-CI", "instanceReference": reference}],
        "manualEnvironments": ["qa4", "qa4rnapi"],
        "isDraft": false,
        "reason": "none",
    });
    json(&cloud.devops("POST", "release/releases", Some(body)))
}

fn deploy(cloud: &mut Cloud, stage: &Value) -> (u16, Value) {
    let path = format!("Release/releases/{}/environments/{}", stage["releaseId"], stage["id"]);
    let body =
        json!({"status": "inProgress", "comment": "windlass 0190e2a4-0000-7000-8000-000000000002"});
    let answer = cloud.devops("PATCH", &path, Some(body));
    (answer.status, json(&answer))
}

fn look(cloud: &mut Cloud, stage: &Value) -> Value {
    let path = format!("Release/releases/{}/environments/{}", stage["releaseId"], stage["id"]);
    json(&cloud.devops("GET", &path, None))
}

#[test]
fn a_stage_brings_its_build_to_its_app_and_no_other() {
    let mut cloud = Cloud::new();
    assert!(cloud.devops_list("release/releases?artifactVersionId=4119").is_empty());
    let release = create(&mut cloud, "4119");
    assert_eq!(release["name"], "Release-103");
    assert_eq!(release["environments"][0]["status"], "notStarted");
    let found = cloud.devops_list(
        "release/releases?definitionId=7&artifactVersionId=4119&$expand=environments,artifacts",
    );
    assert_eq!(found[0]["description"], release["description"]);
    let version = &found[0]["artifacts"][0]["definitionReference"]["version"];
    assert_eq!(version, &json!({"id": "4119", "name": "7.1.214.3"}));
    assert_eq!(cloud.devops_list("release/releases")[0].get("environments"), None);

    let stage = release["environments"][0].clone();
    let (status, queued) = deploy(&mut cloud, &stage);
    assert_eq!((status, &queued["status"]), (200, &json!("queued")));
    assert_eq!(queued["deploySteps"][0]["attempt"], 1);
    let (status, refused) = deploy(&mut cloud, &stage);
    assert_eq!((status, &refused["typeKey"]), (400, &json!("InvalidRequestException")));
    let message = refused["message"].as_str().unwrap();
    assert!(message.starts_with("VS402964"), "{message}");
    cloud.wait(20.0);
    assert_eq!(look(&mut cloud, &stage)["status"], "inProgress");
    assert_eq!(json(&cloud.health("qa4"))["branch"], "main");
    cloud.wait(200.0);
    assert_eq!(look(&mut cloud, &stage)["status"], "succeeded");
    assert_eq!(json(&cloud.health("qa4"))["version"], "7.1.214.3");
    assert_eq!(json(&cloud.health("qa4rnapi"))["version"], "7.2.0.41");
    assert_eq!(
        cloud.effects(),
        [
            (Effect::ReleaseCreated, "Release-103"),
            (Effect::StageDeploymentStarted, "Release-103/qa4"),
            (Effect::StageDeployed, "Release-103/qa4"),
        ]
    );
    let ledger = cloud.simulator.ledger();
    let ids: Vec<_> = ledger.iter().map(|line| line.change.request_id.clone().unwrap()).collect();
    assert!(ids[0].ends_with("01") && ids[1].ends_with("02") && ids[2] == ids[1]);
    assert_eq!(ledger[2].change.detail["apps"][0]["branch"], "prod");

    let now = cloud.devops_list(
        "release/deployments?definitionId=7&definitionEnvironmentId=31&latestAttemptsOnly=true",
    );
    assert_eq!(now[0]["release"]["name"], "Release-103");
    assert_eq!(now[0]["deploymentStatus"], "succeeded");
    assert_eq!(now.len(), 3);
}

#[test]
fn a_stage_takes_one_release_at_a_time_and_a_second_attempt_is_a_new_one() {
    let mut cloud = Cloud::new();
    let (one, two) = (create(&mut cloud, "4119"), create(&mut cloud, "4118"));
    deploy(&mut cloud, &one["environments"][0]);
    deploy(&mut cloud, &two["environments"][0]);
    cloud.wait(250.0);
    assert_eq!(look(&mut cloud, &one["environments"][0])["status"], "succeeded");
    assert_eq!(look(&mut cloud, &two["environments"][0])["status"], "inProgress");
    cloud.wait(250.0);
    assert_eq!(json(&cloud.health("qa4"))["version"], "7.2.0.40");
    let (status, again) = deploy(&mut cloud, &one["environments"][0]);
    assert_eq!((status, &again["deploySteps"][1]["attempt"]), (200, &json!(2)));
    let path =
        format!("release/releases/{}/environments/{}", one["id"], one["environments"][0]["id"]);
    let cancelled = cloud.devops("PATCH", &path, Some(json!({"status": "canceled"})));
    assert_eq!(json(&cancelled)["status"], "canceled");
    cloud.wait(900.0);
    assert_eq!(json(&cloud.health("qa4"))["version"], "7.2.0.40");
}

#[test]
fn what_no_release_can_hold_is_refused() {
    let mut cloud = Cloud::new();
    for (build, alias) in [("1", "_Dispatcher-CI"), ("4122", "_Dispatcher-CI"), ("4119", "other")] {
        let artifact = json!([{"alias": alias, "instanceReference": {"id": build}}]);
        let body = json!({"definitionId": 7, "artifacts": artifact});
        let refused = cloud.devops("POST", "release/releases", Some(body));
        assert_eq!(
            (refused.status, &json(&refused)["typeKey"]),
            (400, &json!("InvalidRequestException"))
        );
    }
    assert_eq!(
        cloud.devops("POST", "release/releases", Some(json!({"definitionId": 8}))).status,
        404
    );
    assert_eq!(cloud.devops("GET", "release/releases/9", None).status, 404);
    assert!(cloud.effects().is_empty());
}

fn trigger_of_main() -> ForeignChange {
    let automatic_stages = vec!["qa4".into()];
    ForeignChange::Trigger { definition: 7, branch: "main".into(), automatic_stages }
}

#[test]
fn continuous_deployment_puts_a_build_on_its_stage_by_itself() {
    let mut cloud = Cloud::new();
    cloud.change(&trigger_of_main());
    for (id, branch) in [(5001, "prod"), (5002, "main")] {
        cloud.change(&ForeignChange::Build {
            id,
            definition: 12,
            number: format!("9.9.9.{id}"),
            branch: branch.into(),
            result: "succeeded".into(),
        });
    }
    cloud.wait(300.0);
    assert_eq!(json(&cloud.health("qa4"))["version"], "9.9.9.5002");
    assert_eq!(json(&cloud.health("qa4rnapi"))["version"], "7.2.0.41");
    let effects: Vec<_> = cloud.effects().into_iter().map(|(effect, _)| effect).collect();
    let expected = [
        Effect::BuildFinished,
        Effect::BuildFinished,
        Effect::ReleaseCreated,
        Effect::StageDeploymentStarted,
        Effect::StageDeployed,
    ];
    assert_eq!(effects, expected);
    assert!(cloud.simulator.ledger().iter().all(|line| line.change.request_id.is_none()));
}

#[test]
fn the_triggers_of_a_definition_are_shown() {
    let mut cloud = Cloud::new();
    let by_name =
        cloud.devops_list("release/definitions?searchText=dispatcher-qa&isExactNameMatch=true");
    assert_eq!((&by_name[0]["id"], by_name[0].get("environments")), (&json!(7), None));
    let before = json(&cloud.devops("GET", "release/definitions/7", None));
    assert_eq!(before["triggers"], json!([]));
    assert_eq!(before["environments"][1]["name"], "qa4rnapi");
    cloud.change(&trigger_of_main());
    let after = json(&cloud.devops("GET", "release/definitions/7", None));
    assert_eq!(after["triggers"][0]["triggerType"], "artifactSource");
    assert_eq!(after["triggers"][0]["triggerConditions"][0]["sourceBranch"], "main");
    assert_eq!(after["revision"], 59);
}

#[test]
fn a_bad_token_gets_a_page_or_401() {
    let mut cloud = Cloud::new();
    let ask = || Request::new("GET", "/dispatcher/Dispatcher/_apis/build/builds?api-version=7.1");
    let page = cloud.send(&ask().with_header("authorization", "Bearer wrong"));
    assert_eq!((page.status, page.as_json()), (203, None));
    assert_eq!(page.into_bytes().1, Some("text/html; charset=utf-8"));
    let bare = cloud.send(&ask().with_header("x-tfs-fedauthredirect", "Suppress"));
    assert_eq!((bare.status, bare.as_json()), (401, None));
    assert!(bare.header("www-authenticate").unwrap().starts_with("Basic realm="));
    assert!(bare.header("activityid").is_some());
}
