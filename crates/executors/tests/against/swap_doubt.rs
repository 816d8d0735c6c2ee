//! Doubt about slots and swaps. A swap done twice is a swap undone: it must never be sent again for
//! one that took place.

use crate::support::context::bindings;
use crate::support::sim::{Sim, SimSubject};
use crate::support::slots::subject;
use serde_json::{Value, json};
use windlass_azure_sim::{Fault, FaultKind};
use windlass_ports::{ActionError, Executed, Polled, Probed};
use windlass_testkit::action_kit::{Subject as _, Trial};

/// A write: its kind, its input, the request, and what the ledger calls its effect.
type Write = (&'static str, fn() -> Value, &'static str, &'static str, &'static str);

const WRITES: [Write; 5] = [
    ("azure.app_service.restart", || json!({"app": "canary"}), "POST", "/restart", "app_restarted"),
    (
        "azure.app_service.create_slot",
        || json!({"app": "new"}),
        "PUT",
        "/slots/new",
        "slot_created",
    ),
    (
        "azure.app_service.delete_slot",
        || json!({"app": "canary"}),
        "DELETE",
        "/slots/canary",
        "slot_deleted",
    ),
    (
        "azure.app_service.swap_slots",
        || json!({"app": "canary"}),
        "POST",
        "/slotsswap",
        "slot_swapped",
    ),
    (
        "azure.app_service.set_traffic",
        || json!({"app": "canary", "percent": 15}),
        "PATCH",
        "/config/web",
        "traffic_set",
    ),
];

fn fault(kind: FaultKind, method: &str, path: &str) -> Fault {
    Fault::new(kind).on(method, path)
}

async fn settle(trial: &Trial<'_, SimSubject>) {
    match trial.probe(None).await {
        Probed::Done(_) => {}
        Probed::InProgress(handle) => {
            trial.follow(Executed::Accepted(handle)).await;
        }
        other => panic!("{}: it was applied, and a probe sees {other:?}", trial.subject.kind),
    }
}

async fn once(subject: &SimSubject, effect: &str) {
    let lines = subject.sim.ledger(effect).await;
    assert_eq!(lines.len(), 1, "{}: {lines:?}", subject.kind);
    let id = lines[0]["request_id"].as_str();
    assert!(id.is_some_and(|id| id.len() == 36), "{}: our id is in the ledger", subject.kind);
}

#[tokio::test]
async fn a_lost_reply_is_found_to_be_done_and_never_sent_again() {
    for (kind, input, method, path, effect) in WRITES {
        for wrong in [
            FaultKind::LostReply,
            FaultKind::GatewayTimeout { applied: true, after_seconds: None, lock_seconds: 0.0 },
            FaultKind::Html500 { applied: true },
        ] {
            let subject = subject(kind, input()).await;
            let trial = Trial::prepare(&subject).await;
            subject.sim.arm(fault(wrong.clone(), method, path)).await;
            let acted = trial.act().await;
            assert!(matches!(acted, Err(ActionError::InDoubt(_))), "{kind} {wrong:?}: {acted:?}");
            settle(&trial).await;
            once(&subject, effect).await;
        }
    }
}

#[tokio::test]
async fn a_lost_request_is_absent_and_may_be_sent_again() {
    for (kind, input, method, path, effect) in WRITES {
        for wrong in [
            FaultKind::LostRequest,
            FaultKind::GatewayTimeout { applied: false, after_seconds: None, lock_seconds: 0.0 },
        ] {
            let subject = subject(kind, input()).await;
            let trial = Trial::prepare(&subject).await;
            subject.sim.arm(fault(wrong.clone(), method, path)).await;
            let acted = trial.act().await;
            assert!(matches!(acted, Err(ActionError::InDoubt(_))), "{kind} {wrong:?}: {acted:?}");
            assert_eq!(trial.probe(None).await, Probed::Absent, "{kind} {wrong:?}");
            trial.finish().await;
            once(&subject, effect).await;
        }
    }
}

#[tokio::test]
async fn a_throttled_request_is_known_not_to_have_acted() {
    for (kind, input, method, path, _) in WRITES {
        let subject = subject(kind, input()).await;
        let trial = Trial::prepare(&subject).await;
        subject.sim.arm(fault(FaultKind::Throttle { retry_after: 17 }, method, path)).await;
        match trial.act().await {
            Err(ActionError::Transient(failure)) => {
                assert_eq!(failure.retry_after_ms, Some(17_000), "{kind}");
            }
            other => panic!("{kind}: {other:?}"),
        }
        assert!(subject.sim.ledger("").await.is_empty(), "{kind}");
    }
}

