//! Waits for what others do: a signal, a file, a window; and what is said of them meanwhile.

use crate::home::Home;
use serde_json::{Value, json};

const SIGNALS: &str = "name: release\nsteps:\n\
    \x20 - { id: passed, uses: wait, with: { signal: tests_passed }, timeout: 2h }\n\
    \x20 - { id: told, uses: set, with: { n: \"${{ steps.passed.outputs.data.passed }}\" } }\n\
    \x20 - { id: again, uses: wait, with: { signal: tests_passed } }\n";

fn started(home: &Home, text: &str, code: i32) -> String {
    home.file("release.yaml", text);
    let words = ["start", "release.yaml", "--exit-when-waiting", "--json"];
    home.windlass(&words).expect(code).json()["run"].as_str().unwrap().to_owned()
}

fn events(home: &Home, run: &str) -> Vec<Value> {
    let history = home.windlass(&["history", run, "--json"]).expect(0).stdout;
    history.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_signal_ends_the_wait_for_it_and_one_that_comes_early_is_kept() {
    let home = Home::new();
    let run = started(&home, SIGNALS, 4);
    let shown = home.windlass(&["show", &run]).expect(0).stdout;
    assert!(shown.contains("waits for the signal `tests_passed` until"), "{shown}");
    assert!(shown.contains(&format!("signal {run} tests_passed")), "what to type: {shown}");
    let listed = home.windlass(&["list"]).expect(0).stdout;
    assert!(listed.contains("WAITS FOR") && listed.contains("signal tests_passed"), "{listed}");
    let listed = home.windlass(&["list", "--json"]).expect(0).json();
    assert_eq!(listed["waits_for"], json!(["signal tests_passed"]));

    let unknown = home.windlass(&["signal", &run, "test_passed", "--detach"]).expect(2);
    assert!(unknown.stderr.contains("they wait for `tests_passed`"), "{}", unknown.stderr);
    let data = ["--data", r#"{"passed": 812}"#, "--note", "build 4711"];
    for by in ["ci", "ci2"] {
        let words = ["signal", &run, "tests_passed", "--detach", "--as", by];
        home.windlass(&[&words[..], &data].concat()).expect(0);
    }
    home.windlass(&["resume", &run, "--json"]).expect(0);
    let events = events(&home, &run);
    let of = |ty: &str| events.iter().filter(|event| event["type"] == ty).collect::<Vec<_>>();
    let (sent, done) = (of("signal_sent"), of("step_succeeded"));
    assert_eq!((&sent[0]["by"], &sent[1]["by"]), (&json!("ci"), &json!("ci2")));
    assert_eq!(done[1]["output"], json!({ "n": 812 }));
    assert_eq!(done[2]["output"]["by"], "ci2", "the second one was kept for the second wait");
    assert_eq!(of("signal_awaited").len(), 1);
    let told = home.windlass(&["history", &run]).expect(0).stdout;
    assert!(told.contains("ci sent the signal `tests_passed` (build 4711)"), "{told}");
    let late = home.windlass(&["signal", &run, "tests_passed"]).expect(2);
    assert!(late.stderr.contains("the run is succeeded"), "{}", late.stderr);
}

#[test]
fn a_signal_to_a_run_that_nobody_drives_takes_it_on() {
    let home = Home::new();
    let run = started(&home, SIGNALS, 4);
    let words = ["signal", &run, "tests_passed", "--data", r#"{"passed": 1}"#, "--detach"];
    home.windlass(&words).expect(0);
    home.windlass(&["signal", &run, "tests_passed"]).expect(0);
}

#[test]
fn only_people_of_the_steps_role_send_what_it_waits_for() {
    let home = Home::new();
    home.file("environments/prod.yaml", "confirm: strict\napprovers:\n  release: [ann]\n");
    let text = "name: release\nsteps:\n\
        \x20 - { id: go, uses: wait, with: { signal: go }, roles: [release] }\n";
    home.file("release.yaml", text);
    let words = ["start", "release.yaml", "--env", "prod", "--exit-when-waiting", "--json"];
    let run = home.windlass(&words).expect(4).json()["run"].as_str().unwrap().to_owned();
    let refused = home.windlass(&["signal", &run, "go", "--as", "eve", "--detach"]).expect(2);
    assert!(refused.stderr.contains("gives to ann"), "{}", refused.stderr);
    home.windlass(&["signal", &run, "go", "--as", "ann"]).expect(0);
}

#[test]
fn a_file_is_waited_for_and_named_meanwhile() {
    let home = Home::new();
    home.file("environments/fast.yaml", "time_scale: 600\n");
    let text = r#"name: release
steps:
  - id: dump
    uses: wait
    with: { file: { path: orders.dump, unchanged_for: 30s } }
    timeout: 2h
  - { id: told, uses: set, with: { n: "${{ steps.dump.outputs.bytes }}" } }
"#;
    home.file("release.yaml", text);
    let start = home.command(&["start", "release.yaml", "--env", "fast", "--json"]);
    let mut start = start;
    let child = start.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let run = loop {
        let listed = home.windlass(&["list", "--json"]).expect(0).stdout;
        let Some(line) = listed.lines().next() else { continue };
        let line: Value = serde_json::from_str(line).unwrap();
        let run = line["run"].as_str().unwrap().to_owned();
        let shown = home.windlass(&["show", &run]).expect(0).stdout;
        if shown.contains("waits for the file") {
            assert!(shown.contains("orders.dump"), "{shown}");
            break run;
        }
    };
    home.file("orders.dump", "all of it");
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    let told = events(&home, &run);
    let told = told.iter().find(|event| event["step"] == "told").unwrap();
    assert_eq!(told["output"], json!({ "n": 9 }));
}
