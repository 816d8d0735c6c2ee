//! The simulator over a real socket: lost replies and requests, killed clients, its own verbs.

use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::ExitStatusExt as _;
use windlass_azure_sim::{Config, Running, announced, serve};

const SITE: &str = "/subscriptions/a1b2c3d4-0000-4000-8000-000000000002/resourceGroups/rg-qa\
                    /providers/Microsoft.Web/sites/qa4";

/// One exchange on a connection of its own; nothing if the connection broke without an answer.
pub fn exchange(
    to: SocketAddr,
    method: &str,
    path: &str,
    body: &Value,
) -> Option<(u16, Value, String)> {
    let mut stream = TcpStream::connect(to).ok()?;
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {to}\r\nauthorization: Bearer rehearsal-token\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).unwrap_or_default(), head.to_lowercase()))
}

/// The same from within an async test.
async fn ask(to: &Running, method: &str, path: &str, body: Value) -> Option<(u16, Value, String)> {
    let (to, method, path) = (to.address(), method.to_owned(), path.to_owned());
    let asked = tokio::task::spawn_blocking(move || exchange(to, &method, &path, &body));
    asked.await.unwrap()
}

async fn site(to: &Running, method: &str, rest: &str) -> Option<(u16, Value, String)> {
    ask(to, method, &format!("{SITE}{rest}?api-version=2023-12-01"), Value::Null).await
}

async fn effects(to: &Running) -> Vec<String> {
    let (_, ledger, _) = ask(to, "GET", "/_sim/ledger", Value::Null).await.unwrap();
    let lines = ledger.as_array().unwrap().iter();
    lines.map(|line| line["effect"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_reply_is_lost_after_the_effect_and_a_request_before_it() {
    let running = serve(Config::default()).await.unwrap();
    for (fault, expected) in [("lost_request", vec![]), ("lost_reply", vec!["app_stopped"])] {
        let body = json!({"fault": fault, "match": {"method": "POST", "path": "/stop"}});
        assert_eq!(ask(&running, "POST", "/_sim/faults", body).await.unwrap().0, 200);
        assert_eq!(site(&running, "POST", "/stop").await, None);
        assert_eq!(effects(&running).await, expected);
    }
    let (status, body, head) = site(&running, "GET", "").await.unwrap();
    assert_eq!((status, &body["properties"]["state"]), (200, &json!("Stopped")));
    assert!(head.contains("\r\netag: ") && head.contains("\r\ndate: "));
    running.stop().await;
}

#[tokio::test]
async fn a_client_is_killed_before_or_after_the_effect() {
    let running = serve(Config::default()).await.unwrap();
    for (when, changes) in [("before", 0), ("after", 1)] {
        // A stand-in for a client: it waits for ever, and only a signal ends it.
        let mut client = std::process::Command::new("cat")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let body = json!({
            "fault": "kill_client", "pid": client.id(), "when": when, "nth": 2,
            "match": {"path": "sites/qa4"},
        });
        ask(&running, "POST", "/_sim/faults", body).await.unwrap();
        assert!(site(&running, "GET", "").await.is_some());
        assert_eq!(site(&running, "POST", "/stop").await, None);
        let ended = tokio::task::spawn_blocking(move || client.wait().unwrap()).await.unwrap();
        assert_eq!(ended.signal(), Some(9));
        assert_eq!(effects(&running).await.len(), changes);
    }
    running.stop().await;
}

#[tokio::test]
async fn the_world_is_served_once_and_begins_again_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let config = || Config { state_dir: Some(folder.path().to_owned()), ..Config::default() };
    let running = serve(config()).await.unwrap();
    let refused = serve(config()).await.unwrap_err().to_string();
    assert!(refused.contains("another simulator serves this world"), "{refused}");
    let told = announced(folder.path()).unwrap();
    assert_eq!((told.pid, told.port), (std::process::id(), running.address().port()));

    site(&running, "POST", "/stop").await.unwrap();
    let (_, status, _) = ask(&running, "GET", "/_sim/status", Value::Null).await.unwrap();
    assert_eq!((&status["requests"], &status["changes"]), (&json!(1), &json!(1)));
    let (_, requests, _) = ask(&running, "GET", "/_sim/requests", Value::Null).await.unwrap();
    assert_eq!(requests["requests"], json!([format!("POST {SITE}/stop")]));
    ask(&running, "POST", "/_sim/reset", Value::Null).await.unwrap();
    assert!(effects(&running).await.is_empty());
    assert_eq!(site(&running, "GET", "").await.unwrap().1["properties"]["state"], "Running");
    assert_eq!(std::fs::read_to_string(folder.path().join("ledger.jsonl")).unwrap(), "");

    ask(&running, "POST", "/_sim/stop", Value::Null).await.unwrap();
    running.wait().await;
    assert_eq!(announced(folder.path()), None);
    serve(config()).await.unwrap().stop().await;
}

#[tokio::test]
async fn somebody_else_changes_one_key() {
    let running = serve(Config { time_scale: 0.0, ..Config::default() }).await.unwrap();
    let body = json!({
        "change": "connection_string", "site": "qa4", "name": "Audit",
        "value": {"value": "other", "type": "Custom"},
    });
    assert_eq!(ask(&running, "POST", "/_sim/world", body.clone()).await.unwrap().0, 200);
    assert_eq!(ask(&running, "POST", "/_sim/world", body).await.unwrap().1["changes"], 0);
    let list = "/config/connectionstrings/list";
    let (_, listed, _) = site(&running, "POST", list).await.unwrap();
    assert_eq!(listed["properties"]["Audit"], json!({"value": "other", "type": "Custom"}));
    assert_eq!(listed["properties"].as_object().unwrap().len(), 3);
    let (_, ledger, _) = ask(&running, "GET", "/_sim/ledger", Value::Null).await.unwrap();
    assert_eq!(ledger[0]["request_id"], Value::Null);
    assert_eq!(ledger[0]["detail"]["by"], "somebody else");
    // A clock that stands still goes where it is told.
    let (_, one, _) = ask(&running, "GET", "/_sim/status", Value::Null).await.unwrap();
    let jump = json!({"advance_seconds": 60});
    let (_, moved, _) = ask(&running, "POST", "/_sim/clock", jump).await.unwrap();
    let (_, two, _) = ask(&running, "GET", "/_sim/status", Value::Null).await.unwrap();
    assert_eq!(two["now"], moved["now"]);
    assert_ne!(one["now"], two["now"]);
    running.stop().await;
}

#[tokio::test]
async fn its_world_is_its_owners_alone_and_it_ends_with_its_folder() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("world");
    let config = Config { state_dir: Some(folder.clone()), ..Config::default() };
    let running = serve(config).await.unwrap();
    assert_eq!(site(&running, "POST", "/stop").await.unwrap().0, 200);
    let mode = |path: &std::path::Path| {
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions())
            & 0o777
    };
    assert_eq!(mode(&folder), 0o700);
    for file in ["world.json", "ledger.jsonl", "server.json"] {
        assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(60), running.wait());
    ended.await.expect("it ends by itself");
}
