//! Git in doubt: what a crash leaves half done, what others do meanwhile, what the remote learns.

use crate::support::repositories::{Repositories, git};
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use windlass_ports::{ActionError, Probed};

#[tokio::test]
async fn a_merge_whose_files_did_not_follow_is_finished_by_the_next_attempt() {
    let all = Repositories::new();
    let input = json!({
        "repository": "app", "from": "origin/main", "into": "prod", "message": "merged",
    });
    let step = all.bench.step("git.merge", input).await.unwrap();
    let output = step.done().await;
    // As a crash leaves it between the branch and its files: some old, some new.
    let previous = output["previous"].as_str().unwrap();
    git(&all.clone(), &["read-tree", previous]);
    std::fs::remove_file(all.clone().join("migrations/1.sql")).unwrap();
    assert_eq!(step.probe().await, Probed::Begun);
    let again = step.done().await;
    assert_eq!(again, output);
    assert_eq!(git(&all.clone(), &["status", "--porcelain"]), "");
    step.undo(Some(output.clone())).await;
    assert_eq!(git(&all.clone(), &["rev-parse", "prod"]), previous);
    assert!(!all.clone().join("migrations/1.sql").exists());
}

#[tokio::test]
async fn a_merge_whose_files_did_not_follow_is_undone_and_a_foreign_change_is_kept() {
    let all = Repositories::new();
    let input = json!({
        "repository": "app", "from": "origin/main", "into": "prod", "message": "merged",
    });
    let step = all.bench.step("git.merge", input).await.unwrap();
    let before = Repositories::state(&all.clone());
    let output = step.done().await;
    let previous = output["previous"].as_str().unwrap();
    git(&all.clone(), &["read-tree", previous]);
    std::fs::remove_file(all.clone().join("migrations/1.sql")).unwrap();
    std::fs::write(all.clone().join("file"), "theirs\n").unwrap();
    let context = all.bench.parts.context();
    let refused = step.action.compensate(&context, &step.back(None)).await.unwrap_err();
    assert!(refused.to_string().contains("not committed (file)"), "{refused}");
    assert_eq!(std::fs::read_to_string(all.clone().join("file")).unwrap(), "theirs\n");
    git(&all.clone(), &["checkout-index", "--force", "file"]);
    step.undo(None).await;
    assert_eq!(Repositories::state(&all.clone()), before);
}

#[tokio::test]
async fn a_merge_that_somebody_built_on_stays() {
    let all = Repositories::new();
    let input = json!({
        "repository": "app", "from": "origin/main", "into": "prod", "message": "merged",
    });
    let step = all.bench.step("git.merge", input).await.unwrap();
    let output = step.done().await;
    std::fs::write(all.clone().join("file"), "more\n").unwrap();
    git(&all.clone(), &["commit", "--quiet", "--all", "--message=more"]);
    let before = Repositories::state(&all.clone());
    step.undo(Some(output)).await;
    assert_eq!(Repositories::state(&all.clone()), before);
    assert!(all.bench.parts.printed.lines().iter().any(|line| line.contains("moved on")));
}

#[tokio::test]
async fn a_push_is_refused_where_somebody_was_faster() {
    let all = Repositories::new();
    git(&all.clone(), &["merge", "--quiet", "origin/main"]);
    let input = json!({"repository": "app", "branch": "prod"});
    let step = all.bench.step("git.push", input.clone()).await.unwrap();
    let theirs = all.somebody_pushes("prod", "theirs", "1\n");
    match step.act().await {
        Err(ActionError::Permanent(failure)) => assert_eq!(failure.code, "changed"),
        other => panic!("{other:?}"),
    }
    assert_eq!(git(&all.remote(), &["rev-parse", "prod"]), theirs);
    let why = all.bench.refused("git.push", input).await;
    assert!(why.contains("fetch and merge it first"), "{why}");
}

#[tokio::test]
async fn undoing_a_push_leaves_what_others_pushed_since() {
    let all = Repositories::new();
    git(&all.clone(), &["merge", "--quiet", "origin/main"]);
    let input = json!({"repository": "app", "branch": "prod"});
    let step = all.bench.step("git.push", input).await.unwrap();
    let output = step.done().await;
    let theirs = all.somebody_pushes("prod", "theirs", "1\n");
    step.undo(Some(output)).await;
    assert_eq!(git(&all.remote(), &["rev-parse", "prod"]), theirs);
}

#[tokio::test]
async fn a_remote_that_says_no_is_heard() {
    let all = Repositories::new();
    std::fs::create_dir_all(all.remote().join("hooks")).unwrap();
    let hook = all.remote().join("hooks/pre-receive");
    std::fs::write(&hook, "#!/bin/sh\necho not today >&2\nexit 1\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&hook, mode).unwrap();
    git(&all.clone(), &["merge", "--quiet", "origin/main"]);
    let why = all.bench.refused("git.push", json!({"repository": "app", "branch": "prod"})).await;
    assert!(why.contains("the remote refused it") && why.contains("hook declined"), "{why}");
}

#[tokio::test]
async fn half_a_clone_is_no_clone() {
    let all = Repositories::new();
    let step = all.bench.step("git.clone_or_update", json!({"repository": "fresh"})).await.unwrap();
    let output = step.done().await;
    // As a crash leaves it before the end: under its other name.
    let place = all.bench.path("deep/fresh");
    let key = windlass_executors::change::key::key(&all.bench.parts.context(), &step.attempt);
    let part = windlass_executors::change::place::unfinished(&place, key);
    std::fs::rename(&place, &part).unwrap();
    std::fs::remove_dir_all(part.join(".git/objects")).unwrap();
    assert_eq!(step.probe().await, Probed::Begun);
    assert_eq!(step.done().await, output);
    assert!(!part.exists());
    step.undo(Some(output)).await;
    assert!(!place.exists() && !part.exists());
}

/// Reads one request, answers that it is not allowed, and gives the request's lines.
fn answer_once(listener: &TcpListener) -> Vec<String> {
    let (mut stream, _) = listener.accept().unwrap();
    let mut lines = Vec::new();
    for line in BufReader::new(stream.try_clone().unwrap()).lines() {
        let line = line.unwrap();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").unwrap();
    lines
}

#[tokio::test]
async fn a_token_reaches_the_remote_and_no_complaint() {
    let mut all = Repositories::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/app.git", listener.local_addr().unwrap());
    let path = all.bench.text("private");
    let settings = json!({"path": path, "url": url, "token": "token", "user": "robot"});
    all.bench.bind("private", "git.repository", settings);
    let server = std::thread::spawn(move || answer_once(&listener));
    let step =
        all.bench.step("git.clone_or_update", json!({"repository": "private"})).await.unwrap();
    let said = format!("{:?}", step.act().await.unwrap_err());
    let lines = server.join().unwrap();
    // `robot:CANARY-token`, as HTTP writes it.
    let header = "Authorization: Basic cm9ib3Q6Q0FOQVJZLXRva2Vu";
    assert!(lines.iter().any(|line| line == header), "{lines:?}");
    let printed = all.bench.parts.printed.lines().join("\n");
    for text in [said, printed] {
        assert!(!text.contains("CANARY") && !text.contains("cm9ib3Q6"), "{text}");
    }
}
