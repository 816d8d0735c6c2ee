//! Services in doubt: what a crash leaves half done, what does not hear, what does not stay, whose
//! the processes are.

use crate::support::services::{SCRIPT, Services};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use windlass_ports::{Executed, Probed};

fn api() -> serde_json::Value {
    json!({"service": "api"})
}

#[tokio::test]
async fn a_start_whose_answer_was_lost_is_found_and_not_repeated() {
    let all = Services::new(SCRIPT);
    let step = all.bench.step("service.start", api()).await.unwrap();
    // As a crash leaves it: begun, and neither handle nor outcome kept.
    step.act().await.unwrap();
    let found = loop {
        match step.probe().await {
            Probed::InProgress(_) => all.pass(200).await,
            other => break other,
        }
    };
    assert_eq!(found, Probed::Done(json!({"running": true, "changed": true})));
    step.act().await.unwrap();
    assert_eq!(all.ledger(), ["started"]);
}

#[tokio::test]
async fn it_lives_in_a_session_of_its_own_with_only_what_it_needs() {
    let all = Services::new(SCRIPT);
    all.done("service.start").await;
    let living = all.tree().living().unwrap();
    let leader = living.iter().min_by_key(|process| (process.start(), process.pid())).unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", leader.pid())).unwrap();
    let session = stat.rsplit(')').next().unwrap().split_whitespace().nth(3).unwrap();
    assert_eq!(session, leader.pid().to_string());
    let environment = std::fs::read(format!("/proc/{}/environ", leader.pid())).unwrap();
    let environment = String::from_utf8_lossy(&environment).into_owned();
    assert!(environment.contains("PASSWORD=CANARY-service"));
    assert!(!environment.contains("CARGO"), "{environment}");
    let words = std::fs::read(format!("/proc/{}/cmdline", leader.pid())).unwrap();
    assert!(!String::from_utf8_lossy(&words).contains("CANARY"));
}

#[tokio::test]
async fn what_ends_at_once_is_told_with_its_last_words_and_without_secrets() {
    let all = Services::new("echo \"no port, $PASSWORD\"; exit 3");
    let why = all.failed("service.start", api()).await;
    assert!(why.contains("it does not run") && why.contains("no port, ***"), "{why}");
    assert!(!why.contains("CANARY"));
}

#[tokio::test]
async fn what_is_never_ready_fails_in_time_and_is_stopped_by_the_undo() {
    let all = Services::new("sleep 600");
    let input = json!({"service": "api", "within": "2s"});
    let step = all.bench.step("service.start", input).await.unwrap();
    let executed = step.act().await.unwrap();
    let why = all.follow(&step, executed).await.unwrap_err();
    assert!(why.contains("ready within 2s") && why.contains("ready is not there"), "{why}");
    assert!(!all.tree().living().unwrap().is_empty());
    undo(&all, &step).await;
    assert!(all.tree().living().unwrap().is_empty());
}

#[tokio::test]
async fn it_is_ready_when_a_program_of_its_own_says_so() {
    let mut all = Services::new(SCRIPT);
    let asks = "[ -e ready ] && [ \"$NAME\" = api ] && [ -z \"$PASSWORD\" ] && [ -e yes ]";
    let settings = json!({
        "command": ["sh", "-c", SCRIPT],
        "dir": all.bench.text(""),
        "env": {"NAME": "api"},
        "secrets": {"PASSWORD": "password"},
        "log": all.bench.text("log"),
        "ready": {"command": ["sh", "-c", asks]},
    });
    all.bench.bind("api", "service", settings);
    let input = json!({"service": "api", "within": "2s"});
    let why = all.failed("service.start", input).await;
    assert!(why.contains("ready within 2s") && why.contains("`sh` ends with 1"), "{why}");
    std::fs::write(all.bench.path("yes"), "").unwrap();
    assert_eq!(all.done("service.wait_ready").await, json!({"running": true, "changed": false}));
}

/// Undoes a step to its end.
async fn undo(all: &Services, step: &crate::support::bench::Step<'_>) {
    let back = step.back(None);
    let context = all.bench.parts.context();
    let mut executed = step.action.compensate(&context, &back).await.unwrap();
    while let Executed::Accepted(handle) = executed {
        all.pass(200).await;
        executed = match step.action.poll(&context, &back, &handle).await.unwrap() {
            windlass_ports::Polled::Done(output) => Executed::Done(output),
            windlass_ports::Polled::InProgress { handle, .. } => Executed::Accepted(handle),
        };
    }
}

