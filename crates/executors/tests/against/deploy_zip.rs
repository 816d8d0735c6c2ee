//! Packages: the kit, every doubt about one, and answers that a real deployment host once gave.

use crate::recordings::{Play, app as bound};
use crate::support::replay::recorded;
use crate::support::sim::{Sim, SimSubject};
use serde_json::{Value, json};
use std::io::{Cursor, Write as _};
use windlass_azure_sim::world::AppAddress;
use windlass_azure_sim::{Fault, FaultKind, ForeignChange};
use windlass_ports::{ActionError, Executed, Polled, Probed};
use windlass_testkit::action_conformance;
use windlass_testkit::action_kit::{Subject as _, Trial};

const KIND: &str = "azure.app_service.deploy_zip";

fn zip(version: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("build.json", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(json!({"version": version, "branch": "prod"}).to_string().as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

async fn subject() -> SimSubject {
    let sim = Sim::start().await;
    let package = sim.file("app.zip", &zip("9.9.9"));
    let input = json!({"app": "qa4", "package": package});
    SimSubject { sim, kind: KIND, input, asks_service: true }
}

action_conformance!(deploy_zip, subject());

fn app() -> AppAddress {
    AppAddress { site: "qa4".into(), slot: None }
}

fn on_send(kind: FaultKind) -> Fault {
    Fault::new(kind).on("POST", "/zipdeploy")
}

async fn sent(subject: &SimSubject) -> usize {
    subject.sim.ledger("package_deployment_started").await.len()
}

async fn version(subject: &SimSubject) -> Value {
    subject.pass(60_000).await;
    subject.sim.world().await["sites"][0]["app"]["deployed"]["version"].clone()
}

fn failure(error: ActionError) -> windlass_model::Failure {
    match error {
        ActionError::Permanent(failure) => failure,
        other => panic!("it is for good: {other:?}"),
    }
}

#[tokio::test]
async fn the_sum_and_both_deployments_are_told() {
    let subject = subject().await;
    let first = Trial::prepare(&subject).await;
    let output = first.finish().await;
    assert_eq!((output["sha256"].as_str().unwrap().len(), &output["replaced"]), (64, &Value::Null));
    assert_eq!(version(&subject).await, "9.9.9");
    let verdict = async || {
        let (action, context) = (subject.action(), subject.context());
        action.verify(&context, &subject.input(), &output).await.unwrap()
    };
    assert_eq!(verdict().await, windlass_ports::Verdict::Holds);
    let theirs = ForeignChange::Package { app: app(), version: "9.9.8".into() };
    subject.sim.somebody(theirs).await;
    subject.pass(60_000).await;
    assert!(matches!(verdict().await, windlass_ports::Verdict::Drifted(_)));
}

#[tokio::test]
async fn a_lost_answer_is_found_by_the_message_and_never_sent_again() {
    for wrong in [
        FaultKind::LostReply,
        FaultKind::GatewayTimeout { applied: true, after_seconds: None, lock_seconds: 0.0 },
        FaultKind::Html500 { applied: true },
    ] {
        let subject = subject().await;
        let trial = Trial::prepare(&subject).await;
        subject.sim.arm(on_send(wrong.clone())).await;
        let acted = trial.act().await;
        assert!(matches!(acted, Err(ActionError::InDoubt(_))), "{wrong:?}: {acted:?}");
        // While it is unpacked it has no name yet; nobody takes that for "nothing is there".
        let Probed::InProgress(handle) = trial.probe(None).await else { panic!("{wrong:?}") };
        assert_eq!(handle["deployment"], Value::Null);
        trial.follow(Executed::Accepted(handle)).await;
        assert_eq!((sent(&subject).await, version(&subject).await), (1, json!("9.9.9")));
        let line = &subject.sim.ledger("package_deployed").await[0];
        assert_eq!(line["request_id"], trial.attempt.request_id.to_string());
    }
}

#[tokio::test]
async fn a_lost_request_is_absent_and_may_be_sent_again() {
    for wrong in [
        FaultKind::LostRequest,
        FaultKind::GatewayTimeout { applied: false, after_seconds: None, lock_seconds: 0.0 },
    ] {
        let subject = subject().await;
        let trial = Trial::prepare(&subject).await;
        subject.sim.arm(on_send(wrong)).await;
        assert!(matches!(trial.act().await, Err(ActionError::InDoubt(_))));
        assert_eq!(trial.probe(None).await, Probed::Absent);
        trial.finish().await;
        assert_eq!((sent(&subject).await, version(&subject).await), (1, json!("9.9.9")));
    }
}

#[tokio::test]
async fn a_504_whose_work_begins_later_is_seen_later() {
    let subject = subject().await;
    let trial = Trial::prepare(&subject).await;
    let late = Some(60.0);
    let kind = FaultKind::GatewayTimeout { applied: true, after_seconds: late, lock_seconds: 0.0 };
    subject.sim.arm(on_send(kind)).await;
    assert!(matches!(trial.act().await, Err(ActionError::InDoubt(_))));
    assert_eq!(trial.probe(None).await, Probed::Absent);
    subject.pass(trial.action.spec().traits.settle_ms).await;
    assert!(matches!(trial.probe(None).await, Probed::Done(_)));
    assert_eq!(sent(&subject).await, 1);
}

#[tokio::test]
async fn a_crash_between_finds_the_deployment_at_any_moment() {
    for waited in [0, 6_000, 60_000] {
        let subject = subject().await;
        let trial = Trial::prepare(&subject).await;
        assert!(matches!(trial.act().await, Ok(Executed::Accepted(_))));
        subject.pass(waited).await;
        // The new process has what is in the history: the attempt, and no handle.
        match trial.probe(None).await {
            Probed::Done(_) => assert_eq!(waited, 60_000),
            Probed::InProgress(handle) => {
                trial.follow(Executed::Accepted(handle)).await;
            }
            other => panic!("after {waited} ms: {other:?}"),
        }
        assert_eq!(sent(&subject).await, 1);
        assert!(matches!(trial.probe(None).await, Probed::Done(_)));
    }
}

#[tokio::test]
async fn a_host_at_work_for_somebody_else_is_waited_for() {
    let subject = subject().await;
    let trial = Trial::prepare(&subject).await;
    let theirs = ForeignChange::Package { app: app(), version: "9.9.8".into() };
    subject.sim.somebody(theirs).await;
    match trial.act().await {
        Err(ActionError::Transient(failure)) => assert!(failure.message.contains("in progress")),
        other => panic!("{other:?}"),
    }
    subject.pass(60_000).await;
    assert_eq!(trial.probe(None).await, Probed::Absent, "theirs is not ours");
    trial.finish().await;
    assert_eq!(version(&subject).await, "9.9.9");
}

#[tokio::test]
async fn an_app_that_runs_from_elsewhere_is_refused_with_the_way_out() {
    let subject = subject().await;
    let name = "WEBSITE_RUN_FROM_PACKAGE".to_owned();
    let value = Some("https://a.blob.core.windows.net/p.zip".to_owned());
    subject.sim.somebody(ForeignChange::AppSetting { app: app(), name, value }).await;
    let trial = Trial::prepare(&subject).await;
    let failure = failure(trial.act().await.unwrap_err());
    assert_eq!(failure.code, "runs_from_elsewhere");
    assert!(failure.message.contains("set_app_settings"), "{}", failure.message);
    assert_eq!(sent(&subject).await, 0);
}

#[tokio::test]
async fn a_failed_deployment_tells_its_log() {
    let subject = subject().await;
    let trial = Trial::prepare(&subject).await;
    let kind = FaultKind::FailedOperation { code: "C".into(), message: "no space left".into() };
    subject.sim.arm(on_send(kind)).await;
    let Ok(Executed::Accepted(handle)) = trial.act().await else { panic!("it is taken") };
    subject.pass(60_000).await;
    let polled = trial.action.poll(&trial.context, &trial.attempt, &handle).await;
    let failure = failure(polled.unwrap_err());
    assert_eq!(failure.code, "deployment_failed");
    for part in ["no space left", "/log"] {
        assert!(failure.message.contains(part), "{}", failure.message);
    }
    assert!(matches!(trial.probe(None).await, Probed::Failed(_)));
    assert_eq!(version(&subject).await, "7.2.0.41");
}

#[tokio::test]
async fn a_host_that_is_restarted_in_the_middle_ends_the_deployment_and_not_the_patience() {
    let subject = subject().await;
    let trial = Trial::prepare(&subject).await;
    let Ok(Executed::Accepted(handle)) = trial.act().await else { panic!("it is taken") };
    subject.pass(6_000).await;
    let restart = ForeignChange::DeploymentHostRestart { app: app(), away_seconds: 30.0 };
    subject.sim.somebody(restart).await;
    let poll = async || trial.action.poll(&trial.context, &trial.attempt, &handle).await;
    assert!(matches!(poll().await, Err(ActionError::Transient(_))), "503: ask again");
    subject.pass(31_000).await;
    assert_eq!(failure(poll().await.unwrap_err()).code, "deployment_failed");
    assert_eq!(sent(&subject).await, 1);
}

#[tokio::test]
async fn a_package_that_is_not_what_was_meant_is_never_sent() {
    let subject = subject().await;
    let trial = Trial::prepare(&subject).await;
    subject.sim.file("app.zip", &zip("6.6.6"));
    assert_eq!(failure(trial.act().await.unwrap_err()).code, "changed");
    let capture = async |input: Value| {
        let found = trial.action.capture(&trial.context, &input).await;
        failure(found.unwrap_err()).code
    };
    let package = subject.input()["package"].clone();
    let sum = json!({"app": "qa4", "package": package, "sha256": "00"});
    assert_eq!(capture(sum).await, "sum");
    subject.sim.file("app.zip", &zip("9.9.9")[..40]);
    assert_eq!(capture(subject.input()).await, "not_whole");
    let gone = json!({"app": "qa4", "package": "/nowhere/app.zip"});
    assert_eq!(capture(gone).await, "file");
    let other = json!({"app": "qa4", "package": "app.tar"});
    assert_eq!(trial.action.check(&trial.context.bindings, &other).len(), 1);
    assert_eq!(sent(&subject).await, 0);
}

/// The id of the replayed attempt, which is the message of its deployment.
const OURS: &str = "00000000-0000-0000-0000-000000000009";

/// The recorded deployment.
const ID: &str = "3ca36d6332bb4d60b07e3cfb6afcf9d2";

/// The recorded host.
const HOST: &str = "webapp-zipdeploy-testqw2woxqgh4uuzdba37k.scm.azurewebsites.net";

/// The site that names the host, and the list of deployments, which the recording lacks.
fn around(method: &str, path: &str, wrote: bool) -> Option<(u16, Value)> {
    let site = json!({"id": path, "location": "West Europe", "properties": {
        "state": "Running", "hostNameSslStates": [{"name": HOST, "hostType": "Repository"}],
    }});
    let begun = json!({"id": ID, "status": 1, "message": OURS, "complete": false});
    match method {
        "GET" if path.contains("/sites/") => Some((200, site)),
        "GET" if path.ends_with("/api/deployments") => {
            Some((200, if wrote { json!([begun]) } else { json!([]) }))
        }
        _ => None,
    }
}

#[tokio::test]
async fn what_a_real_host_answered_is_understood() {
    let Some(exchanges) = recorded("kudu-zipdeploy") else { return };
    let text = Value::Array(exchanges).to_string();
    let text = text
        .replace(&format!("https://{HOST}/"), &format!("https://management.azure.com/scm/{HOST}/"))
        .replace("mock-deployment", ID)
        .replace("Created via a push deployment", OURS);
    let exchanges: Vec<Value> = serde_json::from_str(&text).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("app.zip");
    std::fs::write(&package, zip("1")).unwrap();
    let bound = bound("clitest.rg000001", "webapp-zipdeploy-test000002", None);
    let deploy = (KIND, json!({"app": "app", "package": package}));
    let mut play = Play::start(exchanges, bound, around, deploy).await;
    play.capture().await;
    let Ok(Executed::Accepted(mut handle)) = play.execute().await else { panic!("it is taken") };
    let mut told = Vec::new();
    let output = loop {
        match play.action.poll(&play.context, &play.attempt, &handle).await.unwrap() {
            Polled::InProgress { handle: next, message, .. } => {
                told.push(message.unwrap_or_default());
                handle = next;
            }
            Polled::Done(output) => break output,
        }
    };
    assert_eq!(told, ["", "Generating deployment script.", "Running deployment command..."]);
    assert_eq!((&output["deployment"], &output["replaced"]), (&json!(ID), &Value::Null));
}
