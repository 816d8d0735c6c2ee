//! Releases of production: approvals, tasks that stop apps, one release that is edited, one that is
//! abandoned.

use crate::cloud::{Cloud, json};
use serde_json::{Value, json};
use windlass_azure_sim::Effect;

fn create(cloud: &mut Cloud, definition: u64) -> Value {
    let artifact = json!([{"alias": "_Dispatcher-CI", "instanceReference": {"id": "4119"}}]);
    let body = json!({"definitionId": definition, "artifacts": artifact});
    json(&cloud.devops("POST", "release/releases", Some(body)))
}

fn deploy(cloud: &mut Cloud, stage: &Value) -> Value {
    let path = format!("Release/releases/{}/environments/{}", stage["releaseId"], stage["id"]);
    json(&cloud.devops("PATCH", &path, Some(json!({"status": "inProgress"}))))
}

#[test]
fn a_stage_waits_for_its_approval() {
    let mut cloud = Cloud::new();
    let release = create(&mut cloud, 18);
    let queued = deploy(&mut cloud, &release["environments"][1]);
    assert_eq!(queued["preDeployApprovals"][0]["status"], "pending");
    cloud.wait(9_000.0);
    let pending =
        format!("release/approvals?statusFilter=pending&releaseIdsFilter={}", release["id"]);
    let asked = cloud.devops_list(&pending);
    assert_eq!(asked[0]["releaseEnvironment"]["name"], "pwa beta");
    let url = format!("release/approvals/{}", asked[0]["id"]);
    let yes = json!({"status": "approved", "comments": "go"});
    assert_eq!(json(&cloud.devops("PATCH", &url, Some(yes.clone())))["status"], "approved");
    assert_eq!(cloud.devops("PATCH", &url, Some(yes)).status, 400, "no longer pending");
    assert!(cloud.devops_list(&pending).is_empty());
    cloud.wait(300.0);
    cloud.devops_list(&pending);
    let effects: Vec<Effect> = cloud.effects().into_iter().map(|(effect, _)| effect).collect();
    let expected = [
        Effect::ReleaseCreated,
        Effect::StageDeploymentStarted,
        Effect::ApprovalGiven,
        Effect::AppStopped,
        Effect::StageDeployed,
        Effect::AppStarted,
    ];
    assert_eq!(effects, expected);
}

#[test]
fn one_release_is_edited_and_its_definition_is_not() {
    let mut cloud = Cloud::new();
    let mut release = create(&mut cloud, 17);
    let tasks =
        |body: &Value| body["environments"][0]["deployPhasesSnapshot"][0]["workflowTasks"].clone();
    let before = tasks(&release);
    assert_eq!(before[0]["inputs"]["Action"], "Stop Azure App Service");
    let at = &mut release["environments"][0]["deployPhasesSnapshot"][0]["workflowTasks"];
    at[0]["enabled"] = json!(false);
    at[1]["inputs"]["SlotName"] = json!("midday");
    let url = format!("release/releases/{}", release["id"]);
    let edited = json(&cloud.devops("PUT", &url, Some(release)));
    assert_eq!(tasks(&edited)[0]["enabled"], false);
    assert_eq!(tasks(&edited)[1]["inputs"]["SlotName"], "midday");
    assert_eq!(
        tasks(&create(&mut cloud, 17)),
        before,
        "another release has the definition's tasks"
    );
    let effects = cloud.effects();
    assert_eq!(effects.iter().filter(|(one, _)| *one == Effect::ReleaseEdited).count(), 1);
}

#[test]
fn an_abandoned_release_is_not_deployed() {
    let mut cloud = Cloud::new();
    let release = create(&mut cloud, 17);
    let url = format!("release/releases/{}", release["id"]);
    for _ in 0..2 {
        let gone = json(&cloud.devops("PATCH", &url, Some(json!({"status": "abandoned"}))));
        assert_eq!(gone["status"], "abandoned");
    }
    let refused = deploy(&mut cloud, &release["environments"][0]);
    assert_eq!(refused["typeKey"], "InvalidRequestException");
    let effects = cloud.effects();
    assert_eq!(effects.iter().filter(|(one, _)| *one == Effect::ReleaseAbandoned).count(), 1);
}
