//! Releases of production: made and abandoned, approved, edited, read; stages by number; what a
//! definition's triggers can do.

use crate::support::devops::{DevOpsSubject, devops};
use serde_json::{Value, json};
use windlass_azure_sim::{Fault, FaultKind, ForeignChange};
use windlass_ports::{ActionError, Clock as _, Executed, Probed};
use windlass_testkit::action_conformance;
use windlass_testkit::action_kit::{Subject as _, Trial};

const CREATE: &str = "azure_devops.release.create";
const EDIT: &str = "azure_devops.release.edit";
const APPROVE: &str = "azure_devops.release.approve";
const DEPLOY: &str = "azure_devops.release.deploy";
const DIFF: &str = "azure_devops.diff";
const CURRENT: &str = "azure_devops.release.current";
const TRIGGERS: &str = "azure_devops.release.triggers";

fn of_prod() -> Value {
    json!({"build": {"id": 4119}, "definition": "Dispatcher-Prod"})
}

/// A release that nobody deployed yet stands ready; its number is the next one.
async fn ready(kind: &'static str, definition: u64, input: Value) -> DevOpsSubject {
    let subject = devops(kind, input).await;
    let sim = subject.sim();
    let made = json!({"build": 4119, "definition": definition});
    let action = sim.action(CREATE);
    let context = sim.parts.context();
    let mut attempt = crate::support::context::attempt(made, 77);
    let prepared = action.capture(&context, &attempt.input).await.unwrap();
    attempt.captured = prepared.captured;
    action.execute(&context, &attempt).await.unwrap();
    subject
}

fn midday() -> Value {
    let stage = json!({"stop_nothing": true, "slot": "midday", "resource_group": "rg-prod"});
    json!({"release": 103, "stages": {"rnapi": stage, "pwaapi": {"stop_nothing": true}}})
}

action_conformance!(create_release, devops(CREATE, of_prod()));
action_conformance!(create_own_release, devops(CREATE, json!({"build": 4118, "own": true})));
action_conformance!(abandon, devops("azure_devops.release.abandon", json!({"release": 101})));
action_conformance!(edit, ready(EDIT, 17, midday()));

async fn waiting() -> DevOpsSubject {
    let subject = ready(APPROVE, 18, json!({"release": 103, "stage": "pwa beta"})).await;
    deploy(&subject, json!({"release": 103, "stage": "pwa beta", "definition": 18})).await;
    subject
}

/// Tells a stage to deploy, and does not wait.
async fn deploy(subject: &DevOpsSubject, input: Value) -> Value {
    let sim = subject.sim();
    let (action, context) = (sim.action(DEPLOY), sim.parts.context());
    let mut attempt = crate::support::context::attempt(input, 78);
    attempt.captured = action.capture(&context, &attempt.input).await.unwrap().captured;
    match action.execute(&context, &attempt).await.unwrap() {
        Executed::Accepted(handle) => handle,
        done => panic!("{done:?}"),
    }
}

action_conformance!(approve, waiting());
action_conformance!(current, devops(CURRENT, json!({"stage": "qa4"})));
action_conformance!(
    triggers,
    devops(TRIGGERS, json!({"stages": ["qa4", "qa4rnapi"], "branch": "prod"}))
);
action_conformance!(
    diff,
    devops(
        DIFF,
        json!({"from": {"branch": "prod"}, "to": {"branch": "main"},
        "folders": {"migrations": "/src/Migrations"}})
    )
);

fn message(error: ActionError, code: &str) -> String {
    match error {
        ActionError::Permanent(failure) => {
            assert_eq!(failure.code, code, "{}", failure.message);
            failure.message
        }
        other => panic!("{other:?}"),
    }
}

async fn tasks(subject: &DevOpsSubject, release: u64, stage: usize) -> Value {
    let whole = subject.whole().await;
    let releases = whole["releases"].as_array().unwrap();
    let found = releases.iter().find(|one| one["id"] == release).unwrap();
    found["stages"][stage]["tasks"].clone()
}

#[tokio::test]
async fn a_release_that_was_there_is_found_and_survives_the_undo() {
    let subject = devops(CREATE, json!({"build": 4118})).await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    assert_eq!((&output["id"], &output["created"]), (&json!(101), &json!(false)));
    trial.undo(Some(output)).finish().await;
    assert!(subject.sim().ledger("release_abandoned").await.is_empty());
}

