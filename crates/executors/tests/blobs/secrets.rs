//! The credentials of stores reach no log at trace, no error, no output and no history.

use crate::support::context::Known;
use crate::support::server::ACCOUNT_KEY;
use crate::support::stores::{Kind, S3_ID, S3_KEY, Stored, sas};
use serde_json::json;
use std::cell::RefCell;
use std::io::Write;
use std::sync::Once;
use windlass_ports::ActionError;

thread_local! {
    /// Whatever a test's own thread logs: its runtime has this one thread.
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes what a thread logs to where it keeps it.
struct Log;

impl Log {
    /// Listens from here on. The process has one listener for all threads: a thread's own would
    /// not hear a call site that another test, which does not listen, came to first.
    fn listen() {
        static LISTENING: Once = Once::new();
        LISTENING.call_once(|| {
            tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_writer(|| Log)
                .init();
        });
        LOGGED.take();
    }

    fn heard() -> String {
        String::from_utf8_lossy(&LOGGED.take()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Does everything, and collects all that is told of it.
async fn everything(stored: &Stored) -> String {
    let mut told = Vec::new();
    let file = stored.bench.text("file");
    let steps = [
        ("blob.put", json!({"store": "store", "name": "one", "content": {"$secret": "text"}})),
        ("blob.put", json!({"store": "store", "name": "one", "content": "x", "replace": true})),
        ("blob.copy", json!({"store": "store", "from": "one", "to": "two"})),
        ("blob.get", json!({"store": "store", "name": "one", "file": file})),
        ("blob.verify", json!({"store": "store", "name": "one", "max_age": "1d"})),
        ("blob.delete", json!({"store": "store", "name": "two"})),
        ("blob.verify", json!({"store": "store", "name": "none"})),
    ];
    for (kind, input) in steps {
        match stored.bench.step(kind, input).await {
            Err(error) => told.push(format!("{error:?}")),
            Ok(step) => {
                told.push(format!("{:?}", step.attempt));
                told.push(format!("{:?}", step.act().await));
                told.push(format!("{:?}", step.probe().await));
            }
        }
    }
    told.extend(stored.bench.parts.printed.lines());
    told.join("\n")
}

fn signature() -> String {
    sas().split("sig=").nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn credentials_of_stores_are_told_nowhere() {
    Log::listen();
    let signature = signature();
    let plain = signature.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    let canaries = [ACCOUNT_KEY, S3_KEY, S3_ID, "CANARY-text", &signature, &plain];
    for kind in [Kind::AzureKey, Kind::AzureSas, Kind::S3] {
        let mut stored = Stored::new(kind).await;
        let mut told = everything(&stored).await;
        stored.via("http://127.0.0.1:9");
        told.push_str(&everything(&stored).await);
        for canary in canaries {
            assert!(!told.contains(canary), "{kind:?}: {canary} in {told}");
        }
    }
    let log = Log::heard();
    assert!(log.contains("answered"), "the log was looked at");
    for canary in canaries {
        let lines = log.lines().filter(|line| line.contains(canary));
        // Made by the test itself, which makes its store by its own request.
        let ours: Vec<&str> = lines.filter(|line| !line.contains("restype=container")).collect();
        assert!(ours.is_empty(), "{canary}: {ours:?}");
    }
}

#[tokio::test]
async fn a_wrong_credential_is_refused_without_being_repeated() {
    let wrong = "CANARY0wrong0key0CANARY0wrong0key0CANARY0wrong0A=";
    for kind in [Kind::AzureKey, Kind::AzureSas] {
        let mut stored = Stored::new(kind).await;
        let bad_sas = sas().replace("sig=", "sig=CANARY");
        stored.bench.parts.secrets =
            Known::of(&[("account_key", wrong), ("sas", &*bad_sas), ("text", "x")]);
        let input = json!({"store": "store", "name": "one", "content": "x"});
        let refused = match stored.bench.step("blob.put", input).await {
            Ok(step) => step.act().await.unwrap_err(),
            Err(error) => error,
        };
        let ActionError::Permanent(failure) = refused else { panic!("{kind:?}: {refused:?}") };
        assert!(!failure.message.contains("CANARY"), "{failure:?}");
        assert!(failure.message.starts_with("failed to "), "{failure:?}");
    }
}
