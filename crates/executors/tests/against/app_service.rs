//! Slots, swaps, shares of requests and restarts: the kit, and what each refuses or leaves.

use crate::support::sim::SimSubject;
use crate::support::slots::{seed, sim, subject};
use reqwest::Method;
use serde_json::{Value, json};
use windlass_ports::{ActionError, Executed, Probed};
use windlass_testkit::action_conformance;
use windlass_testkit::action_kit::{Subject as _, Trial};

const RESTART: &str = "azure.app_service.restart";
const CREATE: &str = "azure.app_service.create_slot";
const DELETE: &str = "azure.app_service.delete_slot";
const SWAP: &str = "azure.app_service.swap_slots";
const TRAFFIC: &str = "azure.app_service.set_traffic";
const COMPARE: &str = "azure.app_service.compare_settings";
const STATUS: &str = "azure.app_service.get_status";

action_conformance!(restart, subject(RESTART, json!({"app": "qa4"})));
action_conformance!(restart_slot, subject(RESTART, json!({"app": "canary"})));
action_conformance!(create_slot, subject(CREATE, json!({"app": "new"})));
action_conformance!(create_bare_slot, subject(CREATE, json!({"app": "new", "settings": "none"})));
action_conformance!(delete_slot, subject(DELETE, json!({"app": "canary"})));
action_conformance!(swap_slots, subject(SWAP, json!({"app": "canary"})));
action_conformance!(swap_named, subject(SWAP, json!({"app": "canary", "into": "qa4"})));
action_conformance!(set_traffic, subject(TRAFFIC, json!({"app": "canary", "percent": 15})));
action_conformance!(set_text_traffic, subject(TRAFFIC, json!({"app": "canary", "percent": "5"})));
action_conformance!(all_to_production, shared(json!({"app": "qa4", "percent": 100})));
action_conformance!(nothing_to_slot, shared(json!({"app": "canary", "percent": 0})));
action_conformance!(compare_settings, subject(COMPARE, json!({"app": "canary"})));
action_conformance!(get_status, subject(STATUS, json!({"app": "canary"})));

/// A share of 25 % goes to the slot already.
async fn shared(input: Value) -> SimSubject {
    let subject = subject(TRAFFIC, json!({"app": "canary", "percent": 25})).await;
    Trial::prepare(&subject).await.finish().await;
    SimSubject { input, ..subject }
}

async fn refused(subject: &SimSubject) -> (String, String) {
    let captured = subject.action().capture(&subject.context(), &subject.input()).await;
    match captured {
        Err(ActionError::Permanent(failure)) => (failure.code, failure.message),
        other => panic!("{other:?}"),
    }
}

async fn set_running(subject: &SimSubject, slot: Option<&str>, running: bool) {
    let mut change = json!({"change": "running", "site": "qa4", "running": running});
    if let Some(slot) = slot {
        change["slot"] = json!(slot);
    }
    subject.sim.control(Method::POST, "/world", Some(change)).await;
}

#[tokio::test]
async fn a_stopped_app_is_not_restarted() {
    let subject = subject(RESTART, json!({"app": "qa4"})).await;
    set_running(&subject, None, false).await;
    let (code, message) = refused(&subject).await;
    assert_eq!(code, "stopped");
    assert!(message.contains("azure.app_service.start"), "{message}");
}

#[tokio::test]
async fn a_new_slot_has_the_settings_of_production_and_its_values_stay_secret() {
    let subject = subject(CREATE, json!({"app": "new"})).await;
    let trial = Trial::prepare(&subject).await;
    assert!(!trial.attempt.captured.as_ref().unwrap().to_string().contains("CANARY"));
    let output = trial.finish().await;
    assert_eq!(
        output,
        json!({
            "slot": "new", "host": "qa4-new.azurewebsites.net", "created": true,
        })
    );
    let world = subject.observe().await;
    let site = &world["sites"][0];
    let new = &site["slots"][1];
    assert_eq!(new["name"], "new");
    assert_eq!(new["app"]["settings"], site["app"]["settings"]);
    assert_eq!(new["app"]["strings"], site["app"]["strings"]);
    assert!(subject.sim.parts.printed.lines().is_empty());
}