#[tokio::test]
async fn a_release_of_its_own_is_made_beside_one_that_holds_the_build() {
    let subject = devops(CREATE, json!({"build": 4118, "own": true})).await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    assert_eq!((&output["id"], &output["created"]), (&json!(103), &json!(true)));
    trial.undo(Some(output)).finish().await;
    let abandoned = subject.sim().ledger("release_abandoned").await;
    assert_eq!(abandoned.len(), 1);
    assert_eq!(abandoned[0]["detail"]["release"], "Release-103", "the other one stays");
}

#[tokio::test]
async fn one_release_stops_nothing_and_goes_to_the_slot_and_no_other_does() {
    let subject = ready(EDIT, 17, midday()).await;
    let before = tasks(&subject, 103, 0).await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    let after = tasks(&subject, 103, 0).await;
    let enabled = |all: &Value| -> Vec<bool> {
        all.as_array().unwrap().iter().map(|one| one["enabled"] == true).collect()
    };
    assert_eq!((enabled(&before), enabled(&after)), (vec![true; 3], vec![false, true, false]));
    assert_eq!(after[1]["inputs"]["SlotName"], "midday");
    assert_eq!(after[1]["inputs"]["DeployToSlotOrASEFlag"], "true");
    assert_eq!(output["tasks"].as_array().unwrap().len(), 5);
    assert_eq!(tasks(&subject, 91, 0).await, before, "another release is as it was");
    // The stage is deployed and stops nothing.
    deploy(&subject, json!({"release": 103, "stage": "rnapi", "definition": 17})).await;
    subject.pass(300_000).await;
    assert!(subject.sim().ledger("app_stopped").await.is_empty());
    assert_eq!(subject.sim().ledger("stage_deployed").await.len(), 1);
    let late = subject.action().capture(&subject.context(), &midday()).await.unwrap_err();
    assert!(message(late, "stage_ran").contains("rnapi"));
}

#[tokio::test]
async fn a_task_that_somebody_changed_is_a_conflict_before_and_stays_after() {
    let task = |value: &str| ForeignChange::ReleaseTask {
        release: 103,
        stage: "rnapi".into(),
        task: "Deploy prod2rnapi".into(),
        input: "SlotName".into(),
        value: value.into(),
    };
    let subject = ready(EDIT, 17, midday()).await;
    let trial = Trial::prepare(&subject).await;
    subject.sim().somebody(task("theirs")).await;
    message(trial.act().await.unwrap_err(), "conflict");
    let subject = ready(EDIT, 17, midday()).await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    subject.sim().somebody(task("theirs")).await;
    let undo = trial.undo(Some(output));
    undo.finish().await;
    let now = tasks(&subject, 103, 0).await;
    assert_eq!(
        (&now[1]["inputs"]["SlotName"], &now[0]["enabled"]),
        (&json!("theirs"), &json!(true))
    );
    assert!(matches!(undo.probe(None).await, Probed::Done(_)));
}

#[tokio::test]
async fn a_slot_without_its_resource_group_is_refused_before_anything_is_sent() {
    let input = json!({"release": 103, "stages": {"rnapi": {"slot": "midday"}}});
    let subject = ready(EDIT, 17, input.clone()).await;
    let refused = subject.action().capture(&subject.context(), &input).await.unwrap_err();
    let text = message(refused, "no_resource_group");
    assert!(text.contains("Deploy prod2rnapi") && text.contains("resource_group"), "{text}");
    // The stage of the staging slot knows its group already.
    let input = json!({"release": 103, "stages": {"prod2 staging": {"slot": "midday"}}});
    assert!(subject.action().capture(&subject.context(), &input).await.is_ok());
}

#[tokio::test]
async fn a_lost_answer_to_an_edit_is_found_and_a_lost_request_is_absent() {
    for (kind, done) in [(FaultKind::LostReply, true), (FaultKind::LostRequest, false)] {
        let subject = ready(EDIT, 17, midday()).await;
        let trial = Trial::prepare(&subject).await;
        subject.sim().arm(Fault::new(kind).on("PUT", "/release/releases/")).await;
        assert!(matches!(trial.act().await, Err(ActionError::InDoubt(_))));
        assert_eq!(matches!(trial.probe(None).await, Probed::Done(_)), done);
        trial.finish().await;
        assert_eq!(subject.sim().ledger("release_edited").await.len(), 1);
    }
}

