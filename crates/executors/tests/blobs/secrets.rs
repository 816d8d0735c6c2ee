//! The credentials of stores reach no log at trace, no error, no output and no history.

use crate::support::context::Known;
use crate::support::server::ACCOUNT_KEY;
use crate::support::stores::{Kind, S3_ID, S3_KEY, Stored, sas};
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};
use windlass_ports::ActionError;

/// Whatever is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
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
    let log = Log::default();
    let (writer, signature) = (log.clone(), signature());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
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
    drop(guard);
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
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
