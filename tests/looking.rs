//! `list`, `show` and `history`: what they say, and that looking changes nothing.

use crate::home::Home;
use crate::runs::DEPLOY;
use crate::spoken::keep;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_run_is_listed_shown_and_told() {
    let home = Home::new();
    home.file("deploy.yaml", DEPLOY);
    let run = home.windlass(&["start", "deploy.yaml", "--json"]).expect(4).json();
    let run = run["run"].as_str().unwrap();
    let prefix = &run[..20];
    keep("list", &home.windlass(&["list"]).expect(0).stdout);
    keep("show", &home.windlass(&["show", prefix]).expect(0).stdout);
    keep("history", &home.windlass(&["history", prefix]).expect(0).stdout);
    keep("history_at", &home.windlass(&["history", run, "--at", "3"]).expect(0).stdout);
    keep("history_verify", &home.windlass(&["history", run, "--verify"]).expect(0).stdout);
    let shown = home.windlass(&["show", run, "--json"]).expect(0).json();
    assert_eq!((&shown["phase"], &shown["driven"]), (&"waiting".into(), &false.into()));
    assert_eq!(shown["steps"][1]["state"], "awaiting");
    assert_eq!(shown["seq"], home.windlass(&["show", run, "--json"]).json()["seq"]);
}

#[test]
fn the_list_is_newest_first_and_has_the_keys_that_scripts_read() {
    let home = Home::new();
    home.file("deploy.yaml", DEPLOY);
    for _ in 0..3 {
        home.windlass(&["start", "deploy.yaml", "--detach", "--json"]).expect(0);
    }
    let stdout = home.windlass(&["list", "--json"]).expect(0).stdout;
    let lines: Vec<Value> = stdout.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    let keys = ["run", "workflow", "environment", "phase", "started_at", "updated_at"];
    for line in &lines {
        assert!(keys.iter().all(|key| line[key].is_string()), "{line}");
    }
    let runs: Vec<&str> = lines.iter().map(|line| line["run"].as_str().unwrap()).collect();
    assert!(runs.is_sorted_by(|a, b| a > b), "{runs:?}");
    let only = |phase: &str| home.windlass(&["list", "--json", "--phase", phase]).expect(0).stdout;
    assert_eq!(only("queued").lines().count(), 3);
    assert!(only("rolling-back").is_empty());
    let shown = home.windlass(&["show", runs[0]]).expect(0).stdout;
    assert!(shown.contains("nothing has happened yet"), "{shown}");
    home.windlass(&["list", "--phase", "asleep"]).expect(2);
}

#[test]
fn two_homes_never_meet_and_the_key_lies_apart_from_the_store() {
    let (one, other) = (Home::new(), Home::new());
    one.file("deploy.yaml", DEPLOY);
    let elsewhere = other.path().join("named");
    let mut named = one.command(&["start", "deploy.yaml", "--detach"]);
    assert!(named.env("WINDLASS_STORE", &elsewhere).status().unwrap().success());
    assert!(one.windlass(&["list", "--json"]).expect(0).stdout.is_empty());
    assert!(other.windlass(&["list", "--json"]).expect(0).stdout.is_empty());
    let flag = elsewhere.display().to_string();
    let there = one.windlass(&["--store", &flag, "list", "--json"]).expect(0).stdout;
    assert_eq!(there.lines().count(), 1);
    let key = one.path().join(".config/windlass/key");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!elsewhere.join("key").exists());
    let shown = one.windlass(&["--store", &flag, "show", "run_"]).expect(0).stdout;
    assert!(shown.contains(&format!("windlass --store {flag} resume")), "{shown}");
}