#[tokio::test]
async fn a_stage_that_asks_later_is_approved_then() {
    let subject = ready(APPROVE, 18, json!({"release": 103, "stage": "pwa beta"})).await;
    let trial = Trial::prepare(&subject).await;
    let Executed::Accepted(handle) = trial.act().await.unwrap() else { panic!("nobody asks") };
    assert_eq!(trial.probe(None).await, Probed::Absent);
    deploy(&subject, json!({"release": 103, "stage": "pwa beta", "definition": 18})).await;
    let output = trial.follow(Executed::Accepted(handle)).await;
    assert_eq!(output["approvals"].as_array().unwrap().len(), 1);
    subject.pass(300_000).await;
    assert_eq!(subject.sim().ledger("stage_deployed").await.len(), 1);
    assert_eq!(subject.sim().ledger("approval_given").await.len(), 1);
}

#[tokio::test]
async fn a_release_at_work_is_not_abandoned() {
    let input = json!({"release": 103});
    let subject = ready("azure_devops.release.abandon", 17, input).await;
    deploy(&subject, json!({"release": 103, "stage": 41, "definition": "17"})).await;
    let trial = Trial::prepare(&subject).await;
    match trial.act().await {
        Err(ActionError::Transient(failure)) => assert_eq!(failure.code, "stage_busy"),
        other => panic!("{other:?}"),
    }
    subject.pass(300_000).await;
    trial.finish().await;
    assert_eq!(subject.sim().ledger("release_abandoned").await.len(), 1);
}

async fn look(kind: &'static str, input: Value) -> Value {
    let subject = devops(kind, input).await;
    Trial::prepare(&subject).await.finish().await
}

#[tokio::test]
async fn d04_the_two_ways_to_ask_for_migrations_may_disagree() {
    let folders = json!({"migrations": "/src/Migrations", "pwa": ["/client/pwa"]});
    let last = look(DIFF, json!({"last_merge_into": "prod", "folders": folders})).await;
    assert_eq!(last["changed"], json!({"migrations": false, "pwa": false}));
    let running = json!({"stage": {"name": "prod2", "definition": 17}});
    let ahead = json!({"from": running, "to": {"branch": "main"}, "folders": folders});
    let ahead = look(DIFF, ahead).await;
    assert_eq!(ahead["changed"], json!({"migrations": true, "pwa": true}));
    assert_eq!(ahead["files"]["migrations"], json!(["/src/Migrations/0002_Tickets.cs"]));
    assert_eq!(ahead["removed"], json!({"migrations": [], "pwa": []}), "what comes is not gone");
    let builds = json!({"from": {"build": 4102}, "to": {"build": "4119"}, "folders": folders});
    let builds = look(DIFF, builds).await;
    assert_eq!((&builds["count"], &builds["changed"]["migrations"]), (&json!(1), &json!(false)));
    let back = json!({"from": {"branch": "main"}, "to": {"branch": "prod"}, "folders": folders});
    let back = look(DIFF, back).await;
    assert_eq!(back["changed"]["migrations"], true, "one that goes away is a difference too");
    let gone = json!({"migrations": ["/src/Migrations/0002_Tickets.cs"], "pwa": []});
    assert_eq!(back["removed"], gone, "what is edited is not gone");
}

#[tokio::test]
async fn d23_a_trigger_that_can_put_a_main_build_on_a_stage_is_told() {
    let input = json!({"stages": ["qa4", 32], "branch": "prod"});
    assert_eq!(look(TRIGGERS, input.clone()).await["possible"], false);
    for (branch, possible) in [("main", true), ("prod", false), ("release/*", true)] {
        let subject = devops(TRIGGERS, input.clone()).await;
        let trigger = ForeignChange::Trigger {
            definition: 7,
            branch: branch.into(),
            automatic_stages: vec!["qa4".into()],
        };
        subject.sim().somebody(trigger).await;
        let output = Trial::prepare(&subject).await.finish().await;
        assert_eq!(output["possible"], possible, "{branch}: {output}");
        assert_eq!(output["automatic"], json!(["qa4"]));
        assert_eq!(output["ways"].as_array().unwrap().len(), usize::from(possible));
    }
}

