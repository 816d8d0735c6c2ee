//! What the actions promise beyond the kit.

use crate::support::stores::{Kind, Stored};
use serde_json::{Value, json};
use std::io::Write;
use windlass_model::Timestamp;
use windlass_ports::{ActionError, Verdict};

const KINDS: [Kind; 3] = [Kind::AzureKey, Kind::AzureSas, Kind::S3];

/// Longer than two parts, and no part like another.
fn long_file(at: &std::path::Path) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(at).unwrap());
    for number in 0..2_200_000_u64 {
        file.write_all(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()).unwrap();
    }
    file.flush().unwrap();
}

#[tokio::test]
async fn a_long_file_goes_and_comes_in_parts_and_is_the_same() {
    for kind in KINDS {
        let stored = Stored::new(kind).await;
        let (bench, file) = (&stored.bench, stored.bench.path("long"));
        long_file(&file);
        let input = json!({"store": "store", "name": "long", "file": file});
        let step = bench.step("blob.put", input).await.unwrap();
        let put = step.done().await;
        assert_eq!(put["bytes"], 17_600_000);
        let input = json!({"store": "store", "name": "long", "sha256": put["sha256"]});
        assert_eq!(bench.done("blob.verify", input).await["etag"], put["etag"]);
        let back = bench.path("back");
        let input = json!({"store": "store", "name": "long", "file": back});
        let got = bench.done("blob.get", input).await;
        assert_eq!((&got["sha256"], &got["bytes"]), (&put["sha256"], &put["bytes"]));
        let line = std::fs::read_to_string(bench.path("back.sha256")).unwrap();
        assert_eq!(line, format!("{}  back\n", put["sha256"].as_str().unwrap()));
        step.undo(Some(put)).await;
        assert_eq!(stored.content().await, json!({}), "{kind:?}");
    }
}

#[tokio::test]
async fn what_somebody_else_writes_meanwhile_stays() {
    for kind in KINDS {
        let stored = Stored::new(kind).await;
        let input = json!({"store": "store", "name": "one", "content": "ours", "replace": true});
        let first = stored.bench.step("blob.put", input.clone()).await.unwrap();
        stored.somebody_writes("one", "theirs").await;
        let why = format!("{:?}", first.act().await.unwrap_err());
        assert!(why.contains("changed") || why.contains("neither what was there"), "{why}");
        let second = stored.bench.step("blob.put", input.clone()).await.unwrap();
        let output = second.done().await;
        stored.somebody_writes("one", "theirs again").await;
        let context = stored.bench.parts.context();
        let verdict = second.action.verify(&context, &input, &output).await.unwrap();
        assert!(matches!(verdict, Verdict::Drifted(_)));
        second.undo(Some(output)).await;
        assert_eq!(stored.text("one").await.unwrap(), "theirs again");
        let lines = stored.bench.parts.printed.lines();
        assert!(lines.iter().any(|line| line.contains("left as it is")), "{lines:?}");
        let input = json!({"store": "store", "name": "one"});
        let third = stored.bench.step("blob.delete", input).await.unwrap();
        stored.somebody_writes("one", "theirs for good").await;
        assert!(matches!(third.act().await, Err(ActionError::Permanent(_))));
        assert_eq!(stored.text("one").await.unwrap(), "theirs for good");
    }
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_what_to_do() {
    for kind in KINDS {
        let stored = Stored::new(kind).await;
        stored.somebody_writes("one", "first").await;
        stored.bench.parts.clock.set(Timestamp::parse("2199-01-01T00:00:00Z").unwrap());
        let here = stored.bench.text("here");
        std::fs::write(&here, "x").unwrap();
        let sum = "0".repeat(64);
        let cases = [
            ("blob.put", json!({"name": "one", "content": "x"}), "`replace: true`"),
            ("blob.put", json!({"name": "two", "file": "/no/such/file"}), "No such file"),
            ("blob.get", json!({"name": "none", "file": "/no/file"}), "there is no such file"),
            ("blob.get", json!({"name": "one", "file": here}), "name another"),
            (
                "blob.get",
                json!({"name": "one", "file": stored.bench.text("new"), "sha256": sum}),
                "not the one asked for",
            ),
            ("blob.copy", json!({"from": "none", "to": "two"}), "there is no such file"),
            ("blob.delete", json!({"name": "one", "etag": "\"other\""}), "written anew"),
            ("blob.verify", json!({"name": "none"}), "it is not there"),
            ("blob.verify", json!({"name": "one", "etag": "\"other\""}), "written anew"),
            ("blob.verify", json!({"name": "one", "min_bytes": 6}), "has 5 bytes and must have 6"),
            ("blob.verify", json!({"name": "one", "bytes": 4}), "it has 5 bytes"),
            ("blob.verify", json!({"name": "one", "sha256": sum}), "its SHA-256 is"),
            ("blob.verify", json!({"name": "one", "md5": "0".repeat(32)}), "its MD5 is"),
            ("blob.verify", json!({"name": "one", "max_age": "24h"}), "it was written at"),
        ];
        for (action, mut input, says) in cases {
            input["store"] = json!("store");
            let why = stored.bench.refused(action, input).await;
            assert!(why.starts_with("failed to ") && why.contains(says), "{action}: {why}");
        }
        assert!(!stored.bench.path("new").exists());
    }
}

#[tokio::test]
async fn a_store_and_a_file_are_parts_of_the_world() {
    for kind in KINDS {
        let stored = Stored::new(kind).await;
        let context = stored.bench.parts.context();
        let registry = stored.bench.registry();
        let see = async |name: &str| -> Value {
            let binding = &context.bindings[name];
            let resource = registry.resource(&binding.kind).unwrap();
            Value::Object(resource.observe(&context, binding).await.unwrap())
        };
        assert_eq!(see("store").await, json!({"exists": true}));
        assert_eq!(see("one").await["exists"], false);
        stored.somebody_writes("one", "first").await;
        let seen = see("one").await;
        assert_eq!((&seen["exists"], &seen["length"]), (&json!(true), &json!(5)));
        let input = json!({"store": "store", "name": "one"});
        let effects = stored.bench.action("blob.delete").effects(&context.bindings, &input);
        assert_eq!((effects[0].resource.as_str(), &effects[0].value), ("one", &json!(false)));
    }
}

#[tokio::test]
async fn a_store_that_is_not_there_says_so() {
    let mut stored = Stored::new(Kind::AzureSas).await;
    let mut binding = stored.bench.parts.bindings["store"].settings.clone();
    binding["container"] = json!("nowhere");
    stored.bench.bind("store", "blob.store", Value::Object(binding));
    let input = json!({"store": "store", "name": "one", "content": "x"});
    let refused = match stored.bench.step("blob.put", input).await {
        Ok(step) => step.act().await.unwrap_err(),
        Err(error) => error,
    };
    let why = format!("{refused:?}");
    assert!(why.contains("ContainerNotFound"), "{why}");
}
