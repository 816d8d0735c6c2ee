//! `http.check` against apps that come up, and against one that never does.

use crate::support::sim::{Sim, SimSubject};
use reqwest::Method;
use serde_json::json;
use windlass_azure_sim::ForeignChange;
use windlass_azure_sim::world::AppAddress;
use windlass_executors::http::{Call, HttpClient};
use windlass_ports::{ActionError, Executed, Polled};
use windlass_testkit::action_kit::{Subject as _, Trial};

async fn subject(input: serde_json::Value) -> SimSubject {
    SimSubject { sim: Sim::start().await, kind: "http.check", input, asks_service: false }
}

fn running(running: bool) -> ForeignChange {
    ForeignChange::Running { app: AppAddress { site: "qa4".into(), slot: None }, running }
}

#[tokio::test]
async fn an_app_that_starts_is_waited_for() {
    let input =
        json!({"app": "qa4", "expect": {"json": {"version": "7.2.0.41"}}, "interval": "7s"});
    let subject = subject(input).await;
    subject.sim.somebody(running(false)).await;
    let trial = Trial::prepare(&subject).await;
    let Executed::Accepted(handle) = trial.act().await.unwrap() else { panic!("it is stopped") };
    match trial.action.poll(&trial.context, &trial.attempt, &handle).await.unwrap() {
        Polled::InProgress { after_ms: 7_000, message: Some(said), .. } => {
            assert_eq!(said, "it answers 403");
        }
        other => panic!("{other:?}"),
    }
    subject.sim.somebody(running(true)).await;
    let output = trial.follow(Executed::Accepted(handle)).await;
    assert_eq!(output["status"], 200);
}

#[tokio::test]
async fn the_deadline_ends_the_wait_and_survives_a_crash() {
    let subject = subject(json!({"app": "qa4", "deadline": "2m"})).await;
    subject.sim.somebody(running(false)).await;
    let trial = Trial::prepare(&subject).await;
    let Executed::Accepted(handle) = trial.act().await.unwrap() else { panic!("it is stopped") };
    subject.pass(60_000).await;
    let windlass_ports::Probed::InProgress(again) = trial.probe(None).await else {
        panic!("it waits")
    };
    assert_eq!(again, handle, "the deadline counts from the start, not from the crash");
    subject.pass(60_000).await;
    match trial.action.poll(&trial.context, &trial.attempt, &handle).await {
        Err(ActionError::Permanent(failure)) => {
            assert_eq!(failure.code, "unhealthy");
            assert!(failure.message.ends_with("within 2m: it answers 403"), "{}", failure.message);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn nobody_listening_is_not_healthy_and_no_error() {
    let subject = subject(json!({"url": "http://127.0.0.1:1/health?token=CANARY"})).await;
    let trial = Trial::prepare(&subject).await;
    let Executed::Accepted(handle) = trial.act().await.unwrap() else { panic!("nobody listens") };
    match trial.action.poll(&trial.context, &trial.attempt, &handle).await.unwrap() {
        Polled::InProgress { message: Some(said), .. } => {
            assert!(said.contains("failed to reach") && !said.contains("CANARY"), "{said}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn inputs_are_checked() {
    let sim = Sim::start().await;
    let action = sim.action("http.check");
    let wrong = |input| action.check(&sim.parts.bindings, &input).len();
    assert_eq!(wrong(json!({"app": "qa4"})), 0);
    assert_eq!(wrong(json!({})), 1);
    assert_eq!(wrong(json!({"app": "qa4", "url": "http://x/"})), 1);
    assert_eq!(wrong(json!({"app": "qa4", "interval": "soon", "deadline": "5"})), 2);
}

#[tokio::test]
async fn a_known_host_is_found_at_its_address_under_its_own_name() {
    let sim = Sim::start().await;
    let address = sim.url.strip_prefix("http://").unwrap().parse().unwrap();
    let client = HttpClient::knowing("simulator", address).unwrap();
    for url in ["http://simulator/apps/qa4", "http://simulator/apps/qa4rnapi"] {
        let reply = client.send(Call::new(Method::GET, url.parse().unwrap())).await.unwrap();
        assert_eq!(reply.status, 200, "{url}");
    }
    let elsewhere = Call::new(Method::GET, "http://127.0.0.1:1/".parse().unwrap());
    assert!(client.send(elsewhere).await.is_err(), "nobody else is moved");
}

#[tokio::test]
async fn addresses_that_a_service_gave_out_carry_the_name_it_was_called_by() {
    let mut subject = subject(json!({"from": "backup", "to": "dispatcherqa4prod7"})).await;
    subject.kind = "azure.sql.copy_database";
    subject.sim = subject.sim.named("simulator");
    let trial = Trial::prepare(&subject).await;
    let Executed::Accepted(handle) = trial.act().await.unwrap() else { panic!("it takes an hour") };
    let state = handle["operation"]["state"].as_str().unwrap();
    assert!(state.starts_with("http://simulator/"), "{state}");
    trial.follow(Executed::Accepted(handle)).await;
}
