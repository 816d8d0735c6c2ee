//! Requests and answers that get lost, services that say no, and a windlass that dies in between.

use crate::support::bench::Step;
use crate::support::road::{Fate, Road};
use crate::support::stores::{Kind, Stored};
use serde_json::{Value, json};
use windlass_ports::{ActionError, Attempt, Executed, Outcome, Probed};

const BUSY: &str = "HTTP/1.1 503 Busy\r\nx-ms-error-code: ServerBusy\r\ncontent-length: 0\r\n\
                    connection: close\r\n\r\n";
const SLOW_DOWN: &str = "HTTP/1.1 429 Too Many\r\nretry-after: 7\r\ncontent-length: 0\r\n\
                         connection: close\r\n\r\n";
const ELSEWHERE: &str = "HTTP/1.1 307 Go\r\nlocation: http://127.0.0.1:9/CANARY\r\n\
                         content-length: 0\r\nconnection: close\r\n\r\n";
const PAGE: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 26\r\n\
                    connection: close\r\n\r\n<html>please sign in</html>";

const KINDS: [Kind; 3] = [Kind::AzureKey, Kind::AzureSas, Kind::S3];

fn put(content: &str) -> Value {
    json!({"store": "store", "name": "one", "content": content, "replace": true})
}

/// Writes to a file itself, not to the copy beside it.
fn writes_to(line: &str, name: &str) -> bool {
    let path = line.split([' ', '?']).nth(1).unwrap_or_default();
    line.starts_with("PUT") && path.ends_with(&format!("/{name}"))
}

/// The same attempt, as a new process takes it up.
fn again<'a>(stored: &'a Stored, kind: &str, attempt: Attempt) -> Step<'a> {
    Step { bench: &stored.bench, action: stored.bench.action(kind), attempt }
}

/// The verdict and its words; no secret is among them.
fn verdict(acted: Outcome<Executed>) -> (&'static str, String) {
    let (word, text) = match acted {
        Ok(output) => ("done", format!("{output:?}")),
        Err(ActionError::InDoubt(why)) => ("in doubt", why),
        Err(ActionError::Transient(failure)) => ("transient", format!("{failure:?}")),
        Err(ActionError::Permanent(failure)) => ("permanent", format!("{failure:?}")),
    };
    for secret in ["CANARY", "Q0FOQVJZ", "sig="] {
        assert!(!text.contains(secret), "{text}");
    }
    (word, text)
}

