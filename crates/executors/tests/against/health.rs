//! `http.check` against apps that come up, and against one that never does.

use crate::support::context::attempt;
use crate::support::sim::{Sim, SimSubject};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
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

/// Polls once.
async fn again(
    trial: &Trial<'_, SimSubject>,
    handle: &serde_json::Value,
) -> Result<(serde_json::Value, String), serde_json::Value> {
    match trial.action.poll(&trial.context, &trial.attempt, handle).await.unwrap() {
        Polled::InProgress { handle, message, .. } => Ok((handle, message.unwrap())),
        Polled::Done(output) => Err(output),
    }
}

#[tokio::test]
async fn several_hosts_are_healthy_only_together() {
    let subject = subject(json!({"apps": ["qa4", "qa4rnapi"], "interval": "7s"})).await;
    subject.sim.somebody(running(false)).await;
    let trial = Trial::prepare(&subject).await;
    let Executed::Accepted(handle) = trial.act().await.unwrap() else { panic!("one is stopped") };
    let (handle, said) = again(&trial, &handle).await.unwrap();
    assert!(said.ends_with("/apps/qa4: it answers 403"), "{said}");
    subject.sim.somebody(running(true)).await;
    subject.pass(30_000).await;
    let output = again(&trial, &handle).await.unwrap_err();
    let hosts = output["hosts"].as_array().unwrap();
    assert_eq!(hosts.len(), 2);
    assert!(
        output["url"] == hosts[0]["url"] && hosts[1]["url"].as_str().unwrap().ends_with("rnapi")
    );
    let one = Trial::prepare(&subject).await.finish().await;
    assert_eq!(one["hosts"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn good_answers_count_only_in_a_row_and_not_over_a_crash() {
    let subject = subject(json!({"app": "qa4", "good_in_a_row": 3})).await;
    let trial = Trial::prepare(&subject).await;
    let Executed::Accepted(first) = trial.act().await.unwrap() else { panic!("one is not three") };
    assert_eq!(first["good"], json!([1]));
    let (second, said) = again(&trial, &first).await.unwrap();
    assert_eq!(said, "2 of 3 good answers in a row");
    subject.sim.somebody(running(false)).await;
    let (broken, _) = again(&trial, &second).await.unwrap();
    assert_eq!(broken["good"], json!(null), "a bad one and it begins anew");
    subject.sim.somebody(running(true)).await;
    subject.pass(30_000).await;
    let mut handle = broken;
    for _ in 0..2 {
        handle = again(&trial, &handle).await.unwrap().0;
    }
    let windlass_ports::Probed::InProgress(after_crash) = trial.probe(None).await else {
        panic!("it waits")
    };
    assert_eq!(after_crash["good"], json!(null));
    assert!(again(&trial, &handle).await.is_err(), "the third in a row");
}

/// A run that nobody drove for an hour is not taken back for one good answer too few.
#[tokio::test]
async fn a_deadline_that_passed_while_nobody_looked_is_no_verdict() {
    let subject = subject(json!({"app": "qa4", "good_in_a_row": 3, "deadline": "2m"})).await;
    let trial = Trial::prepare(&subject).await;
    let Executed::Accepted(_) = trial.act().await.unwrap() else { panic!("one is not three") };
    subject.pass(60 * 60_000).await;
    let windlass_ports::Probed::InProgress(mut handle) = trial.probe(None).await else {
        panic!("it waits")
    };
    subject.pass(60_000).await;
    for said in ["1 of 3 good answers in a row", "2 of 3 good answers in a row"] {
        let seen = again(&trial, &handle).await.unwrap();
        assert_eq!(seen.1, said);
        handle = seen.0;
    }
    assert!(again(&trial, &handle).await.is_err(), "the third in a row");
}

#[tokio::test]
async fn the_version_that_answers_is_compared() {
    for (version, good) in [("7.2.0.41", true), ("v7.2.0.41", true), ("7.2.0.4", false)] {
        let subject = subject(json!({"app": "qa4", "expect": {"version": version}})).await;
        let acted = Trial::prepare(&subject).await.act().await.unwrap();
        assert_eq!(matches!(acted, Executed::Done(_)), good, "{version}");
    }
}

#[tokio::test]
async fn addresses_are_given_in_one_way() {
    let sim = Sim::start().await;
    let action = sim.action("http.check");
    let wrong = |input| action.check(&sim.parts.bindings, &input).len();
    assert_eq!(wrong(json!({"urls": ["http://x/", "http://y/"]})), 0);
    assert_eq!(wrong(json!({"urls": ["http://x/"], "apps": ["qa4"]})), 1);
    assert_eq!(wrong(json!({"apps": []})), 1);
    assert_eq!(wrong(json!({"app": "qa4", "good_in_a_row": 0})), 1);
}

/// D10: who gets to the data as "any service of Azure" only loses it with that access: new
/// connections at once, those that are open when the cached rules run out.
#[tokio::test]
async fn d10_a_closed_door_is_seen_by_a_check_that_reads_data() {
    let sim = Sim::start().await;
    let rule = |range: Option<(String, String)>| ForeignChange::FirewallRule {
        server: "sql-qa".into(),
        name: "AllowAllWindowsAzureIps".into(),
        range,
    };
    let action = sim.action("http.check");
    let looks = |input: Value| {
        let (action, context) = (Arc::clone(&action), sim.parts.context());
        async move { action.execute(&context, &attempt(input, 1)).await.unwrap() }
    };
    let health = json!({"app": "qa4", "expect": {"json": {"data": "read"}}});
    let data = json!({"apps": ["qa4", "qa4rnapi"], "path": "data"});
    let good = |seen: Executed| matches!(seen, Executed::Done(_));
    assert!(good(looks(health.clone()).await) && good(looks(data.clone()).await));
    sim.somebody(rule(None)).await;
    assert!(good(looks(data.clone()).await), "these have rules of their own");
    let only =
        |only_through_azure| ForeignChange::DataAccess { site: "qa4".into(), only_through_azure };
    sim.somebody(only(true)).await;
    assert!(!good(looks(data.clone()).await), "a new connection is refused at once");
    assert!(good(looks(health.clone()).await), "an open one lives on");
    sim.pass(301_000).await;
    assert!(!good(looks(health.clone()).await), "until the cached rules run out");
    sim.somebody(rule(Some(("0.0.0.0".into(), "0.0.0.0".into())))).await;
    assert!(good(looks(health).await) && good(looks(data).await), "the way back opens it");
}

/// One lost answer is no outage; an app that stays down is one, long before the time is over.
#[tokio::test]
async fn a_watch_ends_at_once_where_one_of_them_falls_and_not_before_its_time() {
    let mut subject = subject(json!({"apps": ["qa4", "qa4rnapi"], "for": "10m"})).await;
    subject.kind = "http.watch";
    let trial = Trial::prepare(&subject).await;
    let Executed::Accepted(first) = trial.act().await.unwrap() else { panic!("it takes 10m") };
    subject.sim.somebody(running(false)).await;
    let (bad, said) = again(&trial, &first).await.unwrap();
    assert_eq!(bad["bad"], json!([1, 0]));
    assert!(said.ends_with("/apps/qa4: it answers 403"), "{said}");
    subject.sim.somebody(running(true)).await;
    subject.pass(30_000).await;
    let (good, said) = match trial.action.poll(&trial.context, &trial.attempt, &bad).await.unwrap()
    {
        Polled::InProgress { handle, message, .. } => (handle, message),
        Polled::Done(output) => panic!("{output}"),
    };
    assert_eq!((&good, said), (&first, None), "a good answer and it begins anew");
    subject.sim.somebody(running(false)).await;
    let (once, _) = again(&trial, &good).await.unwrap();
    let (twice, _) = again(&trial, &once).await.unwrap();
    match trial.action.poll(&trial.context, &trial.attempt, &twice).await {
        Err(ActionError::Permanent(failure)) => {
            assert_eq!(failure.code, "unhealthy");
            assert!(failure.message.contains("3 bad answers in a row"), "{}", failure.message);
        }
        other => panic!("{other:?}"),
    }
}

/// What watches may die: the end stays where it was, and comes with a good answer only.
#[tokio::test]
async fn a_watch_goes_on_over_a_crash_to_the_end_that_it_had() {
    let mut subject = subject(json!({"app": "qa4", "for": "10m"})).await;
    subject.kind = "http.watch";
    let trial = Trial::prepare(&subject).await;
    let Executed::Accepted(handle) = trial.act().await.unwrap() else { panic!("it takes 10m") };
    subject.pass(11 * 60_000).await;
    let windlass_ports::Probed::InProgress(again) = trial.probe(None).await else {
        panic!("it goes on")
    };
    assert_eq!(again, handle);
    let output = trial.follow(Executed::Accepted(again)).await;
    assert_eq!(output["hosts"][0]["status"], 200);
}
