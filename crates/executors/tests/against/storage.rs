//! Exports into files, and the files themselves: through the kit, through every doubt, against
//! closed doors, failed work and what somebody else does meanwhile.

use crate::recordings::Play;
use crate::support::context::bindings;
use crate::support::data::{DataSubject, subject};
use crate::support::replay::{Filler, recorded};
use serde_json::{Value, json};
use windlass_azure_sim::{Fault, FaultKind, ForeignChange, Moment};
use windlass_model::Failure;
use windlass_ports::{ActionError, Executed, Outcome, Polled, Probed, Verdict};
use windlass_testkit::action_conformance;
use windlass_testkit::action_kit::{Subject as _, Trial};
use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, ResponseTemplate};

const EXPORT: &str = "azure.sql.export_bacpac";

/// What stands in every secret of the simulated world.
const CANARY: &str = "CANARY";

fn into(container: &str) -> Value {
    json!({
        "database": "prod_db", "container": container, "file": "old.bacpac",
        "password": "sql_admin",
    })
}

action_conformance!(export_by_key, subject(EXPORT, into("backups")));
action_conformance!(export_by_signature, subject(EXPORT, into("signed_backups")));
action_conformance!(
    delete_blob,
    written("azure.storage.delete_blob", json!({"blob": "first_backup"}))
);
action_conformance!(
    delete_blob_by_signature,
    written(
        "azure.storage.delete_blob",
        json!({"container": "signed_backups", "file": "old.bacpac"})
    )
);
action_conformance!(
    verify_blob,
    written("azure.storage.verify_blob", json!({"blob": "first_backup", "zip": false}))
);

fn blob(text: &str) -> ForeignChange {
    ForeignChange::Blob {
        account: "dispatcherbackups".into(),
        container: "bacpacs".into(),
        name: "old.bacpac".into(),
        text: text.into(),
    }
}

/// A file is there already.
async fn written(kind: &'static str, input: Value) -> DataSubject {
    let subject = subject(kind, input).await;
    subject.sim().somebody(blob("some text")).await;
    subject
}

/// A world with a whole export in it, and what the export said.
async fn exported() -> (DataSubject, Value) {
    let subject = subject(EXPORT, into("backups")).await;
    let output = Trial::prepare(&subject).await.finish().await;
    (subject, output)
}

fn permanent<T: std::fmt::Debug>(outcome: Outcome<T>) -> Failure {
    match outcome {
        Err(ActionError::Permanent(failure)) => failure,
        other => panic!("{other:?}"),
    }
}

/// Polls an accepted export to its bad end.
async fn bad_end(subject: &DataSubject, trial: &Trial<'_, DataSubject>) -> Failure {
    let Ok(Executed::Accepted(handle)) = trial.act().await else { panic!("it takes a minute") };
    subject.pass(120_000).await;
    permanent(trial.action.poll(&trial.context, &trial.attempt, &handle).await)
}

#[tokio::test]
async fn a_lost_reply_is_found_by_the_file_or_by_the_log_and_never_sent_again() {
    let faults = [
        FaultKind::LostReply,
        FaultKind::GatewayTimeout { applied: true, after_seconds: None, lock_seconds: 0.0 },
        FaultKind::Html500 { applied: true },
    ];
    for slow in [1.0, 60.0] {
        for wrong in &faults {
            let subject = subject(EXPORT, into("backups")).await;
            let trial = Trial::prepare(&subject).await;
            let sim = subject.sim();
            sim.arm(Fault::new(FaultKind::SlowCopy { factor: slow }).on("POST", "/export")).await;
            sim.arm(Fault::new(wrong.clone()).on("POST", "/export")).await;
            let acted = trial.act().await;
            assert!(matches!(acted, Err(ActionError::InDoubt(_))), "{wrong:?}: {acted:?}");
            // The log is late, and the absence that a probe sees until then does not count yet.
            let settle = trial.action.spec().traits.settle_ms;
            subject.pass(settle - 1).await;
            let output = match trial.probe(None).await {
                Probed::Done(output) if slow < 2.0 => output,
                Probed::InProgress(handle) if slow > 2.0 => {
                    trial.follow(Executed::Accepted(handle)).await
                }
                other => panic!("{wrong:?} {slow}: {other:?}"),
            };
            assert_eq!(output["file"], "old.bacpac");
            assert_eq!(sim.ledger("database_export_started").await.len(), 1);
            assert_eq!(sim.ledger("database_exported").await.len(), 1);
        }
    }
}

