//! Whole sets: one key changes, the others stay, and what somebody else does meanwhile is
//! respected.

use crate::support::sim::{Sim, SimSubject};
use serde_json::{Value, json};
use windlass_azure_sim::world::{AppAddress, ConnectionString};
use windlass_azure_sim::{Fault, FaultKind, ForeignChange, Moment};
use windlass_ports::{ActionError, Verdict};
use windlass_testkit::action_kit::{Subject as _, Trial};

const KIND: &str = "azure.app_service.set_connection_string";

async fn subject() -> SimSubject {
    let input = json!({"app": "qa4", "name": "Default", "database": "dispatcherqa4prod7"});
    SimSubject { sim: Sim::start().await, kind: KIND, input, asks_service: true }
}

fn foreign(name: &str, value: Option<&str>) -> ForeignChange {
    let value = value.map(|value| ConnectionString { value: value.into(), kind: "Custom".into() });
    let app = AppAddress { site: "qa4".into(), slot: None };
    ForeignChange::ConnectionString { app, name: name.into(), value }
}

async fn strings(subject: &SimSubject) -> Value {
    subject.observe().await["sites"][0]["app"]["strings"].clone()
}

#[tokio::test]
async fn another_key_changed_meanwhile_keeps_its_new_value_in_both_directions() {
    let subject = subject().await;
    let before = strings(&subject).await;
    let trial = Trial::prepare(&subject).await;
    subject.sim.somebody(foreign("Audit", Some("theirs"))).await;
    let output = trial.finish().await;
    subject.sim.somebody(foreign("Redis", None)).await;
    trial.undo(Some(output)).finish().await;
    let after = strings(&subject).await;
    assert_eq!(after["Default"], before["Default"], "byte for byte, type and all");
    assert_eq!(after["Audit"]["value"], "theirs");
    assert_eq!(after["Redis"], Value::Null);
}

#[tokio::test]
async fn our_key_changed_meanwhile_keeps_the_new_value_and_somebody_is_told() {
    for theirs in [Some("theirs"), None] {
        let subject = subject().await;
        let trial = Trial::prepare(&subject).await;
        let output = trial.finish().await;
        subject.sim.somebody(foreign("Default", theirs)).await;
        let now = strings(&subject).await;
        trial.undo(Some(output)).finish().await;
        assert_eq!(strings(&subject).await, now);
        let said = subject.sim.parts.printed.lines().join("\n");
        assert!(said.contains("`Default` of qa4") && said.contains("keeps that value"), "{said}");
    }
}

#[tokio::test]
async fn our_key_changed_between_look_and_write_stops_the_write() {
    let subject = subject().await;
    let trial = Trial::prepare(&subject).await;
    subject.sim.somebody(foreign("Default", Some("theirs"))).await;
    match trial.act().await {
        Err(ActionError::Transient(failure)) => assert_eq!(failure.code, "changed_meanwhile"),
        other => panic!("{other:?}"),
    }
    assert_eq!(strings(&subject).await["Default"]["value"], "theirs");
}

#[tokio::test]
async fn a_stamp_that_moves_under_us_makes_us_read_again() {
    let subject = subject().await;
    let trial = Trial::prepare(&subject).await;
    // The second look at the site is the one right before the write.
    let wrong =
        FaultKind::SomebodyElse { does: foreign("Audit", Some("theirs")), when: Moment::Before };
    let mut fault = Fault::new(wrong).on("GET", "/sites/qa4");
    fault.nth = 2;
    subject.sim.arm(fault).await;
    trial.finish().await;
    let now = strings(&subject).await;
    assert_eq!(now["Audit"]["value"], "theirs", "a stale set would have undone it");
    assert!(now["Default"]["value"].as_str().unwrap().contains("dispatcherqa4prod7"));
}

#[tokio::test]
async fn slot_marks_are_never_touched() {
    let subject = subject().await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    trial.undo(Some(output)).finish().await;
    assert!(!subject.sim.judge.seen().iter().any(|call| call.contains("slotConfigNames")));
    assert!(subject.sim.ledger("slot_config_names_set").await.is_empty());
}

#[tokio::test]
async fn drift_is_seen_and_values_stay_hidden() {
    let subject = subject().await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    let verify = || trial.action.verify(&trial.context, &trial.attempt.input, &output);
    assert_eq!(verify().await.unwrap(), Verdict::Holds);
    let value = "Server=s;Database=elsewhere;Password=CANARY";
    subject.sim.somebody(foreign("Default", Some(value))).await;
    match verify().await.unwrap() {
        Verdict::Drifted(what) => {
            assert!(what.contains("elsewhere") && !what.contains("CANARY"), "{what}");
        }
        Verdict::Holds => panic!("it drifted"),
    }
}

#[tokio::test]
async fn a_string_that_names_no_database_or_is_missing_is_refused_before_anything_is_sent() {
    let sim = Sim::start().await;
    let action = sim.action(KIND);
    for name in ["Redis", "Missing"] {
        let input = json!({"app": "qa4", "name": name, "database": "d"});
        match action.capture(&sim.parts.context(), &input).await {
            Err(ActionError::Permanent(failure)) => {
                assert!(!failure.message.contains("CANARY"), "{}", failure.message);
            }
            other => panic!("{other:?}"),
        }
    }
    let bindings = &sim.parts.bindings;
    let neither = json!({"app": "qa4", "name": "Default"});
    assert_eq!(action.check(bindings, &neither).len(), 1);
    let both = json!({"app": "qa4", "name": "Default", "database": "d", "value": "s"});
    assert_eq!(action.check(bindings, &both).len(), 1);
}

#[tokio::test]
async fn effects_speak_of_the_string_that_the_binding_names() {
    let sim = Sim::start().await;
    let action = sim.action(KIND);
    let effects = |name: &str| {
        let input = json!({"app": "qa4", "name": name, "database": "d7"});
        action.effects(&sim.parts.bindings, &input)
    };
    let [effect] = &effects("Default")[..] else { panic!("one field") };
    assert_eq!((effect.field.as_str(), &effect.value), ("database", &json!("d7")));
    assert!(effects("Audit").is_empty());
}

#[tokio::test]
async fn no_value_reaches_an_output_an_error_or_what_is_printed() {
    let mut subject = subject().await;
    subject.kind = "azure.app_service.set_app_settings";
    subject.input = json!({"app": "qa4", "settings": {"Smtp__Password": {"$secret": "setting"}}});
    let trial = Trial::prepare(&subject).await;
    assert!(
        trial.attempt.captured.as_ref().unwrap().to_string().contains("CANARY"),
        "for the undo"
    );
    let output = trial.finish().await;
    assert_eq!(output, json!({"changed": ["Smtp__Password"]}));
    let printed = subject.sim.parts.printed.lines().join("\n");
    assert!(!printed.contains("CANARY"), "{printed}");
}
