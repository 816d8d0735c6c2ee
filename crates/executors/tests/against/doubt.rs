//! Everything that can go wrong between us and the service, and what follows from looking: each
//! effect once.

use crate::support::sim::{Sim, SimSubject};
use serde_json::{Value, json};
use windlass_azure_sim::{Fault, FaultKind, ForeignChange, Moment};
use windlass_ports::{ActionError, Executed, Polled, Probed};
use windlass_testkit::action_kit::{Subject as _, Trial};

/// A write: its kind, an input that changes something, the request, and what the ledger calls its
/// effect.
type Write = (&'static str, fn() -> Value, &'static str, &'static str, &'static str);

const WRITES: [Write; 6] = [
    ("azure.app_service.stop", || json!({"app": "qa4"}), "POST", "/stop", "app_stopped"),
    (
        "azure.app_service.set_connection_string",
        || json!({"app": "qa4", "name": "Default", "database": "d7"}),
        "PUT",
        "/connectionstrings",
        "connection_strings_set",
    ),
    (
        "azure.app_service.set_app_settings",
        || json!({"app": "qa4", "settings": {"New": "1"}}),
        "PUT",
        "/appsettings",
        "app_settings_set",
    ),
    (
        "azure.sql.copy_database",
        || json!({"from": "backup", "to": "dispatcherqa4prod7"}),
        "PUT",
        "/databases/",
        "database_copy_started",
    ),
    (
        "azure.sql.delete_database",
        || json!({"database": "backup"}),
        "DELETE",
        "/databases/",
        "database_deleted",
    ),
    (
        "azure_devops.release.deploy",
        || json!({"release": 101, "stage": "qa4"}),
        "PATCH",
        "/environments/",
        "stage_deployed",
    ),
];

async fn subject(kind: &'static str, input: Value) -> SimSubject {
    SimSubject { sim: Sim::start().await, kind, input, asks_service: true }
}

fn fault(kind: FaultKind, method: &str, path: &str) -> Fault {
    Fault::new(kind).on(method, path)
}