#[tokio::test]
async fn a_lost_request_is_absent_and_may_be_sent_again() {
    let faults = [
        FaultKind::LostRequest,
        FaultKind::GatewayTimeout { applied: false, after_seconds: None, lock_seconds: 0.0 },
    ];
    for wrong in faults {
        let subject = subject(EXPORT, into("backups")).await;
        let trial = Trial::prepare(&subject).await;
        subject.sim().arm(Fault::new(wrong.clone()).on("POST", "/export")).await;
        let acted = trial.act().await;
        assert!(matches!(acted, Err(ActionError::InDoubt(_))), "{wrong:?}: {acted:?}");
        subject.pass(trial.action.spec().traits.settle_ms).await;
        assert_eq!(trial.probe(None).await, Probed::Absent, "{wrong:?}");
        trial.finish().await;
        assert_eq!(subject.sim().ledger("database_exported").await.len(), 1);
    }
}

/// One export for each database: the second delivery is refused, and that refusal is the answer.
#[tokio::test]
async fn a_request_that_arrives_twice_exports_once() {
    let subject = subject(EXPORT, into("backups")).await;
    let trial = Trial::prepare(&subject).await;
    subject.sim().arm(Fault::new(FaultKind::Duplicate).on("POST", "/export")).await;
    match trial.act().await {
        Ok(executed) => {
            trial.follow(executed).await;
        }
        Err(ActionError::InDoubt(_)) => {
            subject.pass(200_000).await;
            let probed = trial.probe(None).await;
            assert!(matches!(probed, Probed::Done(_)), "{probed:?}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(subject.sim().ledger("database_exported").await.len(), 1);
}

/// Somebody else's export is at work on the database: ours is not sent, and nothing is doubled.
#[tokio::test]
async fn another_export_of_the_database_is_waited_for() {
    let subject = subject(EXPORT, into("backups")).await;
    let first = Trial::prepare(&subject).await;
    let Ok(Executed::Accepted(handle)) = first.act().await else { panic!("it takes a minute") };
    let mut other = Trial::prepare(&subject).await;
    other.attempt.input["file"] = json!("other.bacpac");
    other.attempt.request_id.0 = uuid::Uuid::from_u128(7);
    assert!(matches!(other.act().await, Err(ActionError::InDoubt(_))));
    first.follow(Executed::Accepted(handle)).await;
    subject.pass(other.action.spec().traits.settle_ms).await;
    assert_eq!(other.probe(None).await, Probed::Absent, "the log says that it was refused");
    assert_eq!(subject.sim().ledger("database_exported").await.len(), 1);
}

#[tokio::test]
async fn d10_a_closed_server_is_said_before_anything_is_sent() {
    let subject = subject(EXPORT, into("backups")).await;
    let close = ForeignChange::FirewallRule {
        server: "sql-prod".into(),
        name: "AllowAllWindowsAzureIps".into(),
        range: None,
    };
    let trial = Trial::prepare(&subject).await;
    subject.sim().somebody(close).await;
    let closed = permanent(trial.action.capture(&trial.context, &trial.attempt.input).await);
    assert_eq!(closed.code, "closed_to_azure");
    assert!(closed.message.contains("azure.sql.set_azure_access"), "{}", closed.message);
    // It was closed after the look: SQL takes the request and fails in its queue.
    let failed = bad_end(&subject, &trial).await;
    assert!(failed.message.contains("Allow Azure services"), "{}", failed.message);
    assert!(subject.sim().ledger("database_exported").await.is_empty());
    trial.undo(None).finish().await;
}

#[tokio::test]
async fn a_file_that_is_there_is_never_written_over() {
    let subject = subject(EXPORT, into("backups")).await;
    let trial = Trial::prepare(&subject).await;
    // It comes while the export waits in its queue.
    let wrong = FaultKind::SomebodyElse { does: blob("theirs"), when: Moment::After };
    subject.sim().arm(Fault::new(wrong).on("POST", "/export")).await;
    let failed = bad_end(&subject, &trial).await;
    assert!(failed.message.contains("already exists"), "{}", failed.message);
    let refused = permanent(trial.action.capture(&trial.context, &trial.attempt.input).await);
    assert_eq!(refused.code, "file_exists");
    let theirs = subject.observe().await;
    match trial.undo(None).act().await {
        Ok(_) => {}
        Err(ActionError::Permanent(failure)) => assert_eq!(failure.code, "whose"),
        other => panic!("{other:?}"),
    }
    assert_eq!(subject.observe().await, theirs);
}

#[tokio::test]
async fn an_export_that_fails_says_why_without_a_secret() {
    let mut input = into("backups");
    input["password"] = json!("wrong_admin");
    let subject = subject(EXPORT, input).await;
    let trial = Trial::prepare(&subject).await;
    let failed = bad_end(&subject, &trial).await;
    assert!(failed.message.contains("Login failed"), "{}", failed.message);
    assert!(!failed.message.contains(CANARY), "{}", failed.message);
    subject.pass(trial.action.spec().traits.settle_ms).await;
    assert!(matches!(trial.probe(None).await, Probed::Failed(_)), "the log knows it");
}

/// What goes into a history, a log or an error holds no password, key or signature.
#[tokio::test]
async fn keys_passwords_and_signatures_stay_where_they_are() {
    for container in ["backups", "signed_backups"] {
        let subject = subject(EXPORT, into(container)).await;
        let trial = Trial::prepare(&subject).await;
        let mut said = vec![trial.attempt.captured.clone().unwrap(), trial.attempt.input.clone()];
        let Ok(Executed::Accepted(mut handle)) = trial.act().await else { panic!("a minute") };
        loop {
            said.push(handle.clone());
            match trial.action.poll(&trial.context, &trial.attempt, &handle).await.unwrap() {
                Polled::Done(output) => break said.push(output),
                Polled::InProgress { handle: next, after_ms, .. } => {
                    handle = next;
                    subject.pass(after_ms).await;
                }
            }
        }
        let text = format!("{said:?} {:?}", subject.sim().parts.printed.lines());
        assert!(!text.contains(CANARY), "{text}");
    }
}

#[tokio::test]
async fn d05_only_the_database_with_the_id_is_exported() {
    let mut input = into("backups");
    input["id"] = json!("another-id");
    let wrong = subject(EXPORT, input).await;
    let failure = permanent(wrong.action().capture(&wrong.context(), &wrong.input()).await);
    assert_eq!(failure.code, "another_database");
    // The name gets another owner between the look and the request.
    let subject = subject(EXPORT, into("backups")).await;
    let trial = Trial::prepare(&subject).await;
    let (server, name) = ("sql-prod".to_owned(), "DispatcherProd2".to_owned());
    let gone = ForeignChange::DeleteDatabase { server: server.clone(), name: name.clone() };
    subject.sim().somebody(gone).await;
    subject.sim().somebody(ForeignChange::CreateDatabase { server, name }).await;
    assert_eq!(permanent(trial.act().await).code, "another_database");
    assert!(subject.sim().ledger("database_export_started").await.is_empty());
}

/// The file may be the last copy: it stays once the database that it was made of is gone.
#[tokio::test]
async fn d06_the_way_back_keeps_the_file_of_a_deleted_database() {
    let subject = subject(EXPORT, into("backups")).await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    let gone =
        ForeignChange::DeleteDatabase { server: "sql-prod".into(), name: "DispatcherProd2".into() };
    subject.sim().somebody(gone).await;
    let before = subject.observe().await;
    let undo = trial.undo(Some(output));
    undo.finish().await;
    assert_eq!(subject.observe().await, before);
    assert!(matches!(undo.probe(None).await, Probed::Done(_)));
    let printed = subject.sim().parts.printed.lines().join("\n");
    assert!(printed.contains("stays"), "{printed}");
}

#[tokio::test]
async fn a_file_that_somebody_wrote_anew_survives_the_undo() {
    let subject = subject(EXPORT, into("backups")).await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    let verify = || trial.action.verify(&trial.context, &trial.attempt.input, &output);
    assert_eq!(verify().await, Ok(Verdict::Holds));
    subject.sim().somebody(blob("theirs")).await;
    assert!(matches!(verify().await, Ok(Verdict::Drifted(_))));
    let theirs = subject.observe().await;
    trial.undo(Some(output.clone())).finish().await;
    assert_eq!(subject.observe().await, theirs);
}

#[tokio::test]
async fn d06_a_file_that_is_missing_empty_cut_or_too_small_is_no_proof() {
    let (mut subject, output) = exported().await;
    subject.inner.kind = "azure.storage.verify_blob";
    let with = |more: Value| {
        let mut input = json!({"container": "backups", "file": "old.bacpac"});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let length = output["length"].as_u64().unwrap();
    subject.inner.input = with(json!({"source_bytes": length, "etag": output["etag"]}));
    let seen = Trial::prepare(&subject).await.finish().await;
    assert_eq!((&seen["length"], &seen["etag"]), (&output["length"], &output["etag"]));
    assert_eq!(seen["uri"], output["uri"]);
    let cases = [
        (with(json!({"file": "none.bacpac"})), "blob_missing"),
        (with(json!({"min_bytes": length + 1})), "blob_too_small"),
        (with(json!({"source_bytes": length * 1000})), "blob_too_small"),
        (with(json!({"etag": "\"0x1\""})), "another_blob"),
    ];
    for (input, code) in cases {
        subject.inner.input = input;
        let failure = permanent(Trial::prepare(&subject).await.act().await);
        assert_eq!(failure.code, code, "{}", failure.message);
    }
    for (text, code) in [("", "blob_too_small"), ("PK cut off", "blob_not_whole")] {
        subject.sim().somebody(blob(text)).await;
        subject.inner.input = with(json!({}));
        let failure = permanent(Trial::prepare(&subject).await.act().await);
        assert_eq!(failure.code, code, "{}", failure.message);
    }
}

#[tokio::test]
async fn a_file_that_changed_since_the_look_is_not_deleted() {
    let input = json!({"blob": "first_backup"});
    let subject = written("azure.storage.delete_blob", input).await;
    let trial = Trial::prepare(&subject).await;
    let wrong = FaultKind::SomebodyElse { does: blob("anew"), when: Moment::Before };
    subject.sim().arm(Fault::new(wrong).on("DELETE", "/blob/")).await;
    assert_eq!(permanent(trial.act().await).code, "another_blob");
    assert!(matches!(trial.probe(None).await, Probed::Unknown(_)));
    assert!(subject.sim().ledger("blob_deleted").await.is_empty());
}

#[tokio::test]
async fn a_deletion_in_doubt_is_looked_at() {
    for (wrong, done) in [(FaultKind::LostReply, true), (FaultKind::LostRequest, false)] {
        let subject = written("azure.storage.delete_blob", json!({"blob": "first_backup"})).await;
        let trial = Trial::prepare(&subject).await;
        subject.sim().arm(Fault::new(wrong.clone()).on("DELETE", "/blob/")).await;
        assert!(matches!(trial.act().await, Err(ActionError::InDoubt(_))), "{wrong:?}");
        let probed = trial.probe(None).await;
        assert_eq!(matches!(probed, Probed::Done(_)), done, "{probed:?}");
        trial.finish().await;
        assert_eq!(subject.sim().ledger("blob_deleted").await.len(), 1);
    }
}

/// D5: what was `DispatcherProd2old` when the copy was made may be another database by now.
#[tokio::test]
async fn d05_a_deletion_by_id_never_takes_another_database() {
    let input = json!({"database": "prod_db", "id": "the-copy's-id"});
    let subject = subject("azure.sql.delete_database", input).await;
    // The apps still name it; that is another refusal, which comes first.
    let context = subject.context();
    let failure = permanent(subject.action().capture(&context, &subject.input()).await);
    assert_eq!(failure.code, "another_database");
    assert!(failure.message.contains("nothing was deleted"), "{}", failure.message);
    assert!(subject.sim().ledger("database_deleted").await.is_empty());
}

/// What a restore needs is said of what is gone.
#[tokio::test]
async fn d06_a_deletion_says_what_it_takes_to_restore() {
    let copy = json!({"from": "prod_db", "to": "DispatcherProd2old"});
    let mut subject = subject("azure.sql.copy_database", copy).await;
    let made = Trial::prepare(&subject).await.finish().await;
    subject.inner.kind = "azure.sql.delete_database";
    subject.inner.input = json!({"database": "prod_old", "id": made["database_id"]});
    let trial = Trial::prepare(&subject).await;
    let gone = trial.finish().await;
    assert_eq!(gone["database_id"], made["database_id"]);
    assert_eq!(gone["service_objective"], "GP_Gen5_2");
    let id = gone["resource_id"].as_str().unwrap();
    assert!(id.ends_with("/servers/sql-prod/databases/DispatcherProd2old"), "{id}");
    let now = subject.database("sql-prod", "DispatcherProd2").await;
    assert!(now["database_id"].is_string(), "the other one stays");
    // A second time there is nothing of that id, whatever the name holds by then.
    let (server, name) = ("sql-prod".into(), "DispatcherProd2old".into());
    subject.sim().somebody(ForeignChange::CreateDatabase { server, name }).await;
    assert!(matches!(trial.act().await, Ok(Executed::Done(_))));
    assert!(matches!(trial.probe(None).await, Probed::Done(_)));
    let theirs = subject.database("sql-prod", "DispatcherProd2old").await;
    assert!(theirs["database_id"].is_string(), "theirs stays");
}

/// The observers say what the steps declare, and every field that they promise.
#[tokio::test]
async fn files_are_seen_in_the_world() {
    let (subject, output) = exported().await;
    let (registry, context) = (subject.sim().registry(), subject.context());
    for (name, expected) in [
        (
            "first_backup",
            json!({"exists": true, "length": output["length"], "etag": output["etag"]}),
        ),
        ("backups", json!({"exists": true})),
        ("signed_backups", json!({"exists": true})),
    ] {
        let binding = &context.bindings[name];
        let resource = registry.resource(&binding.kind).unwrap();
        let seen = resource.observe(&context, binding).await.unwrap();
        assert_eq!(json!(seen), expected, "{name}");
        let fields: Vec<&String> = resource.spec().fields.keys().collect();
        assert!(fields.iter().all(|field| seen.contains_key(*field)), "{fields:?}");
    }
    let effects = subject.action().effects(&context.bindings, &subject.input());
    assert_eq!((effects[0].resource.as_str(), &effects[0].value), ("first_backup", &json!(true)));
}

/// What the recording leaves out: the database, the server and its rule.
fn open_server(method: &str, path: &str, _: bool) -> Option<(u16, Value)> {
    let rule = json!({"name": "AllowAllWindowsAzureIps", "properties": {
        "startIpAddress": "0.0.0.0", "endIpAddress": "0.0.0.0",
    }});
    let database = json!({"location": "eastus", "properties": {
        "status": "Online", "databaseId": "one",
    }});
    let server = json!({"location": "eastus", "properties": {
        "administratorLogin": "admin123", "publicNetworkAccess": "Enabled",
    }});
    match method {
        "GET" if path.contains("/databases/") => Some((200, database)),
        "GET" if path.ends_with("/firewallrules") => Some((200, json!({"value": [rule]}))),
        "GET" if path.contains("/servers/") => Some((200, server)),
        _ => None,
    }
}

#[tokio::test]
async fn a_recorded_export_is_followed_to_its_result() {
    let Some(exchanges) = recorded("sql-export") else { return };
    let bound = bindings(&[
        (
            "db",
            "azure.sql_database",
            json!({
                "resource_group": "clitest.rg000001", "server": "clitestserver000002",
                "database": "cliautomationdb01",
            }),
        ),
        (
            "backups",
            "azure.storage_container",
            json!({"account": "clitest000003", "container": "bacpacs", "account_key": "token"}),
        ),
    ]);
    let input = json!({
        "database": "db", "container": "backups", "file": "testbacpac.bacpac", "password": "conn",
    });
    let filler: Filler = open_server;
    let mut play = Play::start(exchanges, bound, filler, (EXPORT, input)).await;
    let file = || path_regex("^/blob/clitest000003/bacpacs/testbacpac.bacpac$");
    let missing = ResponseTemplate::new(404)
        .insert_header("x-ms-error-code", "BlobNotFound")
        .insert_header("date", "Sat, 25 Feb 2023 00:51:10 GMT");
    let looks = Mock::given(method("HEAD")).and(file()).respond_with(missing);
    play.replay.beside(looks.up_to_n_times(2)).await;
    play.capture().await;
    let Ok(Executed::Accepted(handle)) = play.execute().await else { panic!("it takes a minute") };
    let mut zip = b"PK\x05\x06".to_vec();
    zip.extend_from_slice(&[0; 18]);
    let there = ResponseTemplate::new(200)
        .insert_header("etag", "\"0x8DB16C9\"")
        .insert_header("last-modified", "Sat, 25 Feb 2023 00:52:15 GMT")
        .set_body_bytes(zip);
    play.replay.beside(Mock::given(file()).respond_with(there)).await;
    let output = play.follow(handle).await.unwrap();
    assert_eq!((&output["length"], &output["etag"]), (&json!(22), &json!("\"0x8DB16C9\"")));
    assert_eq!(output["exported_at"], "2023-02-25T00:52:15Z");
    assert_eq!(output["database_id"], "one");
}
