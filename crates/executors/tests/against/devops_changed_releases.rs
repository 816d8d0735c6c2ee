//! Releases that were changed for a slot: they are nobody else's, they do not count as what is on a
//! stage once they are taken back, and what they brought comes back by another release.

use crate::support::devops::{DevOpsSubject, devops};
use serde_json::{Value, json};
use windlass_azure_sim::ForeignChange;
use windlass_ports::{ActionError, Executed, Probed};
use windlass_testkit::action_kit::{Subject as _, Trial};

const CREATE: &str = "azure_devops.release.create";
const DEPLOY: &str = "azure_devops.release.deploy";
const CURRENT: &str = "azure_devops.release.current";
const ABANDON: &str = "azure_devops.release.abandon";

/// One action of the same world, from its capture to its end.
async fn does(subject: &DevOpsSubject, kind: &'static str, input: Value, seed: u128) -> Value {
    let sim = subject.sim();
    let (action, context) = (sim.action(kind), sim.parts.context());
    let mut attempt = crate::support::context::attempt(input, seed);
    attempt.captured = action.capture(&context, &attempt.input).await.unwrap().captured;
    match action.execute(&context, &attempt).await.unwrap() {
        Executed::Done(output) => output,
        Executed::Accepted(handle) => {
            subject.pass(600_000).await;
            handle
        }
    }
}

/// Release-103 holds 7.1.214.3, and its stage rnapi was changed to go to a slot, and deployed.
async fn changed(kind: &'static str, input: Value) -> DevOpsSubject {
    let subject = devops(kind, input).await;
    let own = json!({"build": 4119, "definition": 17, "own": true});
    assert_eq!(does(&subject, CREATE, own, 71).await["id"], 103);
    for (input, value) in [("DeployToSlotOrASEFlag", "true"), ("SlotName", "midday")] {
        let change = ForeignChange::ReleaseTask {
            release: 103,
            stage: "rnapi".into(),
            task: "Deploy prod2rnapi".into(),
            input: input.into(),
            value: value.into(),
        };
        subject.sim().somebody(change).await;
    }
    let to_slot = json!({"release": 103, "stage": "rnapi", "definition": 17, "apps": []});
    does(&subject, DEPLOY, to_slot, 72).await;
    subject
}

async fn releases(subject: &DevOpsSubject) -> Vec<String> {
    let deployed = subject.sim().ledger("stage_deployed").await;
    deployed.iter().map(|line| line["target"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_release_that_was_changed_is_found_by_nobody() {
    let subject = changed(CREATE, json!({"build": 4119, "definition": 17})).await;
    let output = Trial::prepare(&subject).await.finish().await;
    assert_eq!((&output["id"], &output["created"]), (&json!(104), &json!(true)));
}

/// Nor one that is yet to be changed.
#[tokio::test]
async fn a_release_of_its_own_is_found_by_nobody() {
    let subject = devops(CREATE, json!({"build": 4119, "definition": 17})).await;
    does(&subject, CREATE, json!({"build": 4119, "definition": 17, "own": true}), 71).await;
    let output = Trial::prepare(&subject).await.finish().await;
    assert_eq!((&output["id"], &output["created"]), (&json!(104), &json!(true)));
    let again = json!({"build": 4119, "definition": 17});
    assert_eq!(does(&subject, CREATE, again, 73).await["id"], 104, "this one is found");
}

#[tokio::test]
async fn a_stage_that_leads_to_a_slot_is_not_told_to_be_the_app() {
    let input =
        |apps: Value| json!({"release": 103, "stage": "rnapi", "definition": 17, "apps": apps});
    let subject = changed(DEPLOY, input(json!(["prod2rnapi"]))).await;
    let app = json!({"site": "prod2rnapi", "stage": "rnapi"});
    let bound = [("prod2rnapi", "azure.app_service", app)];
    let mut context = subject.context();
    context.bindings = std::sync::Arc::new(crate::support::context::bindings(&bound));
    let usual = json!({"release": 91, "stage": "rnapi", "definition": 17, "apps": ["prod2rnapi"]});
    assert!(subject.action().capture(&context, &usual).await.is_ok());
    match subject.action().capture(&context, &subject.input()).await {
        Err(ActionError::Permanent(failure)) => {
            assert_eq!(failure.code, "wrong_place");
            assert!(failure.message.contains("slot midday"), "{}", failure.message);
        }
        other => panic!("{other:?}"),
    }
}

/// What went to a slot may be swapped into production, so it counts until it is taken back.
#[tokio::test]
async fn what_was_taken_back_from_a_slot_is_not_on_the_stage() {
    let subject = changed(CURRENT, json!({"stage": "rnapi", "definition": 17})).await;
    let first = Trial::prepare(&subject).await.finish().await;
    assert_eq!((&first["release"], &first["number"]), (&json!(103), &json!("7.1.214.3")));
    does(&subject, ABANDON, json!({"release": 103}), 74).await;
    let then = Trial::prepare(&subject).await.finish().await;
    assert_eq!((&then["release"], &then["number"]), (&json!(91), &json!("7.1.214.1")));
    assert_eq!(then["told_commit"], first["commit"], "it was told so, whatever became of it");
}

/// The build comes back to the stage's own app, by a release that leads there.
#[tokio::test]
async fn the_undo_brings_the_build_back_and_not_to_the_slot() {
    let input = json!({"release": 91, "stage": "rnapi", "definition": 17});
    let subject = changed(DEPLOY, input).await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    let undo = trial.undo(Some(output));
    assert!(matches!(undo.probe(None).await, Probed::Absent), "nothing is back yet");
    undo.finish().await;
    let expected = ["Release-103/rnapi", "Release-91/rnapi", "Release-104/rnapi"];
    assert_eq!(releases(&subject).await, expected);
    assert!(matches!(undo.probe(None).await, Probed::Done(_)));
    assert_eq!(subject.sim().ledger("release_created").await.len(), 2, "one, and one for it");
}

/// An abandoned release can be deployed no more; another one of its build can.
#[tokio::test]
async fn the_undo_brings_an_abandoned_release_s_build_back() {
    let subject =
        devops(DEPLOY, json!({"branch": "prod", "stage": "rnapi", "definition": 17})).await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    does(&subject, ABANDON, json!({"release": 91}), 74).await;
    trial.undo(Some(output)).finish().await;
    let deployed = subject.sim().ledger("stage_deployed").await;
    assert_eq!(deployed[1]["detail"]["version"], "7.1.214.1", "{deployed:?}");
}