/// After a swap the slot holds the old version, and deleting it would leave no way back.
#[tokio::test]
async fn a_slot_that_holds_what_production_had_is_not_deleted() {
    let mut subject = subject(CREATE, json!({"app": "new"})).await;
    let made = Trial::prepare(&subject).await;
    let output = made.finish().await;
    let captured = made.attempt.captured.clone();
    subject.kind = "azure.app_service.swap_slots";
    Trial::prepare(&subject).await.finish().await;
    subject.kind = CREATE;
    let mut undo = Trial::prepare(&subject).await.undo(Some(output));
    undo.attempt.captured = captured;
    match undo.act().await {
        Err(ActionError::Permanent(failure)) => assert_eq!(failure.code, "swapped"),
        other => panic!("{other:?}"),
    }
    assert!(subject.sim.ledger("slot_deleted").await.is_empty());
}

#[tokio::test]
async fn a_slot_that_is_there_stays_as_it_is_through_do_and_undo() {
    let subject = subject(CREATE, json!({"app": "canary"})).await;
    let before = subject.observe().await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    assert_eq!(output["created"], false);
    trial.undo(Some(output)).finish().await;
    assert_eq!(subject.observe().await, before);
    assert!(subject.sim.ledger("").await.is_empty());
}

#[tokio::test]
async fn a_slot_that_somebody_made_meanwhile_is_not_deleted() {
    let subject = subject(CREATE, json!({"app": "new"})).await;
    let trial = Trial::prepare(&subject).await;
    // Another run makes it: its own request stands on it.
    let mut other = Trial::prepare(&subject).await;
    other.attempt.request_id = windlass_model::RequestId(uuid::Uuid::from_u128(77));
    other.finish().await;
    assert!(matches!(trial.act().await, Err(ActionError::Permanent(_))));
    match trial.probe(None).await {
        Probed::Unknown(why) => assert!(why.contains("nothing says"), "{why}"),
        found => panic!("{found:?}"),
    }
    trial.undo(None).finish().await;
    assert!(subject.sim.ledger("slot_deleted").await.is_empty());
    assert!(subject.sim.parts.printed.lines()[0].contains("stays"));
}

#[tokio::test]
async fn a_slot_that_gets_requests_is_deleted_by_nobody() {
    let made = subject(CREATE, json!({"app": "new"})).await;
    let trial = Trial::prepare(&made).await;
    let output = trial.finish().await;
    let traffic = SimSubject {
        kind: TRAFFIC,
        input: json!({"app": "new", "percent": 5}),
        asks_service: true,
        sim: made.sim,
    };
    let share = Trial::prepare(&traffic).await;
    let shares = share.finish().await;
    let made = SimSubject { kind: CREATE, input: json!({"app": "new"}), ..traffic };
    let delete = SimSubject { kind: DELETE, ..made };
    let (code, message) = refused(&delete).await;
    assert_eq!(code, "in_use");
    assert!(message.contains("set_traffic"), "{message}");
    let created = SimSubject { kind: CREATE, ..delete };
    let undo = Trial::prepare(&created).await;
    let mut undo = undo.undo(Some(output));
    undo.attempt.captured = Some(json!({"existed": false, "location": "", "plan": null}));
    assert!(matches!(undo.act().await, Err(ActionError::Permanent(_))));
    let traffic =
        SimSubject { kind: TRAFFIC, input: json!({"app": "new", "percent": 5}), ..created };
    let mut back = Trial::prepare(&traffic).await.undo(Some(shares));
    back.attempt.captured = Some(json!({"percent": 0.0, "changes": [{
        "key": "qa4-new.azurewebsites.net", "before": null, "after": {
            "actionHostName": "qa4-new.azurewebsites.net", "reroutePercentage": 5.0, "name": "new",
        },
    }]}));
    back.finish().await;
    let created = SimSubject { kind: CREATE, input: json!({"app": "new"}), ..traffic };
    let mut undo = Trial::prepare(&created).await.undo(None);
    undo.attempt.captured = Some(json!({"existed": false, "location": "", "plan": null}));
    undo.finish().await;
    assert_eq!(created.sim.ledger("slot_deleted").await.len(), 1);
}

