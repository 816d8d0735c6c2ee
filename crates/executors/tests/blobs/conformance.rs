//! Every action of the family through the kit, against each server.

use crate::support::folder;
use crate::support::stores::{Kind, Stored};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::Millis;
use windlass_ports::{Action, BoxFuture, Context};
use windlass_testkit::action_conformance;
use windlass_testkit::action_kit::Subject;

struct StoreSubject {
    stored: Stored,
    kind: &'static str,
    input: Value,
}

impl Subject for StoreSubject {
    fn action(&self) -> Arc<dyn Action> {
        self.stored.bench.action(self.kind)
    }

    fn cut_off(&self) -> Option<Arc<dyn Action>> {
        // The address is the binding's, not the action's: see the tests of doubt.
        None
    }

    fn context(&self) -> Context {
        self.stored.bench.parts.context()
    }

    fn input(&self) -> Value {
        self.input.clone()
    }

    fn observe(&self) -> BoxFuture<'_, Value> {
        let local = folder::content(&self.stored.bench.path("here"));
        Box::pin(async move { json!({"store": self.stored.content().await, "local": local}) })
    }

    fn changes(&self) -> BoxFuture<'_, usize> {
        let local = folder::changes(&self.stored.bench.path("here"));
        Box::pin(async move { self.stored.changes().await.wrapping_add(local) })
    }

    fn pass(&self, span: Millis) -> BoxFuture<'_, ()> {
        self.stored.bench.parts.clock.advance(span);
        Box::pin(async {})
    }
}

/// A store with two files, and a file of this machine; `{}` is its folder.
async fn subject(store: Kind, kind: &'static str, input: Value) -> StoreSubject {
    let stored = Stored::new(store).await;
    stored.somebody_writes("one", "the first file").await;
    stored.somebody_writes("two", "another one").await;
    let here = stored.bench.path("here");
    std::fs::create_dir(&here).unwrap();
    std::fs::write(here.join("file"), "bytes of this machine").unwrap();
    let text = input.to_string().replace("{}", here.to_str().unwrap());
    StoreSubject { stored, kind, input: serde_json::from_str(&text).unwrap() }
}

/// All actions against one server.
macro_rules! server {
    ($name:ident, $server:expr) => {
        mod $name {
            use super::*;

            action_conformance!(
                put,
                subject($server, "blob.put", json!({
                    "store": "store", "name": "new/file", "file": "{}/file",
                    "content_type": "text/plain",
                }))
            );
            action_conformance!(
                put_over,
                subject($server, "blob.put", json!({
                    "store": "store", "name": "one", "content": {"$secret": "text"},
                    "replace": true,
                }))
            );
            action_conformance!(
                get,
                subject($server, "blob.get", json!({
                    "store": "store", "name": "one", "file": "{}/one",
                }))
            );
            action_conformance!(
                copy,
                subject($server, "blob.copy", json!({"store": "store", "from": "one", "to": "3"}))
            );
            action_conformance!(
                copy_over,
                subject($server, "blob.copy", json!({
                    "store": "store", "from": "one", "to": "two", "replace": true,
                }))
            );
            action_conformance!(
                delete,
                subject($server, "blob.delete", json!({"store": "store", "name": "one"}))
            );
            action_conformance!(
                verify,
                subject($server, "blob.verify", json!({"store": "store", "name": "one"}))
            );
        }
    };
}

server!(azure_by_key, Kind::AzureKey);
server!(azure_by_signature, Kind::AzureSas);
server!(s3, Kind::S3);
