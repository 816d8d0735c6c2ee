//! Recorded answers of Azure DevOps to what changes something, met by the executors.

use crate::support::context::attempt;
use crate::support::replay::{Filler, Replay, recorded};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_ports::{Action, Attempt, Context, Executed};

struct Play {
    _replay: Replay,
    action: Arc<dyn Action>,
    context: Context,
    attempt: Attempt,
}

/// Serves a recording, with its project called as all others here.
async fn play(file: &str, project: &str, filler: Filler, kind: &str, input: Value) -> Option<Play> {
    let mut exchanges = recorded(file)?;
    for exchange in &mut exchanges {
        let url = exchange["request"]["url"].as_str().unwrap().to_owned();
        exchange["request"]["url"] = json!(url.replace(project, "/buildtests/"));
    }
    let replay = Replay::of(exchanges, Default::default(), filler).await;
    let action = Arc::clone(replay.registry().action(kind).unwrap());
    let context = replay.parts.context();
    let mut attempt = attempt(input, 9);
    attempt.captured = action.capture(&context, &attempt.input).await.unwrap().captured;
    Some(Play { _replay: replay, action, context, attempt })
}

#[tokio::test]
async fn variables_go_back_with_the_whole_definition() {
    let input = json!({"definition": 47, "variables": {"var1": "x"}});
    let Some(exchanges) = recorded("ado-definition-variables") else { return };
    // Its one variable is a secret, which is refused before anything is written.
    let replay = Replay::of(
        exchanges
            .into_iter()
            .map(|mut one| {
                let url = one["request"]["url"].as_str().unwrap().to_owned();
                one["request"]["url"] = json!(url.replace("/pipelinesTest000001/", "/buildtests/"));
                one
            })
            .collect(),
        Default::default(),
        |_, _, _| None,
    )
    .await;
    let kind = "azure_devops.build.set_variables";
    let action = Arc::clone(replay.registry().action(kind).unwrap());
    let refused = action.capture(&replay.parts.context(), &input).await.unwrap_err();
    assert!(format!("{refused:?}").contains("secret_variable"), "{refused:?}");
}

#[tokio::test]
async fn a_recorded_build_is_tagged() {
    let build = |method: &str, path: &str, wrote: bool| {
        let tags = if wrote { json!(["TestTag0"]) } else { json!([]) };
        let body = json!({"id": 637, "buildNumber": "1", "tags": tags, "status": "completed"});
        (method == "GET" && path.ends_with("/builds/637")).then_some((200, body))
    };
    let input = json!({"build": 637, "tag": "TestTag0"});
    let kind = "azure_devops.build.tag";
    let Some(play) = play("ado-build-tags", "/buildtests/", build, kind, input).await else {
        return;
    };
    let done = json!({"build": 637, "tag": "TestTag0", "added": true});
    let acted = play.action.execute(&play.context, &play.attempt).await;
    assert_eq!(acted, Ok(Executed::Done(done)));
}

#[tokio::test]
async fn a_recorded_build_is_queued() {
    let none = |method: &str, path: &str, _: bool| {
        let is_list = path.ends_with("/build/builds") || path.ends_with("/tags");
        let tagged = method == "PUT" && path.contains("/tags/");
        (tagged || (method == "GET" && is_list)).then(|| (200, json!({"count": 0, "value": []})))
    };
    let input = json!({"branch": "main"});
    let kind = "azure_devops.build.queue";
    let Some(play) = play("ado-build-queue", "/buildtests/", none, kind, input).await else {
        return;
    };
    match play.action.execute(&play.context, &play.attempt).await {
        Ok(Executed::Done(build)) => {
            assert_eq!((&build["id"], &build["number"]), (&json!(638), &json!("20260401.4")));
            assert_eq!(build["branch"], "main");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_recorded_branch_is_made() {
    let none = |method: &str, path: &str, _: bool| {
        let is_list = method == "GET" && path.ends_with("/refs");
        is_list.then(|| (200, json!({"count": 0, "value": []})))
    };
    let commit = "e0d501db4f5a08fe212e8ed7a8e8035fbef62416";
    let input = json!({"name": "branchnametocreate", "commit": commit,
        "repository": "refsTests000002"});
    let (kind, project) = ("azure_devops.git.create_branch", "/refsTests000001/");
    let Some(play) = play("ado-ref-create", project, none, kind, input).await else { return };
    let done = json!({"branch": "branchnametocreate", "commit": commit, "created": true});
    let acted = play.action.execute(&play.context, &play.attempt).await;
    assert_eq!(acted, Ok(Executed::Done(done)));
}

#[tokio::test]
async fn a_recorded_pull_request_is_completed_later() {
    let Some(exchanges) = recorded("ado-pr-create-complete") else { return };
    let open = exchanges[0]["response"]["body"].clone();
    OPEN.set(open).unwrap();
    let look = |method: &str, path: &str, _: bool| {
        let ours = method == "GET" && path.ends_with("/pullrequests/57");
        ours.then(|| (200, OPEN.get().unwrap().clone()))
    };
    let input = json!({"pull_request": 57, "repository": "XVFjTPTE"});
    let kind = "azure_devops.pull_request.complete";
    let project = "/PullRequestLiveTest/";
    let Some(play) = play("ado-pr-create-complete", project, look, kind, input).await else {
        return;
    };
    let acted = play.action.execute(&play.context, &play.attempt).await;
    assert!(matches!(acted, Ok(Executed::Accepted(_))), "queued: {acted:?}");
}

/// The pull request as it was made, for a filler that holds nothing itself.
static OPEN: std::sync::OnceLock<Value> = std::sync::OnceLock::new();
