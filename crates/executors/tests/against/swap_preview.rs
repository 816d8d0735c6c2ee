//! Swap with preview: the kit for its first phase, doubt in it, and what undo leaves alone.

use crate::support::sim::SimSubject;
use crate::support::slots::subject;
use reqwest::Method;
use serde_json::{Value, json};
use windlass_azure_sim::{Fault, FaultKind};
use windlass_ports::{ActionError, Probed};
use windlass_testkit::action_conformance;
use windlass_testkit::action_kit::{Subject as _, Trial};

const KIND: &str = "azure.app_service.prepare_swap";

async fn prepare() -> SimSubject {
    subject(KIND, json!({"app": "canary"})).await
}

action_conformance!(prepare_swap, prepare());

fn fault(kind: FaultKind, path: &str) -> Fault {
    Fault::new(kind).on("POST", path)
}

/// How often each phase took place: prepared, cancelled, swapped.
async fn phases(subject: &SimSubject) -> [usize; 3] {
    let mut counts = [0; 3];
    for (count, effect) in
        counts.iter_mut().zip(["slot_swap_prepared", "slot_swap_reset", "slot_swapped"])
    {
        *count = subject.sim.ledger(effect).await.len();
    }
    counts
}

/// The environment that the slot's app sees.
async fn sees(subject: &SimSubject) -> Value {
    let world = subject.sim.world().await;
    world["sites"][0]["slots"][0]["app"]["settings"]["ASPNETCORE_ENVIRONMENT"].clone()
}

/// The same slot with another action.
async fn then(subject: &mut SimSubject, kind: &'static str) {
    subject.kind = kind;
    Trial::prepare(subject).await.finish().await;
}

#[tokio::test]
async fn what_is_prepared_is_seen_completed_and_not_cancelled_afterwards() {
    let mut subject = prepare().await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    assert_eq!((&output["source"], &output["target"]), (&json!("canary"), &json!("production")));
    assert_eq!(sees(&subject).await, "Staging");
    let attempt = trial.undo(Some(output.clone())).attempt;
    let holds = async |subject: &SimSubject| {
        let (action, context) = (subject.sim.action(KIND), subject.context());
        action.verify(&context, &subject.input(), &output).await.unwrap()
    };
    assert_eq!(holds(&subject).await, windlass_ports::Verdict::Holds);
    then(&mut subject, "azure.app_service.swap_slots").await;
    assert_eq!(holds(&subject).await, windlass_ports::Verdict::Holds, "the swap completed it");
    // Somebody prepares the next one: it is not ours to cancel.
    then(&mut subject, KIND).await;
    let (action, context) = (subject.sim.action(KIND), subject.context());
    action.compensate(&context, &attempt).await.unwrap();
    assert_eq!(phases(&subject).await, [2, 0, 1]);
}

#[tokio::test]
async fn a_lost_reply_is_seen_by_the_target_and_a_lost_request_too() {
    for (wrong, is_done) in [
        (FaultKind::LostReply, true),
        (FaultKind::Html500 { applied: true }, true),
        (FaultKind::LostRequest, false),
        (
            FaultKind::GatewayTimeout { applied: false, after_seconds: None, lock_seconds: 0.0 },
            false,
        ),
    ] {
        let subject = prepare().await;
        let trial = Trial::prepare(&subject).await;
        subject.sim.arm(fault(wrong.clone(), "/applySlotConfig")).await;
        assert!(matches!(trial.act().await, Err(ActionError::InDoubt(_))), "{wrong:?}");
        match trial.probe(None).await {
            Probed::Done(_) => assert!(is_done, "{wrong:?}"),
            Probed::Absent => assert!(!is_done, "{wrong:?}"),
            other => panic!("{wrong:?}: {other:?}"),
        }
        trial.finish().await;
        assert_eq!(phases(&subject).await, [1, 0, 0], "{wrong:?}");
    }
}

#[tokio::test]
async fn a_crash_in_the_preview_is_undone_once_and_gives_the_slot_its_own_back() {
    for wrong in [None, Some(FaultKind::LostReply), Some(FaultKind::LostRequest)] {
        let subject = prepare().await;
        let trial = Trial::prepare(&subject).await;
        trial.finish().await;
        // The new process knows the attempt from the history, not what it gave.
        let undo = trial.undo(None);
        assert_eq!(undo.probe(None).await, Probed::Absent);
        if let Some(wrong) = wrong {
            subject.sim.arm(fault(wrong, "/resetSlotConfig")).await;
            assert!(matches!(undo.act().await, Err(ActionError::InDoubt(_))));
        }
        if undo.probe(None).await == Probed::Absent {
            undo.act().await.unwrap();
        }
        assert!(matches!(undo.probe(None).await, Probed::Done(_)));
        assert_eq!((phases(&subject).await, sees(&subject).await), ([1, 1, 0], json!("Canary")));
    }
}

#[tokio::test]
async fn what_somebody_else_prepared_is_taken_as_it_is_and_stays() {
    let subject = prepare().await;
    Trial::prepare(&subject).await.finish().await;
    let second = Trial::prepare(&subject).await;
    second.finish().await;
    second.undo(None).act().await.unwrap();
    assert_eq!(phases(&subject).await, [1, 0, 0]);
}

#[tokio::test]
async fn a_stopped_slot_and_a_target_of_another_slot_are_refused() {
    let subject = prepare().await;
    let (action, context) = (subject.action(), subject.context());
    let code = async || match action.capture(&context, &subject.input()).await {
        Err(ActionError::Permanent(failure)) => failure.code,
        other => panic!("{other:?}"),
    };
    let stop = json!({"change": "running", "site": "qa4", "slot": "canary", "running": false});
    subject.sim.control(Method::POST, "/world", Some(stop)).await;
    assert_eq!(code().await, "stopped");
    let production = json!({"app": "qa4"});
    assert_eq!(action.check(&context.bindings, &production).len(), 1, "production is no slot");
}
