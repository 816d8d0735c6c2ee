//! Servers that are swamped, slow or lying: a clear failure or patience, bounded memory, and
//! credentials that follow nobody elsewhere.

use crate::support::hostile::{CANARY, Caller, Hostile, Says, bytes, data};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;
use windlass_ports::{ActionError, Executed};

const TAG: &str = "azure_devops.build.tag";
const FIND: &str = "azure_devops.build.find_latest";
const STOP: &str = "azure.app_service.stop";
const REQUEST: &str = "http.request";

/// The largest answer that is kept, and what a network holds on its way.
const POURED_MAX: usize = 64 << 20;

fn build() -> String {
    json!({"id": 637, "buildNumber": "7.1.214.3", "status": "completed", "result": "succeeded",
        "sourceBranch": "refs/heads/prod", "sourceVersion": "c0ffee", "tags": []})
    .to_string()
}

fn site() -> String {
    json!({"id": "/x", "name": "qa4", "location": "West Europe",
        "properties": {"state": "Running", "enabled": true, "hostNames": []}})
    .to_string()
}

/// One action that speaks to a server, with what it read before.
async fn caller(kind: &str, url: &str) -> Caller {
    let input = match kind {
        TAG => json!({"build": 637, "tag": "tested"}),
        FIND => json!({"branch": "prod"}),
        STOP => json!({"app": "qa4"}),
        _ => json!({
            "url": format!("{url}/hook"), "method": "POST", "body": {"a": 1},
            "headers": {"Authorization": {"$secret": "token"}},
        }),
    };
    Caller::of(kind, url, input).captured().await
}

/// A server whose reads before the write are good, so that the write meets what is told.
async fn bad(says: Says) -> Hostile {
    Hostile::start(move |line| match line {
        _ if line.starts_with("GET") && line.contains("/builds/637") => data(&build()),
        _ if line.starts_with("GET") && line.contains("/sites/qa4") => data(&site()),
        _ => says.clone(),
    })
    .await
}

/// What a caller makes of it: the verdict and its words.
fn verdict(acted: Result<Executed, ActionError>) -> (&'static str, String) {
    let (word, text) = match acted {
        Ok(output) => ("done", format!("{output:?}")),
        Err(ActionError::InDoubt(why)) => ("in doubt", why),
        Err(ActionError::Transient(failure)) => ("transient", failure.message),
        Err(ActionError::Permanent(failure)) => ("permanent", failure.message),
    };
    assert!(!text.contains(CANARY), "{text}");
    (word, text)
}

/// A read of Azure DevOps, its change, a change of Azure, a request to anybody.
async fn verdicts(says: Says) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for kind in [FIND, TAG, STOP, REQUEST] {
        let server = bad(says.clone()).await;
        let caller = caller(kind, &server.url).await;
        all.push(verdict(caller.execute().await));
        assert!(server.poured.load(Ordering::Relaxed) < POURED_MAX, "{kind} took it all");
    }
    all
}

