//! Databases that come back: to a moment, after a deletion, from a file; through the kit, through
//! doubt, and against what somebody else does meanwhile.

use crate::support::data::{DataSubject, subject};
use serde_json::{Value, json};
use windlass_azure_sim::{Fault, FaultKind, ForeignChange};
use windlass_model::Failure;
use windlass_ports::{ActionError, Executed, Outcome, Probed};
use windlass_testkit::action_conformance;
use windlass_testkit::action_kit::{Subject as _, Trial};

const RESTORE: &str = "azure.sql.restore_database";

action_conformance!(restore_to_a_moment, subject(RESTORE, moment()));
action_conformance!(restore_deleted, deleted());
action_conformance!(restore_from_a_file, from_file());

fn moment() -> Value {
    json!({"from": "prod_db", "at": "2026-03-02T08:00:00Z", "to": "Prod2restored"})
}

fn file() -> Value {
    json!({
        "from": "prod_db", "container": "backups", "file": "old.bacpac", "password": "sql_admin",
        "edition": "GeneralPurpose", "objective": "GP_Gen5_2", "max_bytes": 34_359_738_368_u64,
        "to": "Prod2restored",
    })
}

/// A copy of an earlier sprint that somebody deleted, some minutes ago.
async fn deleted() -> DataSubject {
    let input = json!({"from": "sprint41", "deleted": true, "to": "sprint41back"});
    let subject = subject(RESTORE, input).await;
    let (server, name) = ("sql-qa".into(), "dispatcherqa4sprint41".into());
    subject.sim().somebody(ForeignChange::DeleteDatabase { server, name }).await;
    subject.pass(310_000).await;
    subject
}

/// A world with a whole export in it.
async fn from_file() -> DataSubject {
    let export = json!({
        "database": "prod_db", "container": "backups", "file": "old.bacpac",
        "password": "sql_admin",
    });
    let mut subject = subject("azure.sql.export_bacpac", export).await;
    Trial::prepare(&subject).await.finish().await;
    subject.inner.kind = RESTORE;
    subject.inner.input = file();
    subject
}

fn permanent<T: std::fmt::Debug>(outcome: Outcome<T>) -> Failure {
    match outcome {
        Err(ActionError::Permanent(failure)) => failure,
        other => panic!("{other:?}"),
    }
}

async fn refused(input: Value) -> Failure {
    let subject = subject(RESTORE, input).await;
    permanent(subject.action().capture(&subject.context(), &subject.input()).await)
}

/// D6: what was deleted is offered after some minutes, as a new database with the old content.
#[tokio::test]
async fn d06_a_deleted_database_is_brought_back_once_azure_offers_it() {
    let input = json!({"from": "sprint41", "deleted": true, "to": "sprint41back"});
    let subject = subject(RESTORE, input).await;
    let was = subject.database("sql-qa", "dispatcherqa4sprint41").await;
    let (server, name) = ("sql-qa".into(), "dispatcherqa4sprint41".into());
    subject.sim().somebody(ForeignChange::DeleteDatabase { server, name }).await;
    match subject.action().capture(&subject.context(), &subject.input()).await {
        Err(ActionError::Transient(failure)) => assert_eq!(failure.code, "not_offered"),
        other => panic!("{other:?}"),
    }
    subject.pass(310_000).await;
    let output = Trial::prepare(&subject).await.finish().await;
    assert_ne!(output["database_id"], was["database_id"], "another database");
    let now = subject.database("sql-qa", "sprint41back").await;
    assert_eq!(now["content_of"], was["content_of"], "with the old content");
}

#[tokio::test]
async fn what_a_file_holds_comes_back_with_it() {
    let subject = from_file().await;
    let was = subject.database("sql-prod", "DispatcherProd2").await;
    let output = Trial::prepare(&subject).await.finish().await;
    let now = subject.database("sql-prod", "Prod2restored").await;
    assert_eq!((&now["content_of"], &now["fit"]), (&was["content_of"], &was["fit"]));
    assert_eq!(now["database_id"], output["database_id"]);
}