#[tokio::test]
async fn a_slot_is_named_by_its_binding() {
    let sim = sim().await;
    for kind in [CREATE, DELETE, SWAP] {
        let action = sim.action(kind);
        let wrong = action.check(&sim.parts.bindings, &json!({"app": "qa4"}));
        assert!(wrong.len() == 1 && wrong[0].contains("slot:"), "{kind}: {wrong:?}");
        assert!(action.check(&sim.parts.bindings, &json!({"app": "canary"})).is_empty());
    }
    let swap = sim.action(SWAP);
    for into in ["qa4rnapi", "canary"] {
        let input = json!({"app": "canary", "into": into});
        assert_eq!(swap.check(&sim.parts.bindings, &input).len(), 1, "{into}");
    }
    let traffic = sim.action(TRAFFIC);
    let wrong = |app: &str, percent: Value| {
        traffic.check(&sim.parts.bindings, &json!({"app": app, "percent": percent})).len()
    };
    assert_eq!(wrong("canary", json!(100)) + wrong("qa4", json!(100)), 0);
    assert_eq!(wrong("qa4", json!(15)), 1, "production takes all or names a slot");
    assert_eq!((wrong("canary", json!(101)), wrong("canary", json!("much"))), (1, 1));
}

#[tokio::test]
async fn a_swap_takes_the_build_and_leaves_what_is_sticky() {
    let subject = subject(SWAP, json!({"app": "canary"})).await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    assert_eq!((&output["source"], &output["target"]), (&json!("canary"), &json!("production")));
    assert!(output["swapped_at"].is_string());
    let world = subject.observe().await;
    let (app, slot) = (&world["sites"][0]["app"], &world["sites"][0]["slots"][0]["app"]);
    assert_eq!(app["settings"]["Color"], "green");
    assert_eq!(app["settings"]["ASPNETCORE_ENVIRONMENT"], "Staging");
    assert_eq!(slot["settings"]["ASPNETCORE_ENVIRONMENT"], "Canary");
    assert_eq!(slot["content"], "qa4");
    assert_eq!(subject.sim.ledger("slot_swapped").await.len(), 1);
}

#[tokio::test]
async fn a_string_that_would_carry_a_slots_database_into_production_stops_the_swap() {
    let mut world = seed();
    world.sites[0].sticky_connection_strings = Some(Vec::new());
    let string = &mut world.sites[0].slots[0].connection_strings["Default"];
    string.value = string.value.replace("dispatcherqa4", "slots_own");
    let mut subject = subject(SWAP, json!({"app": "canary"})).await;
    let bindings = subject.sim.parts.bindings.clone();
    subject.sim = crate::support::sim::Sim::of(world).await;
    subject.sim.parts.bindings = bindings;
    let (code, message) = refused(&subject).await;
    assert_eq!(code, "not_sticky");
    assert!(
        message.contains("Default") && message.contains("deployment slot setting"),
        "{message}"
    );
}

/// A setting that was given to production after the slot was made would be gone by the swap.
#[tokio::test]
async fn settings_that_a_swap_would_carry_are_told_by_name_and_those_that_stick_are_not() {
    let mut subject = subject(COMPARE, json!({"app": "canary"})).await;
    let seen = Trial::prepare(&subject).await.finish().await;
    let told = |key: &str| seen[key].as_array().unwrap().clone();
    assert!(told("settings").contains(&json!("Color")), "{seen}");
    assert!(!told("settings").contains(&json!("ASPNETCORE_ENVIRONMENT")), "it sticks: {seen}");
    assert!(!told("connection_strings").contains(&json!("Default")), "the same: {seen}");
    assert!(!seen.to_string().contains("green"), "values stay where they are: {seen}");
    let mut world = seed();
    world.sites[0].sticky_connection_strings = Some(Vec::new());
    world.sites[0].slots[0].app_settings = world.sites[0].app_settings.clone();
    let strings = world.sites[0].connection_strings.clone();
    world.sites[0].slots[0].connection_strings = strings;
    let string = &mut world.sites[0].slots[0].connection_strings["Default"];
    string.value = string.value.replace("dispatcherqa4", "slots_own");
    let bindings = subject.sim.parts.bindings.clone();
    subject.sim = crate::support::sim::Sim::of(world).await;
    subject.sim.parts.bindings = bindings;
    let seen = Trial::prepare(&subject).await.finish().await;
    assert_eq!(seen, json!({ "same": false, "settings": [], "connection_strings": ["Default"] }));
}

#[tokio::test]
async fn a_stopped_slot_is_not_swapped_and_gets_no_requests() {
    let mut subject = subject(SWAP, json!({"app": "canary"})).await;
    set_running(&subject, Some("canary"), false).await;
    assert_eq!(refused(&subject).await.0, "stopped");
    (subject.kind, subject.input) = (TRAFFIC, json!({"app": "canary", "percent": 5}));
    assert_eq!(refused(&subject).await.0, "stopped");
    subject.input = json!({"app": "new", "percent": 5});
    assert_eq!(refused(&subject).await.0, "no_slot");
}