#[tokio::test]
async fn a_504_whose_work_ends_later_is_seen_later() {
    for (kind, input, method, path, effect) in WRITES {
        let subject = subject(kind, input()).await;
        let trial = Trial::prepare(&subject).await;
        let late = FaultKind::GatewayTimeout {
            applied: true,
            after_seconds: Some(60.0),
            lock_seconds: 0.0,
        };
        subject.sim.arm(fault(late, method, path)).await;
        assert!(matches!(trial.act().await, Err(ActionError::InDoubt(_))), "{kind}");
        assert_eq!(trial.probe(None).await, Probed::Absent, "{kind}");
        subject.pass(trial.action.spec().traits.settle_ms).await;
        settle(&trial).await;
        once(&subject, effect).await;
    }
}

async fn swap() -> SimSubject {
    subject("azure.app_service.swap_slots", json!({"app": "canary"})).await
}

#[tokio::test]
async fn the_newest_address_of_a_swap_is_the_one_that_is_followed() {
    let subject = swap().await;
    let trial = Trial::prepare(&subject).await;
    let Executed::Accepted(first) = trial.act().await.unwrap() else { panic!("it takes minutes") };
    let mut handle = first.clone();
    for _ in 0..3 {
        subject.pass(15_000).await;
        match trial.action.poll(&trial.context, &trial.attempt, &handle).await.unwrap() {
            Polled::InProgress { handle: next, after_ms: 15_000, .. } => {
                assert_ne!(next, handle, "every answer gives another address");
                handle = next;
            }
            other => panic!("{other:?}"),
        }
    }
    let lost = trial.action.poll(&trial.context, &trial.attempt, &first).await;
    assert!(matches!(lost, Err(ActionError::InDoubt(_))), "the first leads nowhere: {lost:?}");
    assert!(matches!(trial.probe(Some(&first)).await, Probed::InProgress(_)), "the sides say it");
    trial.follow(Executed::Accepted(handle)).await;
    once(&subject, "slot_swapped").await;
}

#[tokio::test]
async fn a_swap_whose_engine_died_is_found_at_work_and_then_done() {
    let subject = swap().await;
    let trial = Trial::prepare(&subject).await;
    trial.act().await.unwrap();
    let Probed::InProgress(handle) = trial.probe(None).await else { panic!("it is at work") };
    assert_eq!(handle, json!({"operation": null}));
    let again = trial.act().await.unwrap();
    assert!(matches!(again, Executed::Accepted(_)), "no second one is sent");
    trial.follow(again).await;
    assert!(matches!(trial.probe(None).await, Probed::Done(_)));
    trial.finish().await;
    once(&subject, "slot_swapped").await;
}

#[tokio::test]
async fn a_duplicate_swap_meets_the_first_and_neither_undoes_it() {
    let subject = swap().await;
    let trial = Trial::prepare(&subject).await;
    subject.sim.arm(fault(FaultKind::Duplicate, "POST", "/slotsswap")).await;
    match trial.act().await {
        Err(ActionError::Transient(failure)) => {
            assert!(failure.message.contains("SwapSiteSlots"), "{}", failure.message);
        }
        other => panic!("{other:?}"),
    }
    trial.finish().await;
    once(&subject, "slot_swapped").await;
}

#[tokio::test]
async fn a_swap_that_fails_to_warm_up_says_why_and_undoing_it_does_nothing() {
    let subject = swap().await;
    let before = subject.observe().await;
    let trial = Trial::prepare(&subject).await;
    let failed = FaultKind::FailedOperation { code: "x".into(), message: "Port 80.".into() };
    subject.sim.arm(fault(failed, "POST", "/slotsswap")).await;
    let Executed::Accepted(handle) = trial.act().await.unwrap() else { panic!("it takes minutes") };
    subject.pass(200_000).await;
    match trial.action.poll(&trial.context, &trial.attempt, &handle).await {
        Err(ActionError::Permanent(failure)) => {
            assert!(failure.message.contains("http ping"), "{}", failure.message);
        }
        other => panic!("{other:?}"),
    }
    trial.undo(None).finish().await;
    assert_eq!(subject.observe().await, before);
    assert_eq!(subject.sim.ledger("slot_swap_started").await.len(), 1);
}

