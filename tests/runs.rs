//! `start`, `resume`, `rollback` and `answer`: what a run does, what is said, what the shell sees.

use crate::home::{Home, ended};
use crate::spoken::keep;
use serde_json::Value;

/// Leaves a line in `ledger` for each thing that it does to the world.
pub const DEPLOY: &str = "\
name: deploy
description: Put the new build on qa
environment: qa
steps:
  - id: write
    run: echo wrote >> ledger
    compensate:
      uses: shell
      with: { run: echo unwrote >> ledger }
  - id: tested
    uses: approve
    with: { prompt: \"The build is on qa. Tested?\" }
  - id: announce
    run: echo announced >> ledger
";

/// The lines that steps left in a home.
pub fn ledger(home: &Home) -> Vec<String> {
    let text = std::fs::read_to_string(home.path().join("ledger")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The words of a command that windlass told.
fn words(command: &str) -> Vec<String> {
    command.split(' ').skip(1).map(str::to_owned).collect()
}

#[test]
fn a_run_stops_at_a_human_and_the_command_it_tells_goes_on() {
    let home = Home::new();
    home.file("deploy.yaml", DEPLOY);
    let started = home.windlass(&["start", "deploy.yaml"]).expect(4);
    keep("start_says", &started.stderr);
    keep("start_ends", &started.stdout);
    assert_eq!(ledger(&home), ["wrote"]);
    let mut told = started.stdout.lines().skip_while(|line| *line != "Next:");
    let next = told.find(|line| line.contains(" answer ")).unwrap();
    let answered = home.windlass(&words(next.trim())).expect(0);
    keep("answer_ends", &answered.stdout);
    assert_eq!(ledger(&home), ["wrote", "announced"]);
}

#[test]
fn a_json_stream_has_every_event_once_and_ends_with_the_summary() {
    let home = Home::new();
    home.file("deploy.yaml", DEPLOY);
    let started = home.windlass(&["start", "deploy.yaml", "--yes", "--json"]).expect(4);
    let run = started.json()["run"].as_str().unwrap().to_owned();
    let answer = ["answer", &run, "tested", "--yes", "--note", "clicked through", "--json"];
    let answered = home.windlass(&answer).expect(0);
    let back = home.windlass(&["rollback", &run, "--yes", "--json"]).expect(5);
    let stdout = [started.stdout, answered.stdout, back.stdout].concat();
    let lines: Vec<Value> = stdout.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let (summaries, events): (Vec<Value>, Vec<Value>) =
        lines.into_iter().partition(|line| line["type"] == "summary");
    let seqs: Vec<u64> = events.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>(), "no gap, none twice");
    assert!(events.iter().all(|e| e["run"] == run.as_str() && e["at"].is_string()));
    let ends: Vec<(&str, u64)> = summaries
        .iter()
        .map(|s| (s["phase"].as_str().unwrap(), s["exit_code"].as_u64().unwrap()))
        .collect();
    assert_eq!(ends, [("waiting", 4), ("succeeded", 0), ("rolled_back", 5)]);
    assert!(summaries.iter().all(|s| s["world"].is_array() && s["next"].is_array()));
    let history = home.windlass(&["history", &run, "--json"]).expect(0).stdout;
    let kept: Vec<Value> = history.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(kept, events, "what was streamed is what is kept");
    assert_eq!(ledger(&home), ["wrote", "announced", "unwrote"]);
}

#[test]
fn paths_begin_where_the_file_lies_wherever_one_stands() {
    let home = Home::new();
    let text = "\
name: notes
inputs: { name: { type: string } }
steps:
  - id: first
    uses: file.write
    with: { path: notes/first, content: one }
  - id: read
    uses: approve
    with: { prompt: \"Read?\" }
  - id: second
    uses: file.write
    with: { path: \"notes/${{ inputs.name }}\", content: two }
  - id: tell
    run: echo told >> ledger
";
    home.file("notes.yaml", text);
    std::fs::create_dir(home.path().join("notes")).unwrap();
    let elsewhere = tempfile::TempDir::new().unwrap();
    let there = |words: &[&str], code: i32| {
        let mut command = home.command(words);
        ended(command.current_dir(elsewhere.path()).output().unwrap()).expect(code)
    };
    let file = home.path().join("notes.yaml").display().to_string();
    let started = there(&["start", &file, "--input", "name=second", "--json"], 4).json();
    let run = started["run"].as_str().unwrap();
    home.windlass(&["answer", run, "read", "--yes"]).expect(0);
    let notes = || {
        let names = std::fs::read_dir(home.path().join("notes")).unwrap();
        let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(notes(), ["first", "second"]);
    assert_eq!(ledger(&home), ["told"]);
    there(&["rollback", run, "--yes"], 5);
    assert!(notes().is_empty(), "{:?}", notes());
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn a_rollback_is_shown_before_legal_from_succeeded_and_done_once() {
    let home = Home::new();
    home.file("deploy.yaml", DEPLOY);
    let run = home.windlass(&["start", "deploy.yaml", "--json"]).expect(4).json();
    let run = run["run"].as_str().unwrap();
    home.windlass(&["answer", run, "tested", "--yes"]).expect(0);
    keep("rollback_preview", &home.windlass(&["rollback", run, "--preview"]).expect(0).stdout);
    let back = home.windlass(&["rollback", run, "--reason", "withdrawn"]).expect(5);
    keep("rollback_says", &back.stderr);
    keep("rollback_ends", &back.stdout);
    keep("rollback_twice", &home.windlass(&["rollback", run]).expect(2).stderr);
    home.windlass(&["resume", run]).expect(5);
    assert_eq!(ledger(&home), ["wrote", "announced", "unwrote"]);
}

#[test]
fn a_failed_step_is_tried_again_by_resume_and_finished_steps_are_not() {
    let home = Home::new();
    let text = DEPLOY.replace("echo announced", "test -f open && echo announced");
    home.file("deploy.yaml", &text);
    let run = home.windlass(&["start", "deploy.yaml", "--json"]).expect(4).json();
    let run = run["run"].as_str().unwrap();
    let failed = home.windlass(&["answer", run, "tested", "--yes"]).expect(1);
    keep("failed_ends", &failed.stdout);
    home.windlass(&["resume", run]).expect(1);
    home.file("open", "");
    home.windlass(&["resume", run]).expect(0);
    home.windlass(&["resume", run]).expect(0);
    assert_eq!(ledger(&home), ["wrote", "announced"]);
}

#[test]
fn yes_answers_approvals_only_where_the_environment_is_relaxed() {
    let home = Home::new();
    home.file("deploy.yaml", DEPLOY);
    home.file("environments/lax.yaml", "confirm: relaxed\n");
    home.file("environments/hard.yaml", "confirm: strict\n");
    let start = |env: &str, code: i32| {
        home.windlass(&["start", "deploy.yaml", "--env", env, "--yes"]).expect(code);
    };
    start("hard", 4);
    start("lax", 0);
    let ended = home.windlass(&["start", "deploy.yaml", "--env", "lax"]).expect(4);
    assert!(ended.stdout.contains("answer run_"), "without --yes nobody answers");
}

#[test]
fn a_name_that_must_be_typed_is_confirmed_by_that_name_only() {
    let home = Home::new();
    let typed = DEPLOY.replace("Tested?\" }", "Tested?\", typed: qa }");
    home.file("typed.yaml", &typed);
    let start = |name: &str, code: i32| {
        let confirm = format!("tested={name}");
        home.windlass(&["start", "typed.yaml", "--confirm", &confirm, "--json"]).expect(code).json()
    };
    let run = start("prod", 4)["run"].clone();
    let run = run.as_str().unwrap();
    home.windlass(&["answer", run, "tested", "--yes"]).expect(2);
    home.windlass(&["answer", run, "tested", "--value", "prod"]).expect(2);
    home.windlass(&["answer", run, "tested", "--value", "qa"]).expect(0);
    start("qa", 0);
    let nobody = ["start", "typed.yaml", "--confirm", "nobody=qa"];
    home.windlass(&nobody).expect(2);
}

#[test]
fn nothing_is_started_where_the_file_is_wrong() {
    let home = Home::new();
    home.file("wrong.yaml", &DEPLOY.replace("uses: approve", "uses: aprove"));
    let ended = home.windlass(&["start", "wrong.yaml"]).expect(3);
    keep("start_invalid", &ended.stderr);
    assert!(home.windlass(&["list", "--json"]).expect(0).stdout.is_empty());
    home.windlass(&["start", "no-such-file.yaml"]).expect(3);
    home.windlass(&["strat", "deploy.yaml"]).expect(2);
}

#[test]
fn a_kill_loses_nothing_and_resume_repeats_nothing() {
    let home = Home::new();
    let text = DEPLOY
        .replace("uses: approve", "uses: wait")
        .replace("with: { prompt: \"The build is on qa. Tested?\" }", "with: { for: 1h }");
    home.file("deploy.yaml", &text);
    let mut child = home.command(&["start", "deploy.yaml"]).spawn().unwrap();
    let waits = || home.windlass(&["list", "--json"]).stdout.contains("\"phase\":\"waiting\"");
    while !waits() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it waited");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let run = home.windlass(&["list", "--json"]).expect(0).json()["run"].clone();
    let run = run.as_str().unwrap();
    home.windlass(&["resume", run, "--exit-when-waiting"]).expect(4);
    home.windlass(&["history", run, "--verify"]).expect(0);
    home.windlass(&["step", "skip", run, "tested", "--reason", "x"]).expect(2);
    home.windlass(&["rollback", run]).expect(5);
    assert_eq!(ledger(&home), ["wrote", "unwrote"]);
}

#[test]
fn a_run_that_takes_over_ends_the_other_and_has_its_lock() {
    let home = Home::new();
    home.file("deploy.yaml", DEPLOY);
    let start = |words: &[&str]| {
        let all = [&["start", "deploy.yaml", "--json"], words].concat();
        home.windlass(&all).expect(4).json()["run"].as_str().unwrap().to_owned()
    };
    let old = start(&[]);
    let new = start(&["--takes-over", &old]);
    let ended = home.windlass(&["resume", &old, "--json"]).expect(9).json();
    assert_eq!(ended["phase"], "superseded");
    home.windlass(&["answer", &new, "tested", "--yes"]).expect(0);
}

/// Ways out say how long they took before; where no run tells, they make no number up.
#[test]
fn ways_out_say_how_long_they_will_take_by_earlier_runs() {
    let home = Home::new();
    home.file("deploy.yaml", DEPLOY);
    let first = home.windlass(&["start", "deploy.yaml"]).expect(4).stdout;
    let ways = |said: &str| -> Vec<String> {
        let lines = said.lines().skip_while(|line| *line != "Ways out:").skip(1);
        lines.take(2).map(str::to_owned).collect()
    };
    let no_run_tells = |way: &String| way.contains("for how long no earlier run tells");
    assert!(ways(&first).iter().all(no_run_tells), "{first}");
    home.windlass(&["answer", "run_", "tested", "--yes"]).expect(0);
    home.windlass(&["rollback", "run_", "--yes"]).expect(5);
    let later = home.windlass(&["start", "deploy.yaml"]).expect(4).stdout;
    assert!(ways(&later).iter().all(|way| way.contains(" by earlier runs")), "{later}");
    assert!(ways(&later)[0].contains(", beside the waiting"), "{later}");
    let newest = home.windlass(&["list", "--json"]).expect(0).stdout;
    let newest: Value = serde_json::from_str(newest.lines().next().unwrap()).unwrap();
    let shown = home.windlass(&["show", newest["run"].as_str().unwrap(), "--json"]).expect(0);
    let exits = shown.json()["exits"].clone();
    let takes = &exits["forward"]["takes"];
    assert_eq!((&takes["known"], &takes["of"], &takes["waits"]), (&1.into(), &1.into(), &1.into()));
    assert!(takes["least_ms"].as_u64().unwrap() > 0, "{exits}");
    assert_eq!(exits["back"]["takes"]["of"], 1);
}