/// Takes what a probe found to its end.
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
        let faults = [
            FaultKind::LostReply,
            FaultKind::GatewayTimeout { applied: true, after_seconds: None, lock_seconds: 0.0 },
            FaultKind::Html500 { applied: true },
        ];
        for wrong in faults {
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
        let faults = [
            FaultKind::LostRequest,
            FaultKind::GatewayTimeout { applied: false, after_seconds: None, lock_seconds: 0.0 },
            FaultKind::Html500 { applied: false },
        ];
        for wrong in faults {
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
async fn an_earlier_change_at_work_is_doubt_and_passes() {
    let subject = subject("azure.app_service.stop", json!({"app": "qa4"})).await;
    let trial = Trial::prepare(&subject).await;
    let lock =
        FaultKind::GatewayTimeout { applied: false, after_seconds: None, lock_seconds: 90.0 };
    subject.sim.arm(fault(lock, "POST", "/stop")).await;
    assert!(matches!(trial.act().await, Err(ActionError::InDoubt(_))));
    match trial.act().await {
        Err(ActionError::InDoubt(why)) => assert!(why.contains("59206"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(trial.probe(None).await, Probed::Absent);
    subject.pass(120_000).await;
    trial.finish().await;
    once(&subject, "app_stopped").await;
}

#[tokio::test]
async fn a_504_whose_work_ends_later_is_seen_later() {
    let subject = subject("azure.app_service.stop", json!({"app": "qa4"})).await;
    let trial = Trial::prepare(&subject).await;
    let late =
        FaultKind::GatewayTimeout { applied: true, after_seconds: Some(60.0), lock_seconds: 0.0 };
    subject.sim.arm(fault(late, "POST", "/stop")).await;
    assert!(matches!(trial.act().await, Err(ActionError::InDoubt(_))));
    assert_eq!(trial.probe(None).await, Probed::Absent, "this is why absence must settle");
    let settle = trial.action.spec().traits.settle_ms;
    assert!(settle >= 120_000, "two minutes after a 504");
    subject.pass(settle).await;
    assert!(matches!(trial.probe(None).await, Probed::Done(_)));
    once(&subject, "app_stopped").await;
}

#[tokio::test]
async fn a_copy_in_flight_is_followed_without_its_handle_and_ledger_holds_one() {
    let input = json!({"from": "backup", "to": "dispatcherqa4prod7"});
    let subject = subject("azure.sql.copy_database", input).await;
    let trial = Trial::prepare(&subject).await;
    assert!(matches!(trial.act().await.unwrap(), Executed::Accepted(_)));
    subject.pass(600_000).await;
    let Probed::InProgress(handle) = trial.probe(None).await else { panic!("it copies") };
    let again = trial.act().await.unwrap();
    assert!(matches!(again, Executed::Accepted(_)), "a second time finds the first");
    let output = trial.follow(Executed::Accepted(handle)).await;
    assert_eq!(output["database"], "dispatcherqa4prod7");
    once(&subject, "database_copy_started").await;
}

#[tokio::test]
async fn a_long_operation_says_how_far_it_is() {
    let input = json!({"from": "backup", "to": "dispatcherqa4prod7"});
    let subject = subject("azure.sql.copy_database", input).await;
    let trial = Trial::prepare(&subject).await;
    let Executed::Accepted(handle) = trial.act().await.unwrap() else { panic!("it takes an hour") };
    subject.pass(1_800_000).await;
    match trial.action.poll(&trial.context, &trial.attempt, &handle).await.unwrap() {
        Polled::InProgress { percent: Some(percent), after_ms, .. } => {
            assert!((30.0..70.0).contains(&percent), "{percent}");
            assert_eq!(after_ms, 15_000);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_failed_copy_fails_with_the_words_of_the_service() {
    let input = json!({"from": "backup", "to": "dispatcherqa4prod7"});
    let subject = subject("azure.sql.copy_database", input).await;
    let trial = Trial::prepare(&subject).await;
    let failed = FaultKind::FailedOperation { code: "DiskFull".into(), message: "No room.".into() };
    subject.sim.arm(fault(failed, "PUT", "/databases/")).await;
    let Executed::Accepted(handle) = trial.act().await.unwrap() else { panic!("it takes an hour") };
    subject.pass(4_000_000).await;
    match trial.action.poll(&trial.context, &trial.attempt, &handle).await {
        Err(ActionError::Permanent(failure)) => {
            assert_eq!(failure.code, "DiskFull");
            assert!(failure.message.contains("No room."), "{}", failure.message);
        }
        other => panic!("{other:?}"),
    }
    trial.undo(None).finish().await;
    assert!(subject.sim.ledger("database_deleted").await.len() <= 1);
}

#[tokio::test]
async fn a_running_copy_is_undone_by_deleting_its_target() {
    let input = json!({"from": "backup", "to": "dispatcherqa4prod7"});
    let subject = subject("azure.sql.copy_database", input).await;
    let before = subject.observe().await;
    let trial = Trial::prepare(&subject).await;
    trial.act().await.unwrap();
    assert!(trial.action.spec().traits.compensates_in_progress);
    trial.undo(None).finish().await;
    assert_eq!(subject.observe().await, before);
    assert_eq!(subject.sim.ledger("database_copy_cancelled").await.len(), 1);
}

#[tokio::test]
async fn a_name_taken_at_the_last_moment_is_noticed_and_the_stranger_stays() {
    let input = json!({"from": "backup", "to": "dispatcherqa4prod7"});
    let subject = subject("azure.sql.copy_database", input).await;
    let trial = Trial::prepare(&subject).await;
    let does = ForeignChange::CreateDatabase {
        server: "sql-qa".into(),
        name: "dispatcherqa4prod7".into(),
    };
    let wrong = FaultKind::SomebodyElse { does, when: Moment::Before };
    subject.sim.arm(fault(wrong, "PUT", "/databases/")).await;
    match trial.act().await {
        Err(ActionError::Permanent(failure)) => assert_eq!(failure.code, "target_exists"),
        other => panic!("{other:?}"),
    }
    let undo = trial.undo(None);
    assert!(
        matches!(undo.act().await, Err(ActionError::Permanent(_))),
        "whose it is cannot be told"
    );
    assert!(subject.sim.ledger("database_deleted").await.is_empty());
    assert!(subject.sim.ledger("database_copy_started").await.is_empty());
}

#[tokio::test]
async fn a_database_that_an_app_points_at_is_not_deleted() {
    let subject = subject("azure.sql.delete_database", json!({"database": "old"})).await;
    let (action, context) = (subject.action(), subject.context());
    match action.capture(&context, &subject.input()).await {
        Err(ActionError::Permanent(failure)) => {
            assert!(failure.message.contains("qa4, qa4rnapi"), "{}", failure.message);
        }
        other => panic!("{other:?}"),
    }
    let named = json!({"name": "nothing", "beside": "old"});
    assert!(action.check(&context.bindings, &named).is_empty());
    assert!(!action.check(&context.bindings, &json!({"name": "nothing"})).is_empty());
}

#[tokio::test]
async fn the_service_asks_for_patience_on_a_success_and_gets_it() {
    let subject = subject("azure_devops.build.find_latest", json!({"branch": "prod"})).await;
    let slow = FaultKind::SlowDown { retry_after: 30, ms: 0 };
    subject.sim.arm(fault(slow, "GET", "/build/builds")).await;
    let trial = Trial::prepare(&subject).await;
    let first = trial.finish().await;
    assert_eq!(
        (first["number"].as_str(), first["branch"].as_str()),
        (Some("7.1.214.3"), Some("prod"))
    );
    let second = trial.act();
    let clock = subject.sim.parts.clock.clone();
    let patience = async {
        while clock.next_sleeper().is_none() {
            tokio::task::yield_now().await;
        }
        clock.advance(30_000);
    };
    let (second, ()) = tokio::join!(second, patience);
    assert!(second.is_ok());
}

#[tokio::test]
async fn a_deployment_that_is_rejected_fails_and_the_previous_release_comes_back() {
    let input = json!({"branch": "prod", "stage": "qa4"});
    let subject = subject("azure_devops.release.deploy", input).await;
    let before = subject.observe().await;
    let trial = Trial::prepare(&subject).await;
    let failed = FaultKind::FailedOperation { code: "x".into(), message: "y".into() };
    subject.sim.arm(fault(failed, "PATCH", "/environments/")).await;
    let Executed::Accepted(handle) = trial.act().await.unwrap() else { panic!("it takes minutes") };
    subject.pass(600_000).await;
    match trial.action.poll(&trial.context, &trial.attempt, &handle).await {
        Err(ActionError::Permanent(failure)) => assert_eq!(failure.code, "deployment_failed"),
        other => panic!("{other:?}"),
    }
    trial.undo(None).finish().await;
    assert_eq!(subject.observe().await, before);
}

#[tokio::test]
async fn a_release_that_was_made_and_never_answered_is_found_by_our_id() {
    let input = json!({"build": 4119});
    let subject = subject("azure_devops.release.create", input).await;
    let trial = Trial::prepare(&subject).await;
    subject.sim.arm(fault(FaultKind::LostReply, "POST", "/release/releases")).await;
    assert!(matches!(trial.act().await, Err(ActionError::InDoubt(_))));
    let Probed::Done(output) = trial.probe(None).await else { panic!("it was made") };
    assert_eq!(
        (output["created"].as_bool(), output["build"]["id"].as_u64()),
        (Some(true), Some(4119))
    );
    once(&subject, "release_created").await;
}

#[tokio::test]
async fn a_deployment_whose_release_got_no_answer_makes_no_second_one() {
    let input = json!({"branch": "prod", "stage": "qa4"});
    let subject = subject("azure_devops.release.deploy", input).await;
    let trial = Trial::prepare(&subject).await;
    subject.sim.arm(fault(FaultKind::LostReply, "POST", "/release/releases")).await;
    assert!(matches!(trial.act().await, Err(ActionError::InDoubt(_))));
    assert_eq!(trial.probe(None).await, Probed::Absent, "a release is no deployment");
    let again = Trial::prepare(&subject).await;
    let output = again.finish().await;
    assert_eq!(
        (output["branch"].as_str(), output["version"].as_str()),
        (Some("prod"), Some("7.1.214.3"))
    );
    once(&subject, "release_created").await;
    once(&subject, "stage_deployed").await;
}

#[tokio::test]
async fn a_second_request_while_the_first_deploys_is_fenced_and_found() {
    let input = json!({"release": 101, "stage": "qa4"});
    let subject = subject("azure_devops.release.deploy", input).await;
    let trial = Trial::prepare(&subject).await;
    subject.sim.arm(fault(FaultKind::Duplicate, "PATCH", "/environments/")).await;
    match trial.act().await {
        Err(ActionError::InDoubt(why)) => assert!(why.contains("VS402964"), "{why}"),
        other => panic!("{other:?}"),
    }
    settle(&trial).await;
    once(&subject, "stage_deployed").await;
}