#[tokio::test]
async fn shares_go_up_and_come_back_step_by_step() {
    let mut subject = subject(TRAFFIC, Value::Null).await;
    let before = subject.observe().await;
    let mut captured = Vec::new();
    for percent in [5, 15, 50, 100] {
        subject.input = json!({"app": "canary", "percent": percent});
        let trial = Trial::prepare(&subject).await;
        let output = trial.finish().await;
        assert_eq!(output["percent"], json!(f64::from(percent)));
        captured.push((subject.input.clone(), trial.attempt.captured.clone()));
        let world = subject.observe().await;
        assert_eq!(world["sites"][0]["traffic"][0]["percent"], json!(f64::from(percent)));
    }
    for (input, state) in captured.into_iter().rev() {
        subject.input = input;
        let mut undo = Trial::prepare(&subject).await.undo(None);
        undo.attempt.captured = state;
        undo.finish().await;
    }
    assert_eq!(subject.observe().await, before);
    assert_eq!(subject.sim.ledger("traffic_set").await.len(), 8);
}

#[tokio::test]
async fn the_share_of_another_slot_survives_undo_and_all_of_it_fits() {
    let mut subject = subject(CREATE, json!({"app": "new"})).await;
    Trial::prepare(&subject).await.finish().await;
    (subject.kind, subject.input) = (TRAFFIC, json!({"app": "canary", "percent": 30}));
    let ours = Trial::prepare(&subject).await;
    let output = ours.finish().await;
    let state = ours.attempt.captured.clone();
    subject.input = json!({"app": "new", "percent": 71});
    let (code, message) = refused(&subject).await;
    assert!(code == "over_100" && message.contains("30 %"), "{message}");
    subject.input = json!({"app": "new", "percent": 20});
    Trial::prepare(&subject).await.finish().await;
    subject.input = json!({"app": "canary", "percent": 30});
    let mut undo = Trial::prepare(&subject).await.undo(Some(output));
    undo.attempt.captured = state;
    undo.finish().await;
    let rules = subject.observe().await["sites"][0]["traffic"].clone();
    assert_eq!(rules.as_array().unwrap().len(), 1);
    assert_eq!((&rules[0]["name"], &rules[0]["percent"]), (&json!("new"), &json!(20.0)));
}

#[tokio::test]
async fn a_share_that_somebody_changed_stays_theirs() {
    let mut subject = subject(TRAFFIC, json!({"app": "canary", "percent": 30})).await;
    let ours = Trial::prepare(&subject).await;
    let output = ours.finish().await;
    let state = ours.attempt.captured.clone();
    subject.input = json!({"app": "canary", "percent": 40});
    Trial::prepare(&subject).await.finish().await;
    subject.input = json!({"app": "canary", "percent": 30});
    let mut undo = Trial::prepare(&subject).await.undo(Some(output));
    undo.attempt.captured = state;
    undo.finish().await;
    let rules = subject.observe().await["sites"][0]["traffic"].clone();
    assert_eq!(rules[0]["percent"], json!(40.0));
    assert!(subject.sim.parts.printed.lines()[0].contains("stays"));
    assert!(matches!(undo.probe(None).await, Probed::Done(_)));
}

#[tokio::test]
async fn the_status_of_a_slot_and_of_one_that_is_not_there() {
    let mut subject = shared(json!({"app": "canary"})).await;
    subject.kind = STATUS;
    let seen = Trial::prepare(&subject).await.finish().await;
    assert_eq!(seen["state"], "Running");
    assert_eq!((&seen["traffic"], &seen["slot"]), (&json!(25.0), &json!("canary")));
    subject.input = json!({"app": "qa4"});
    let seen = Trial::prepare(&subject).await.finish().await;
    assert_eq!((&seen["traffic"], &seen["slot"]), (&json!(75.0), &json!("")));
    subject.input = json!({"app": "new"});
    let seen = Trial::prepare(&subject).await.finish().await;
    assert_eq!((&seen["exists"], &seen["state"]), (&json!(false), &json!("Absent")));
    let executed = Trial::prepare(&subject).await.act().await.unwrap();
    assert!(matches!(executed, Executed::Done(_)));
}