fn words(verdicts: &[(&'static str, String)]) -> Vec<&'static str> {
    verdicts.iter().map(|(word, _)| *word).collect()
}

#[tokio::test]
async fn a_storm_of_429_is_met_with_the_patience_that_is_asked_for() {
    let storm = bytes("429 Too Many Requests", "retry-after: 7\r\n", "slow down");
    for kind in [FIND, TAG, STOP, REQUEST] {
        let server = bad(Says::Bytes(storm.clone())).await;
        let caller = caller(kind, &server.url).await;
        let before = server.asked();
        for _ in 0..20 {
            match caller.execute().await {
                Err(ActionError::Transient(failure)) => {
                    assert_eq!(failure.retry_after_ms, Some(7_000), "{kind}");
                }
                other => panic!("{kind}: {other:?}"),
            }
        }
        // One call for each try: nobody hammers a service that is swamped. What a change reads
        // first it may read each time.
        let asked = server.asked() - before;
        assert!(asked <= 40, "{kind}: {asked} calls for 20 tries");
    }
}

#[tokio::test]
async fn an_answer_after_ten_seconds_is_waited_for() {
    let told = Arc::new(Notify::new());
    let list = json!({"count": 1, "value": [serde_json::from_str::<Value>(&build()).unwrap()]});
    let late = bytes("200 OK", "content-type: application/json\r\n", &list.to_string());
    let server = bad(Says::Later(Arc::clone(&told), late)).await;
    let caller = caller(FIND, &server.url).await;
    let clock = caller.parts.clock.clone();
    let passes = async {
        while server.asked() == 0 {
            tokio::task::yield_now().await;
        }
        clock.advance(10_000);
        told.notify_one();
    };
    let (acted, ()) = tokio::join!(caller.execute(), passes);
    let (word, text) = verdict(acted);
    assert!(word == "done" && text.contains("7.1.214.3"), "{word}: {text}");
    assert_eq!(server.asked(), 1, "and asked for once");
}

#[tokio::test]
async fn a_page_with_status_200_is_no_data() {
    let page = "<!DOCTYPE html><html><body>Everything is fine</body></html>";
    let page = bytes("200 OK", "content-type: text/html\r\n", page);
    let all = verdicts(Says::Bytes(page)).await;
    // Nobody asked the hook for data: its status is all that counts.
    assert_eq!(words(&all), ["permanent", "in doubt", "in doubt", "done"], "{all:?}");
    assert!(all[0].1.contains("sign-in page"), "{}", all[0].1);
    assert!(all[1].1.contains("a page instead of data"), "{}", all[1].1);
    let away = bytes("203 Non-Authoritative Information", "content-type: text/html\r\n", "<html>");
    let all = verdicts(Says::Bytes(away)).await;
    assert_eq!(words(&all)[..2], ["permanent", "permanent"], "a sign-in did nothing: {all:?}");
}

#[tokio::test]
async fn half_an_answer_is_doubt_where_something_was_to_change() {
    let cut = &build()[..40];
    let whole_length = bytes("200 OK", "content-type: application/json\r\n", cut);
    let all = verdicts(Says::Bytes(whole_length)).await;
    assert_eq!(words(&all)[..2], ["transient", "in doubt"], "{all:?}");
    assert!(all[0].1.contains("data that cannot be read"), "{}", all[0].1);
    let broken = format!("HTTP/1.1 200 OK\r\ncontent-length: 4000\r\n\r\n{cut}");
    let all = verdicts(Says::Bytes(broken)).await;
    assert_eq!(words(&all), ["transient", "in doubt", "in doubt", "in doubt"], "{all:?}");
}

/// A set that cannot be read is no empty one: written back, it would erase all others. Nor is one
/// that Azure echoes so.
#[tokio::test]
async fn a_set_of_another_shape_is_not_taken_for_an_empty_one() {
    let input = json!({"app": "qa4", "settings": {"Feature": "on"}});
    let kind = "azure.app_service.set_app_settings";
    for said in ["{}", "\"zs\"", "[1]", "{\"properties\": \"none\"}", "{\"properties\": null}"] {
        let lists = Arc::new(AtomicUsize::new(0));
        for good in [1, 2] {
            let lists = Arc::clone(&lists);
            lists.store(0, Ordering::Relaxed);
            let server = Hostile::start(move |line| match line {
                _ if line.starts_with("GET") => data(&site()),
                _ if line.starts_with("POST") && lists.fetch_add(1, Ordering::Relaxed) < good => {
                    data(&json!({"properties": {"Other": "kept"}}).to_string())
                }
                _ => data(said),
            })
            .await;
            let caller = Caller::of(kind, &server.url, input.clone()).captured().await;
            let (word, text) = verdict(caller.execute().await);
            let seen = server.seen.lock().unwrap();
            let written = seen.iter().filter(|request| request.starts_with("PUT")).count();
            if good == 1 {
                assert_eq!((word, written), ("transient", 0), "{said}: {text}");
                assert!(text.contains("data that cannot be read"), "{said}: {text}");
            } else {
                assert_eq!((word, written), ("in doubt", 1), "{said}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_without_end_is_let_go() {
    let all = verdicts(Says::Endless).await;
    assert_eq!(words(&all), ["transient", "in doubt", "in doubt", "in doubt"], "{all:?}");
    for (_, text) in &all {
        assert!(text.contains("its answer is longer than 8388608 bytes"), "{text}");
    }
}

#[tokio::test]
async fn no_redirection_takes_a_credential_elsewhere() {
    for status in ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let other = Hostile::start(|_| data(&build())).await;
        let leads = format!("location: {}/_apis/builds\r\n", other.url);
        let all = verdicts(Says::Bytes(bytes(status, &leads, ""))).await;
        assert_eq!(words(&all), ["permanent"; 4], "{status}: {all:?}");
        assert_eq!(other.asked(), 0, "{status}: nobody went there");
    }
}
