//! `report`: what happened, for somebody who was not there. The pages are looked at by
//! `tests/seen`, in a browser.

use crate::home::Home;
use crate::spoken::keep;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// What a hand that means no good would write wherever text is taken.
const EVIL: &str = "<script>alert(1)</script><img src=x onerror=alert(2)>\" onload=\"alert(3)";

const RELEASE: &str = "name: small
description: A release in small
inputs:
  version: { type: string }
steps:
  - id: make
    name: Make the folder
    run: echo made ${VERSION}
    env: { VERSION: \"${{ inputs.version }}\" }
    compensate: { uses: shell, with: { run: echo unmade } }
  - id: quiet
    if: 1 == 2
    run: echo never
  - id: good
    uses: approve
    with: { prompt: \"Version ${{ inputs.version }} is made. Good?\" }
  - id: last
    run: echo last
    compensate: { uses: none, reason: it only speaks }
";

/// Starts the small release up to its question; returns the run.
pub fn asked(home: &Home, version: &str) -> String {
    home.file("small.yaml", RELEASE);
    let input = format!("version={version}");
    let words = ["start", "small.yaml", "--input", &input, "--json"];
    home.windlass(&words).expect(4).json()["run"].as_str().unwrap().to_owned()
}

/// The small release, answered with evidence and rolled back.
pub fn rolled_back(home: &Home, version: &str) -> String {
    let run = asked(home, version);
    home.file("seen.txt", "seen");
    let words =
        ["answer", &run, "good", "--yes", "--note", "seen | by me", "--evidence", "seen.txt"];
    home.windlass(&words).expect(0);
    home.windlass(&["rollback", &run, "--yes", "--reason", "withdrawn"]).expect(5);
    run
}

/// Spans of real time in what is kept.
fn without_spans(text: &str) -> String {
    let took = |cell: &str| cell.ends_with('s') && cell.starts_with(|c: char| c.is_ascii_digit());
    let line = |line: &str| {
        let cells = line.split(" | ").map(|cell| match took(cell.trim_end_matches(" |")) {
            true => cell.replace(cell.trim_end_matches(" |"), "SPAN"),
            false => cell.to_owned(),
        });
        cells.collect::<Vec<_>>().join(" | ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_markdown_says_who_did_what_and_what_came_back() {
    let home = Home::new();
    let run = rolled_back(&home, "1.2");
    let said = home.windlass(&["report", &run, "--format", "md"]).expect(0).stdout;
    keep("report_md", &without_spans(&said));
}

#[test]
fn the_json_has_every_part() {
    let home = Home::new();
    let run = rolled_back(&home, "1.2");
    let text = home.windlass(&["report", &run, "--format", "json"]).expect(0).stdout;
    let mut report: Value = serde_json::from_str(&text).unwrap();
    for step in report["steps"].as_array_mut().unwrap() {
        for key in ["took_ms", "waited_ms"] {
            if step[key].is_u64() {
                step[key] = "SPAN".into();
            }
        }
    }
    report["took_ms"] = "SPAN".into();
    keep("report_json", &serde_json::to_string_pretty(&report).unwrap());
    let head = home.windlass(&["history", &run, "--verify", "--json"]).expect(0).json();
    assert_eq!(report["chain"]["head"], head["head"], "it rests on the chain");
    assert_eq!(report["people"][2]["evidence"][0]["name"], "seen.txt");
}

#[test]
fn a_page_is_for_its_owner_and_names_the_head_of_the_chain() {
    let home = Home::new();
    let run = home.finished_run();
    let said = home.windlass(&["report", &run, "--output", "run.html"]).expect(0).stderr;
    let path = home.path().join("run.html");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let page = fs::read_to_string(path).unwrap();
    let head = said.rsplit("head ").next().unwrap().trim();
    assert!(page.contains(&format!("--verify --head {head}")), "{said}");
    home.windlass(&["history", &run, "--verify", "--head", head]).expect(0);
    home.windlass(&["report", "run_ffff"]).expect(2);
}

#[test]
fn what_others_wrote_stays_text() {
    let home = Home::new();
    let run = asked(&home, EVIL);
    home.windlass(&["answer", &run, "good", "--yes", "--as", EVIL, "--note", EVIL]).expect(0);
    let page = home.windlass(&["report", &run]).expect(0).stdout;
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&lt;img"), "it is shown");
    for tag in ["<script", "<img", "onload=\"alert"] {
        assert!(!page.contains(tag), "{tag}");
    }
    let text = home.windlass(&["report", &run, "--format", "md"]).expect(0).stdout;
    assert!(!text.contains("<script") && !text.contains("<img"), "{text}");
}

#[test]
fn a_history_that_is_not_sound_has_no_report() {
    let home = Home::new();
    let run = home.finished_run();
    crate::tampering::tamper(&home, 3);
    let refused = home.windlass(&["report", &run]).expect(7);
    assert!(refused.stdout.is_empty() && refused.stderr.contains("event 3"), "{}", refused.stderr);
}