#[tokio::test]
async fn a_lost_reply_of_the_way_back_is_not_swapped_a_third_time() {
    let subject = swap().await;
    let before = subject.observe().await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    let undo = trial.undo(Some(output));
    subject.sim.arm(fault(FaultKind::LostReply, "POST", "/slotsswap")).await;
    assert!(matches!(undo.act().await, Err(ActionError::InDoubt(_))));
    settle(&undo).await;
    undo.finish().await;
    assert_eq!(subject.observe().await, before);
    assert_eq!(subject.sim.ledger("slot_swapped").await.len(), 2);
}

#[tokio::test]
async fn a_slot_made_anew_by_somebody_else_is_not_swapped_back() {
    let mut subject = swap().await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    let captured = trial.attempt.captured.clone();
    // The old content in the slot is deleted, and a slot of that name made again.
    subject.kind = "azure.app_service.delete_slot";
    Trial::prepare(&subject).await.finish().await;
    subject.kind = "azure.app_service.create_slot";
    Trial::prepare(&subject).await.finish().await;
    subject.kind = "azure.app_service.swap_slots";
    let mut undo = Trial::prepare(&subject).await.undo(Some(output));
    undo.attempt.captured = captured;
    match undo.act().await {
        Err(ActionError::Permanent(failure)) => assert_eq!(failure.code, "changed"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(undo.probe(None).await, Probed::Unknown(_)));
    assert_eq!(subject.sim.ledger("slot_swapped").await.len(), 1);
}

/// The builds change sides with a swap, and change back with the second one.
#[tokio::test]
async fn the_builds_of_both_sides_are_known_after_each_swap() {
    let mut sim = Sim::start().await;
    let app = |stage: &str, host: &str| {
        json!({
            "resource_group": "rg-prod", "site": "prod2", "stage": stage,
            "release_definition": 17, "health_url": format!("{}/apps/{host}", sim.url),
        })
    };
    let mut staging = app("prod2 staging", "prod2-staging");
    staging["slot"] = json!("staging");
    let bound = [
        ("prod2", "azure.app_service", app("prod2", "prod2")),
        ("staging", "azure.app_service", staging),
    ];
    sim.parts.bindings.extend(bindings(&bound));
    let mut subject = SimSubject { sim, kind: "", input: json!({}), asks_service: true };
    for (kind, input) in [
        ("azure_devops.release.create", json!({"definition": 17, "build": {"id": 4119}})),
        ("azure_devops.release.deploy", json!({"definition": 17, "stage": "prod2 staging"})),
    ] {
        (subject.kind, subject.input) = (kind, merged(&subject.input, input));
        let output = Trial::prepare(&subject).await.finish().await;
        subject.input = json!({"release": output["id"]});
    }
    subject.pass(60_000).await;
    let old = ("prod".to_owned(), "7.1.214.1".to_owned());
    let new = ("prod".to_owned(), "7.1.214.3".to_owned());
    let both = [old.clone(), new.clone()];
    assert_eq!([seen(&subject, "prod2").await, seen(&subject, "staging").await], both);
    for turn in 0..2 {
        (subject.kind, subject.input) = ("azure.app_service.swap_slots", json!({"app": "staging"}));
        Trial::prepare(&subject).await.finish().await;
        subject.pass(60_000).await;
        let now = [seen(&subject, "prod2").await, seen(&subject, "staging").await];
        let expected = if turn == 0 { [new.clone(), old.clone()] } else { both.clone() };
        assert_eq!(now, expected, "swap {turn}");
    }
    // A host that does not answer tells nothing, and nothing is guessed.
    let stopped = json!({"change": "running", "site": "prod2", "running": false});
    subject.sim.control(reqwest::Method::POST, "/world", Some(stopped)).await;
    assert_eq!(seen(&subject, "prod2").await, (String::new(), String::new()));
}

fn merged(base: &Value, more: Value) -> Value {
    let mut all = base.as_object().unwrap().clone();
    all.extend(more.as_object().unwrap().clone());
    if all.contains_key("release") {
        all.shift_remove("definition");
    }
    json!(all)
}

/// The branch and the version of an app as its observer sees them; empty where it does not know.
async fn seen(subject: &SimSubject, name: &str) -> (String, String) {
    let (registry, context) = (subject.sim.registry(), subject.context());
    let binding = &context.bindings[name];
    let resource = registry.resource(&binding.kind).unwrap();
    let seen = resource.observe(&context, binding).await.unwrap();
    let text = |field: &str| seen[field].as_str().unwrap_or_default().to_owned();
    (text("branch"), text("version"))
}