#[tokio::test]
async fn a_lost_reply_is_found_by_what_it_made() {
    for from in ["moment", "file"] {
        let (subject, path) = match from {
            "file" => (from_file().await, ("POST", "/import")),
            _ => (subject(RESTORE, moment()).await, ("PUT", "/databases/Prod2restored")),
        };
        let trial = Trial::prepare(&subject).await;
        subject.sim().arm(Fault::new(FaultKind::LostReply).on(path.0, path.1)).await;
        assert!(matches!(trial.act().await, Err(ActionError::InDoubt(_))), "{from}");
        let output = match trial.probe(None).await {
            Probed::InProgress(handle) => trial.follow(Executed::Accepted(handle)).await,
            other => panic!("{from}: {other:?}"),
        };
        let now = subject.database("sql-prod", "Prod2restored").await;
        assert_eq!(now["database_id"], output["database_id"], "{from}");
    }
}

#[tokio::test]
async fn a_lost_request_made_nothing() {
    for (subject, method, path) in [
        (from_file().await, "POST", "/import"),
        (subject(RESTORE, moment()).await, "PUT", "/databases/Prod2restored"),
    ] {
        let trial = Trial::prepare(&subject).await;
        subject.sim().arm(Fault::new(FaultKind::LostRequest).on(method, path)).await;
        assert!(matches!(trial.act().await, Err(ActionError::InDoubt(_))));
        assert_eq!(trial.probe(None).await, Probed::Absent);
        trial.finish().await;
    }
}

/// Somebody made a database of that name meanwhile: it is not ours, and the way back leaves it.
#[tokio::test]
async fn d05_a_database_of_somebody_else_survives_the_way_back() {
    let subject = subject(RESTORE, moment()).await;
    let trial = Trial::prepare(&subject).await;
    let (server, name) = ("sql-prod".into(), "Prod2restored".into());
    subject.sim().somebody(ForeignChange::CreateDatabase { server, name }).await;
    assert_eq!(permanent(trial.act().await).code, "target_exists");
    let theirs = subject.observe().await;
    assert!(matches!(trial.probe(None).await, Probed::Unknown(_)));
    let undone = trial.undo(None).act().await;
    assert_eq!(permanent(undone).code, "whose", "whose it is a human says");
    assert_eq!(subject.observe().await, theirs);
}

#[tokio::test]
async fn a_failed_import_says_why_and_its_undo_has_nothing_to_do() {
    let mut subject = from_file().await;
    subject.inner.input["password"] = json!("wrong_admin");
    let trial = Trial::prepare(&subject).await;
    let Ok(Executed::Accepted(handle)) = trial.act().await else { panic!("it takes minutes") };
    subject.pass(200_000).await;
    let failed = permanent(trial.action.poll(&trial.context, &trial.attempt, &handle).await);
    assert!(failed.message.contains("Login failed"), "{}", failed.message);
    assert!(!failed.message.contains("CANARY"), "{}", failed.message);
    trial.undo(None).finish().await;
    let now = subject.database("sql-prod", "Prod2restored").await;
    assert!(now["database_id"].is_null(), "{now}");
}

#[tokio::test]
async fn what_cannot_be_restored_is_refused_before_anything_is_asked() {
    let with = |base: Value, key: &str, value: Value| {
        let mut input = base;
        input[key] = value;
        input
    };
    let early = refused(with(moment(), "at", json!("2020-01-01T00:00:00Z"))).await;
    assert_eq!(early.code, "too_early");
    assert_eq!(refused(with(moment(), "id", json!("another"))).await.code, "another_database");
    assert_eq!(refused(with(moment(), "to", json!("DispatcherProd2"))).await.code, "target_exists");
    assert_eq!(refused(with(moment(), "name", json!("none"))).await.code, "source_missing");
    assert_eq!(refused(file()).await.code, "blob_missing");
    let subject = subject(RESTORE, moment()).await;
    let (action, bindings) = (subject.action(), subject.context().bindings);
    let unclear = with(moment(), "deleted", json!(true));
    assert!(action.check(&bindings, &unclear).is_empty(), "a deleted one as it was at a moment");
    for input in [
        json!({"from": "prod_db", "to": "x"}),
        with(moment(), "file", json!("old.bacpac")),
        json!({"from": "prod_db", "to": "x", "container": "backups", "file": "old.bacpac"}),
    ] {
        assert_eq!(action.check(&bindings, &input).len(), 1, "{input}");
    }
}