#[tokio::test]
async fn what_does_not_hear_is_killed_with_all_that_it_started() {
    let deaf = "trap '' TERM; (setsid sh -c 'trap \"\" TERM; touch ready; while :; do sleep 0.1; \
                done' &); while :; do sleep 0.1; done";
    let all = Services::new(deaf);
    all.done("service.start").await;
    assert!(all.tree().living().unwrap().len() >= 2);
    let input = json!({"service": "api", "grace": "1s"});
    let step = all.bench.step("service.stop", input).await.unwrap();
    let executed = step.act().await.unwrap();
    all.follow(&step, executed).await.unwrap();
    assert!(all.tree().living().unwrap().is_empty());
    let lines = all.bench.parts.printed.lines();
    assert!(lines.iter().any(|line| line.contains("did not end in time")), "{lines:?}");
}

#[tokio::test]
async fn a_restart_that_was_cut_between_end_and_start_goes_on_and_starts_once() {
    let mut all = Services::new(SCRIPT);
    all.done("service.start").await;
    all.bench.parts.step = windlass_model::StepId::new("another");
    let step = all.bench.step("service.restart", api()).await.unwrap();
    all.tree().end().unwrap();
    // As a crash leaves it: the old one is gone, the new one is not there.
    assert_eq!(step.probe().await, Probed::Begun);
    let executed = step.act().await.unwrap();
    all.follow(&step, executed).await.unwrap();
    assert_eq!(step.probe().await, Probed::Done(json!({"running": true, "changed": true})));
    step.act().await.unwrap();
    assert_eq!(all.ledger().iter().filter(|line| *line == "started").count(), 2);
}

#[tokio::test]
async fn the_undo_of_half_a_restart_starts_what_ran_before() {
    let mut all = Services::new(SCRIPT);
    all.done("service.start").await;
    all.bench.parts.step = windlass_model::StepId::new("another");
    let step = all.bench.step("service.restart", api()).await.unwrap();
    all.tree().end().unwrap();
    undo(&all, &step).await;
    assert!(!all.tree().living().unwrap().is_empty());
}

#[tokio::test]
async fn what_ran_before_is_left_running_by_the_undo_of_a_start() {
    let all = Services::new(SCRIPT);
    all.done("service.start").await;
    let step = all.bench.step("service.start", api()).await.unwrap();
    step.act().await.unwrap();
    undo(&all, &step).await;
    assert!(!all.tree().living().unwrap().is_empty());
    assert_eq!(all.ledger(), ["started"]);
}

#[tokio::test]
async fn what_a_service_needs_is_said_where_it_lacks() {
    let mut all = Services::new(SCRIPT);
    let place = all.bench.text("nowhere");
    all.bench.bind("lost", "service", json!({"command": ["true"], "dir": place}));
    let why = all.failed("service.start", json!({"service": "lost"})).await;
    assert!(why.contains("there is no"), "{why}");
    all.bench.bind("both", "service", json!({"command": ["true"], "unit": "x"}));
    let step = all.bench.step("service.start", json!({"service": "both"})).await;
    let why = format!("{:?}", step.map(drop).unwrap_err());
    assert!(why.contains("give either `command` with `dir`, or `unit`"), "{why}");
}

/// Speaks as systemd's program does, of one unit whose state is a file.
const SYSTEMCTL: &str = r#"#!/bin/sh
cd "$(dirname "$0")"
echo "$*" >>ledger
case $1 in
show)
    echo LoadState=loaded
    if [ -e unit ]; then echo ActiveState=active; else echo ActiveState=inactive; fi
    echo "InvocationID=$(cat unit 2>/dev/null)" ;;
start) [ -e unit ] || wc -l <ledger >unit ;;
stop) rm -f unit ;;
*) echo "unknown verb $1" >&2; exit 1 ;;
esac
"#;

#[tokio::test]
async fn a_unit_is_started_restarted_and_stopped_by_systemd() {
    let mut all = Services::new(SCRIPT);
    let program = all.bench.path("systemctl");
    std::fs::write(&program, SYSTEMCTL).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let settings = json!({"unit": "api.service", "systemctl": program.to_str().unwrap()});
    all.bench.bind("api", "service", settings);
    let step = all.bench.step("service.start", api()).await.unwrap();
    assert_eq!(step.probe().await, Probed::Absent);
    assert_eq!(step.done().await, json!({"running": true, "changed": true}));
    assert!(matches!(step.probe().await, Probed::Done(_)));
    let first = std::fs::read_to_string(all.bench.path("unit")).unwrap();
    assert_eq!(all.done("service.restart").await, json!({"running": true, "changed": true}));
    assert_ne!(std::fs::read_to_string(all.bench.path("unit")).unwrap(), first);
    assert_eq!(all.done("service.stop").await, json!({"running": false, "changed": true}));
    let orders: Vec<String> =
        all.ledger().into_iter().filter(|line| !line.starts_with("show")).collect();
    let words = ["start -- api.service", "stop -- api.service"];
    assert_eq!(orders, [words[0], words[1], words[0], words[1]]);
}