/// What a write meets, and what a look finds afterwards: what was there is kept aside by then.
async fn meets(kind: Kind, fate: Fate, expected: &str, probed: &str) {
    let mut stored = Stored::new(kind).await;
    stored.somebody_writes("one", "before").await;
    let before = stored.content().await;
    let good = stored.url();
    let road = Road::to(good, move |line| match writes_to(line, "one") {
        true => fate,
        false => Fate::Arrives,
    })
    .await;
    stored.via(&road.url);
    let step = stored.bench.step("blob.put", put("after")).await.unwrap();
    let (word, text) = verdict(step.act().await);
    assert_eq!(word, expected, "{kind:?} {fate:?}: {text}");
    let attempt = step.attempt.clone();
    drop(step);
    stored.via(good);
    let step = again(&stored, "blob.put", attempt);
    match (step.probe().await, probed) {
        (Probed::Begun, "begun") | (Probed::Done(_), "done") => {}
        (other, _) => panic!("{kind:?} {fate:?}: {other:?}"),
    }
    if probed == "begun" {
        step.done().await;
    }
    assert_eq!(stored.text("one").await.unwrap(), "after");
    step.undo(None).await;
    assert_eq!(stored.content().await, before, "{kind:?} {fate:?}");
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_found() {
    for kind in KINDS {
        meets(kind, Fate::ReplyLost, "in doubt", "done").await;
        meets(kind, Fate::Answered(BUSY), "in doubt", "done").await;
        meets(kind, Fate::CutOff, "in doubt", "done").await;
    }
}

#[tokio::test]
async fn a_write_that_never_arrived_is_seen_as_begun_and_done_again() {
    for kind in KINDS {
        meets(kind, Fate::RequestLost, "in doubt", "begun").await;
        meets(kind, Fate::Refused(SLOW_DOWN), "transient", "begun").await;
    }
}

#[tokio::test]
async fn credentials_follow_nobody_elsewhere_and_a_page_is_no_answer() {
    for kind in KINDS {
        meets(kind, Fate::Refused(ELSEWHERE), "permanent", "begun").await;
        meets(kind, Fate::Refused(PAGE), "in doubt", "begun").await;
    }
}

#[tokio::test]
async fn what_cannot_be_reached_was_not_asked() {
    for kind in KINDS {
        let mut stored = Stored::new(kind).await;
        stored.via("http://127.0.0.1:9");
        for (action, input) in [
            ("blob.put", put("x")),
            ("blob.get", json!({"store": "store", "name": "one", "file": "/nowhere/x"})),
            ("blob.copy", json!({"store": "store", "from": "one", "to": "two"})),
            ("blob.delete", json!({"store": "store", "name": "one"})),
            ("blob.verify", json!({"store": "store", "name": "one"})),
        ] {
            let acted = match stored.bench.step(action, input).await {
                Ok(step) => step.act().await,
                Err(error) => Err(error),
            };
            let (word, text) = verdict(acted);
            assert_eq!(word, "transient", "{action}: {text}");
            assert!(text.contains("failed to ") && text.contains("127.0.0.1"), "{text}");
        }
    }
}

#[tokio::test]
async fn copies_and_deletions_whose_answers_are_lost_are_found() {
    for kind in KINDS {
        let mut stored = Stored::new(kind).await;
        stored.somebody_writes("one", "first").await;
        let good = stored.url();
        let copies = |line: &str| writes_to(line, "two");
        let road = Road::to(good, move |line| match copies(line) || line.starts_with("DELETE") {
            true => Fate::ReplyLost,
            false => Fate::Arrives,
        })
        .await;
        stored.via(&road.url);
        let input = json!({"store": "store", "from": "one", "to": "two"});
        let step = stored.bench.step("blob.copy", input).await.unwrap();
        assert_eq!(verdict(step.act().await).0, "in doubt");
        assert!(matches!(step.probe().await, Probed::Done(_)));
        let input = json!({"store": "store", "name": "one"});
        let step = stored.bench.step("blob.delete", input).await.unwrap();
        assert_eq!(verdict(step.act().await).0, "in doubt");
        assert!(matches!(step.probe().await, Probed::Done(_)));
        assert_eq!(stored.text("one").await, None);
        assert_eq!(stored.text("two").await.unwrap(), "first");
    }
}

#[tokio::test]
async fn an_undo_that_stops_half_way_goes_on_to_its_end() {
    for kind in KINDS {
        let mut stored = Stored::new(kind).await;
        stored.somebody_writes("one", "before").await;
        let before = stored.content().await;
        let step = stored.bench.step("blob.put", put("after")).await.unwrap();
        let output = step.done().await;
        assert!(output["kept"].as_str().is_some_and(|kept| kept.starts_with("one.before-")));
        let attempt = step.attempt.clone();
        drop(step);
        let good = stored.url();
        let road = Road::to(good, |line| match line.starts_with("DELETE") {
            true => Fate::RequestLost,
            false => Fate::Arrives,
        })
        .await;
        stored.via(&road.url);
        let step = again(&stored, "blob.put", attempt);
        let back = step.back(None);
        let undone = step.action.compensate(&stored.bench.parts.context(), &back).await;
        assert_eq!(verdict(undone).0, "in doubt", "{kind:?}");
        assert_eq!(stored.text("one").await.unwrap(), "before");
        let attempt = step.attempt.clone();
        drop(step);
        stored.via(good);
        let step = again(&stored, "blob.put", attempt);
        assert_eq!(step.probe_undo().await, Probed::Begun, "a copy is still to be cleared away");
        step.undo(None).await;
        assert_eq!(stored.content().await, before);
    }
}

#[tokio::test]
async fn half_a_file_is_no_file() {
    for kind in KINDS {
        let mut stored = Stored::new(kind).await;
        stored.somebody_writes("one", &"x".repeat(100_000)).await;
        let good = stored.url();
        let road = Road::to(good, |line| match line.starts_with("GET") {
            true => Fate::CutOff,
            false => Fate::Arrives,
        })
        .await;
        stored.via(&road.url);
        let file = stored.bench.path("one");
        let input = json!({"store": "store", "name": "one", "file": file});
        let step = stored.bench.step("blob.get", input).await.unwrap();
        assert_eq!(verdict(step.act().await).0, "transient", "{kind:?}");
        assert!(!file.exists());
        assert_eq!(step.probe().await, Probed::Begun);
        let attempt = step.attempt.clone();
        drop(step);
        stored.via(good);
        let step = again(&stored, "blob.get", attempt);
        step.done().await;
        assert_eq!(std::fs::metadata(&file).unwrap().len(), 100_000);
        step.undo(None).await;
        assert!(!file.exists() && std::fs::read_dir(stored.bench.path("")).unwrap().count() == 0);
    }
}