#[tokio::test]
async fn what_runs_on_a_stage_is_told_with_its_build() {
    let on_qa4 = look(CURRENT, json!({"stage": "qa4"})).await;
    let known = json!({
        "found": true, "at_work": false, "stage": "qa4", "release": 102, "name": "Release-102",
        "build": 4121, "number": "7.2.0.41", "branch": "main", "elsewhere": false,
        "commit": on_qa4["commit"], "since": on_qa4["since"],
        "told_commit": on_qa4["commit"], "told_release": on_qa4["release"],
        "told_at": on_qa4["told_at"],
    });
    assert!(on_qa4["told_at"].is_string(), "{on_qa4}");
    assert_eq!(on_qa4, known);
    let bare = devops(CURRENT, json!({"stage": 52, "definition": "Dispatcher-PWA"})).await;
    let nothing = Trial::prepare(&bare).await.finish().await;
    let none = json!({"found": false, "at_work": false, "stage": "52", "elsewhere": false});
    assert_eq!(nothing, none);

    let history = look(CURRENT, json!({"stage": "qa4", "history": true})).await["history"].clone();
    let told = json!({
        "number": "7.2.0.41", "commit": on_qa4["commit"], "told_at": on_qa4["told_at"],
        "good": true,
    });
    assert_eq!(history[0], told, "{history}");

    // While the next one is on its way, the last one is still what runs.
    let subject = devops(CURRENT, json!({"stage": "qa4"})).await;
    deploy(&subject, json!({"branch": "prod", "stage": "qa4"})).await;
    let during = Trial::prepare(&subject).await.finish().await;
    assert_eq!((&during["at_work"], &during["build"]), (&json!(true), &json!(4121)));
    assert_ne!(during["told_commit"], during["commit"], "{during}");
    subject.pass(600_000).await;
    let after = Trial::prepare(&subject).await.finish().await;
    assert_eq!((&after["at_work"], &after["build"]), (&json!(false), &json!(4119)));
}

#[tokio::test]
async fn a_service_that_asks_for_patience_gets_it() {
    let subject = devops(CREATE, of_prod()).await;
    let trial = Trial::prepare(&subject).await;
    let slow = FaultKind::SlowDown { retry_after: 2, ms: 0 };
    subject.sim().arm(Fault::new(slow).on("GET", "/release/definitions")).await;
    let clock = subject.sim().parts.clock.clone();
    let before = clock.now();
    let waits = async {
        while clock.next_sleeper().is_none() {
            tokio::task::yield_now().await;
        }
        let asked = clock.next_sleeper();
        clock.advance(2_000);
        asked
    };
    let (output, asked) = tokio::join!(trial.finish(), waits);
    assert_eq!(asked, Some(before.after(2_000)), "not a moment before the service is ready");
    assert_eq!(output["build"]["id"], 4119);
}

#[tokio::test]
async fn a_release_that_was_asked_for_twice_on_its_way_is_abandoned_twice() {
    let subject = devops(CREATE, of_prod()).await;
    let trial = Trial::prepare(&subject).await;
    let twice = Fault::new(FaultKind::Duplicate).on("POST", "/release/releases");
    subject.sim().arm(twice).await;
    let output = trial.finish().await;
    assert_eq!(subject.sim().ledger("release_created").await.len(), 2);
    let undo = trial.undo(Some(output));
    undo.finish().await;
    assert_eq!(subject.sim().ledger("release_abandoned").await.len(), 2);
    assert!(matches!(undo.probe(None).await, Probed::Done(_)));
}

#[tokio::test]
async fn an_approval_that_arrives_twice_or_after_somebody_s_is_given_once() {
    let subject = waiting().await;
    let trial = Trial::prepare(&subject).await;
    let twice = Fault::new(FaultKind::Duplicate).on("PATCH", "/release/approvals/");
    subject.sim().arm(twice).await;
    let output = trial.finish().await;
    assert_eq!(output["approvals"].as_array().unwrap().len(), 1);
    assert_eq!(subject.sim().ledger("approval_given").await.len(), 1);
}

#[tokio::test]
async fn d11_the_difference_that_a_human_decides_by_names_the_files_of_the_app() {
    let folders = json!({"pwa": "/client/pwa"});
    let in_use = json!({"stage": {"name": "pwa", "definition": "Dispatcher-PWA"}});
    for (to, files) in [
        (json!({"branch": "main"}), json!(["/client/pwa/src/app.ts"])),
        (json!({"build": 4119}), json!([])),
    ] {
        let found = look(DIFF, json!({"from": in_use, "to": to, "folders": folders})).await;
        assert_eq!(found["files"]["pwa"], files);
        assert_eq!(found["changed"]["pwa"], files != json!([]));
        assert_eq!(found["assumed"], false);
    }
    let nothing = json!({"stage": {"name": "pwa beta", "definition": "Dispatcher-PWA"}});
    let input = json!({"from": nothing, "to": {"branch": "main"}, "folders": folders});
    let subject = devops(DIFF, input).await;
    let refused = Trial::prepare(&subject).await.act().await.unwrap_err();
    assert!(message(refused, "nothing_deployed").contains("pwa beta"));
}
