//! `azure.storage` against Azurite: the files' own interface, which is not ARM's.

use crate::support::bench::Bench;
use crate::support::context::Known;
use crate::support::server::ACCOUNT;
use crate::support::stores::{Kind, Stored, sas};
use serde_json::{Value, json};
use windlass_ports::{Probed, Verdict};

/// The shortest zip: its end, and nothing before it.
const ZIP: &str = "PK\u{5}\u{6}\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// A store, and a bench with a container and one of its files bound.
async fn storage() -> (Stored, Bench) {
    let stored = Stored::new(Kind::AzureSas).await;
    let mut bench = Bench::new(Known::of(&[("sas", &*sas()), ("token", "CANARY-token")]));
    let azure = json!({
        "subscription": "s", "credential": {"kind": "static_token", "token": "token"},
        "blob_endpoint": format!("{}/{{account}}", stored.url()),
    });
    bench.environment.providers.insert("azure".to_owned(), azure);
    let container = &stored.bench.parts.bindings["store"].settings["container"];
    let place = json!({"account": ACCOUNT, "container": container, "sas": "sas"});
    bench.bind("backups", "azure.storage_container", place.clone());
    let mut file = place;
    file["blob"] = json!("1.1/shop.bacpac");
    bench.bind("backup", "azure.storage_blob", file);
    (stored, bench)
}

#[tokio::test]
async fn a_file_is_proved_to_be_there_whole_and_the_one() {
    let (stored, bench) = storage().await;
    let verify = "azure.storage.verify_blob";
    let by_name = json!({"container": "backups", "file": "1.1/shop.bacpac"});
    let missing = bench.refused(verify, by_name.clone()).await;
    assert!(missing.contains("there is no such file"), "{missing}");
    stored.somebody_writes("1.1/shop.bacpac", ZIP).await;
    let proved = bench.done(verify, by_name).await;
    assert_eq!((&proved["length"], &proved["file"]), (&json!(22), &json!("1.1/shop.bacpac")));
    assert!(!proved["uri"].as_str().unwrap().contains("sig="), "{proved}");
    let with = |key: &str, value: Value| {
        let mut input = json!({"blob": "backup"});
        input[key] = value;
        input
    };
    assert_eq!(bench.done(verify, with("etag", proved["etag"].clone())).await, proved);
    let small = bench.refused(verify, with("min_bytes", json!(23))).await;
    assert!(small.contains("it has 22 bytes and must have 23"), "{small}");
    stored.somebody_writes("1.1/shop.bacpac", &ZIP[..20]).await;
    let another = bench.refused(verify, with("etag", proved["etag"].clone())).await;
    assert!(another.contains("it was written anew"), "{another}");
    let cut = bench.refused(verify, with("min_bytes", json!(1))).await;
    assert!(cut.contains("does not end as a zip ends"), "{cut}");
}

#[tokio::test]
async fn a_file_is_deleted_if_it_is_still_the_one_that_was_looked_at() {
    let (stored, bench) = storage().await;
    let delete = "azure.storage.delete_blob";
    stored.somebody_writes("1.1/shop.bacpac", ZIP).await;
    let step = bench.step(delete, json!({"blob": "backup"})).await.unwrap();
    assert_eq!(step.probe().await, Probed::Absent);
    stored.somebody_writes("1.1/shop.bacpac", "theirs").await;
    let refused = format!("{:?}", step.act().await.unwrap_err());
    assert!(refused.contains("was written anew"), "{refused}");
    assert_eq!(stored.text("1.1/shop.bacpac").await.unwrap(), "theirs");

    let step = bench.step(delete, json!({"blob": "backup"})).await.unwrap();
    let output = step.done().await;
    assert_eq!(output["length"], 6);
    assert_eq!(stored.text("1.1/shop.bacpac").await, None);
    assert_eq!(step.probe().await, Probed::Done(output.clone()));
    assert_eq!(step.done().await, output, "once more is as good");
    let context = bench.parts.context();
    let input = json!({"blob": "backup"});
    let verdict = step.action.verify(&context, &input, &output).await.unwrap();
    assert_eq!(verdict, Verdict::Holds);
    let none = bench.done(delete, json!({"container": "backups", "file": "none"})).await;
    assert_eq!(none["length"], json!(null), "there was none");
}
