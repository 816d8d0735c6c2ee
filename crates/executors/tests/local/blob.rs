//! The actions on stores, where the store is a folder of this machine.

use crate::support::bench::{Bench, Step};
use crate::support::context::Known;
use crate::support::folder;
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::Millis;
use windlass_ports::{Action, ActionError, BoxFuture, Context, Probed};
use windlass_testkit::action_conformance;
use windlass_testkit::action_kit::Subject;

struct FolderSubject {
    bench: Bench,
    kind: &'static str,
    input: Value,
}

impl Subject for FolderSubject {
    fn action(&self) -> Arc<dyn Action> {
        self.bench.action(self.kind)
    }

    fn cut_off(&self) -> Option<Arc<dyn Action>> {
        None
    }

    fn context(&self) -> Context {
        self.bench.parts.context()
    }

    fn input(&self) -> Value {
        self.input.clone()
    }

    fn observe(&self) -> BoxFuture<'_, Value> {
        let content = folder::content(self.bench.folder.path());
        Box::pin(async move { content })
    }

    fn changes(&self) -> BoxFuture<'_, usize> {
        let changes = folder::changes(self.bench.folder.path());
        Box::pin(async move { changes })
    }

    fn pass(&self, span: Millis) -> BoxFuture<'_, ()> {
        self.bench.parts.clock.advance(span);
        Box::pin(async {})
    }
}

/// A store with two files, and a file beside it.
fn bench() -> Bench {
    let mut bench = Bench::new(Known::of(&[("text", "CANARY-text")]));
    let store = bench.text("store");
    std::fs::create_dir_all(bench.path("store/in")).unwrap();
    std::fs::write(bench.path("store/in/one"), "the first file").unwrap();
    std::fs::write(bench.path("store/in/two"), "another one").unwrap();
    std::fs::write(bench.path("file"), "bytes of this machine").unwrap();
    let settings = json!({"service": "folder", "path": store, "prefix": "in"});
    bench.bind("store", "blob.store", settings);
    bench
}

async fn subject(kind: &'static str, input: Value) -> FolderSubject {
    let bench = bench();
    let mut input = input;
    input["store"] = json!("store");
    let text = input.to_string().replace("{}", bench.folder.path().to_str().unwrap());
    FolderSubject { bench, kind, input: serde_json::from_str(&text).unwrap() }
}

action_conformance!(put, subject("blob.put", json!({"name": "new", "file": "{}/file"})));
action_conformance!(
    put_over,
    subject("blob.put", json!({"name": "one", "content": {"$secret": "text"}, "replace": true}))
);
action_conformance!(get, subject("blob.get", json!({"name": "one", "file": "{}/got"})));
action_conformance!(copy, subject("blob.copy", json!({"from": "one", "to": "three"})));
action_conformance!(
    copy_over,
    subject("blob.copy", json!({"from": "one", "to": "two", "replace": true}))
);
action_conformance!(delete, subject("blob.delete", json!({"name": "one"})));
action_conformance!(verify, subject("blob.verify", json!({"name": "one"})));

fn over(content: &str) -> Value {
    json!({"store": "store", "name": "one", "content": content, "replace": true})
}

#[tokio::test]
async fn a_copy_in_a_folder_is_a_file_of_its_own() {
    let bench = bench();
    let input = json!({"store": "store", "from": "one", "to": "three"});
    let copied = bench.done("blob.copy", input).await;
    assert_eq!(copied["bytes"], 14);
    use std::os::unix::fs::MetadataExt;
    let number = |name: &str| std::fs::metadata(bench.path(name)).unwrap().ino();
    assert_ne!(number("store/in/one"), number("store/in/three"));
}

#[tokio::test]
async fn a_windlass_that_dies_between_keeping_and_writing_leaves_what_can_be_cleared_away() {
    let bench = bench();
    let before = folder::content(bench.folder.path());
    let step = bench.step("blob.put", over("after")).await.unwrap();
    let done = step.done().await;
    let kept = bench.path("store/in").join(done["kept"].as_str().unwrap());
    // Not written yet: what was there is still there, and its copy.
    std::fs::rename(&kept, bench.path("store/in/one")).unwrap();
    std::fs::hard_link(bench.path("store/in/one"), &kept).unwrap();
    assert_eq!(step.probe().await, Probed::Begun);
    assert_eq!(step.probe_undo().await, Probed::Begun, "there is something to clear away");
    step.undo(None).await;
    assert_eq!(folder::content(bench.folder.path()), before);
    assert!(!kept.exists());
    let again = Step { bench: &bench, action: bench.action("blob.put"), attempt: step.attempt };
    again.done().await;
    assert_eq!(std::fs::read_to_string(bench.path("store/in/one")).unwrap(), "after");
}

#[tokio::test]
async fn a_kept_copy_that_is_gone_stops_the_way_back_with_a_sentence() {
    let bench = bench();
    let step = bench.step("blob.put", over("after")).await.unwrap();
    let done = step.done().await;
    let kept = done["kept"].as_str().unwrap();
    std::fs::remove_file(bench.path("store/in").join(kept)).unwrap();
    let context = bench.parts.context();
    let undone = step.action.compensate(&context, &step.back(Some(done.clone()))).await;
    let Err(ActionError::Permanent(failure)) = undone else { panic!("{undone:?}") };
    assert!(failure.message.contains("is gone"), "{failure:?}");
}

#[tokio::test]
async fn a_source_that_changes_after_the_look_is_not_written() {
    let bench = bench();
    let file = bench.text("file");
    let input = json!({"store": "store", "name": "new", "file": file});
    let step = bench.step("blob.put", input).await.unwrap();
    std::fs::write(&file, "something else").unwrap();
    let why = format!("{:?}", step.act().await.unwrap_err());
    assert!(why.contains("changed meanwhile"), "{why}");
    assert!(!bench.path("store/in/new").exists());
}

#[tokio::test]
async fn names_and_bindings_that_cannot_be_meant_are_refused() {
    let mut bench = bench();
    let action = bench.action("blob.put");
    let context = bench.parts.context();
    for name in ["", "/one", "a//b", "../one", "one/"] {
        let input = json!({"store": "store", "name": name, "content": "x"});
        assert_ne!(action.check(&context.bindings, &input), Vec::<String>::new(), "{name}");
    }
    let both = json!({"store": "store", "name": "a", "content": "x", "file": "y"});
    assert_eq!(action.check(&context.bindings, &both), ["give either `file` or `content`"]);
    for (settings, says) in [
        (json!({"service": "folder"}), "needs `path`"),
        (json!({"service": "folder", "path": "/no/such/folder"}), "no such folder"),
        (json!({"service": "azure", "account": "a"}), "needs `account` and `container`"),
        (json!({"service": "azure", "account": "a", "container": "c"}), "neither `account_key`"),
        (json!({"service": "s3", "bucket": "b"}), "needs `bucket`, `region`"),
        (
            json!({
                "service": "azure", "account": "a", "container": "c",
                "endpoint": "http://storage.example.com",
            }),
            "must begin with https",
        ),
    ] {
        bench.bind("store", "blob.store", settings);
        let why = bench.refused("blob.put", over("x")).await;
        assert!(why.contains(says) && why.contains("environment file"), "{why}");
    }
}
