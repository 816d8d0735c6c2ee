//! Plug-ins: the examples keep what a run relies on, broken ones are told what they break, files
//! that name them are checked, runs that use them survive.

use crate::home::{Ended, Home, ended, repository};
use serde_json::Value;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

const FLAG: &str = "windlass-action-example.flag";
const SETTINGS: &str = "windlass-action-example.settings";

/// `windlass` in a home whose `bin` is on the PATH.
fn command(home: &Home, words: &[&str]) -> Command {
    let mut command = home.command(words);
    let bin = home.path().join("bin");
    command.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display()));
    command
}

fn windlass(home: &Home, words: &[&str]) -> Ended {
    ended(command(home, words).output().unwrap())
}

/// Texts of an example and what stands in their place.
type Change = &'static [(&'static str, &'static str)];

/// Puts an example into the home's `bin`, changed where one says so.
fn install(home: &Home, name: &str, change: Change) -> String {
    let mut text = fs::read_to_string(repository("workflows/plugins").join(name)).unwrap();
    for (from, to) in change {
        assert!(text.contains(from), "the example has no `{from}` any more");
        text = text.replace(from, to);
    }
    let path = home.file(&format!("bin/{name}"), &text);
    fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

fn broken(tried: &Value) -> Vec<String> {
    let all = tried["tried"].as_array().unwrap().iter();
    let broken = all.filter(|one| one["result"] == "broken");
    broken.map(|one| one["property"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_examples_keep_every_property() {
    for name in [FLAG, SETTINGS] {
        let home = Home::new();
        let path = repository("workflows/plugins").join(name).display().to_string();
        let said = windlass(&home, &["actions", "test", &path, "--json"]).expect(0).json();
        let held = said["tried"].as_array().unwrap().iter().filter(|one| one["result"] == "holds");
        assert!(held.count() >= 9, "{said}");
    }
}

#[test]
fn a_broken_plug_in_is_told_which_property_it_breaks() {
    let cases: [(&str, Change, &[&str]); 4] = [
        // it acts on a request that was cut off
        (
            "half_a_request",
            &[("IFS= read -r request || exit 1", "IFS= read -r request || request=$request'}'")],
            &["half_a_request_is_nothing"],
        ),
        // it never finds its own traces
        (
            "no_probe",
            &[("= \"$(get .attempt.request_id)\" ]", "= never ]")],
            &["probe_after_is_done"],
        ),
        // it acts again when it is asked again
        (
            "twice",
            &[("if [ \"$(mark_of \"$file\")\" != \"$id\" ]; then", "if true; then")],
            &["executes_once"],
        ),
        // its undo puts nothing back
        (
            "no_undo",
            &[("jq -j .captured.was", "jq -j '\"lost\"'")],
            &["undo_is_identity", "captured_suffices"],
        ),
    ];
    for (name, change, properties) in cases {
        let home = Home::new();
        let path = install(&home, FLAG, change);
        let said = windlass(&home, &["actions", "test", &path, "--json"]).expect(1).json();
        assert_eq!(broken(&said), properties, "{name}: {said}");
    }
}

#[test]
fn a_missing_plug_in_is_an_error_with_its_place_and_what_to_install() {
    let home = Home::new();
    install(&home, FLAG, &[]);
    let file = "name: a\nsteps:\n  - id: write\n    uses: acme.thing/write\n";
    home.file("a.yaml", file);
    let said = windlass(&home, &["check", "a.yaml"]).expect(3);
    assert!(said.stdout.contains("a.yaml:4:11"), "{}", said.stdout);
    assert!(said.stdout.contains("`windlass-action-acme.thing`"), "{}", said.stdout);
    assert!(said.stdout.contains("there are example.flag"), "{}", said.stdout);
    home.file("b.yaml", &file.replace("acme.thing/write", "example.flag/rise"));
    let said = windlass(&home, &["check", "b.yaml"]).expect(3);
    assert!(said.stdout.contains("no action `rise`; it has raise"), "{}", said.stdout);
}

#[test]
fn inputs_and_outputs_of_a_plug_in_are_checked_like_any_others() {
    let home = Home::new();
    install(&home, SETTINGS, &[]);
    let step = |id: &str, with: &str| {
        format!("  - id: {id}\n    uses: example.settings/set\n    with: {{ {with} }}\n")
    };
    let wrong = step("one", "file: relative, key: limit, value: a");
    home.file("check.yaml", &format!("name: a\nsteps:\n{wrong}"));
    let said = windlass(&home, &["check", "check.yaml"]).expect(3);
    assert!(said.stdout.contains("`file` must be an absolute path"), "{}", said.stdout);
    let wrong = step("one", "file: /f, key: limit, valve: a");
    home.file("key.yaml", &format!("name: a\nsteps:\n{wrong}"));
    let said = windlass(&home, &["check", "key.yaml"]).expect(3);
    assert!(said.stdout.contains("did you mean `value`"), "{}", said.stdout);
    let one = step("one", "file: /f, key: limit, value: a");
    let two = step("two", "file: /f, key: other, value: '${{ steps.one.outputs.previos }}'");
    home.file("output.yaml", &format!("name: a\nsteps:\n{one}{two}"));
    let said = windlass(&home, &["check", "output.yaml"]).expect(3);
    assert!(said.stdout.contains("`previous`"), "{}", said.stdout);
}

fn raise(home: &Home) -> String {
    let flag = home.path().join("flag");
    let file = format!(
        "name: flagged\nsteps:\n  - id: flag\n    uses: example.flag/raise\n    with: {{ file: {}, \
         text: Back at four }}\n",
        flag.display()
    );
    home.file("flagged.yaml", &file);
    flag.display().to_string()
}

#[test]
fn a_run_uses_a_plug_in_and_takes_it_back() {
    let home = Home::new();
    install(&home, FLAG, &[]);
    let flag = raise(&home);
    fs::write(&flag, "before\n").unwrap();
    let run = windlass(&home, &["start", "flagged.yaml", "--yes", "--json"]).expect(0).json();
    let run = run["run"].as_str().unwrap().to_owned();
    assert!(fs::read_to_string(&flag).unwrap().starts_with("Back at four\n# raised by "));
    // A plug-in that is gone fails no run: it is said, and the run goes on when it is back.
    let program = home.path().join("bin").join(FLAG);
    let text = fs::read_to_string(&program).unwrap();
    fs::remove_file(&program).unwrap();
    let said = windlass(&home, &["rollback", &run, "--yes"]).expect(1);
    assert!(said.stderr.contains("install its program"), "{}", said.stderr);
    assert_eq!(home.windlass(&["show", &run, "--json"]).expect(0).json()["phase"], "succeeded");
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    windlass(&home, &["rollback", &run, "--yes"]).expect(5);
    assert_eq!(fs::read_to_string(&flag).unwrap(), "before\n");
}

#[test]
fn a_plug_in_that_windlass_died_upon_is_ended_and_asked_what_became_of_it() {
    let home = Home::new();
    // It says that it is at work, then works for ever, with a child that left its group.
    const HANG: &str =
        "echo working >&2; (setsid sleep 4321 &) ; sleep 4321; echo \"raising $file\" >&2";
    install(&home, FLAG, &[("echo \"raising $file\" >&2", HANG)]);
    let flag = raise(&home);
    let mut start = command(&home, &["start", "flagged.yaml", "--yes", "--json"]);
    let mut child = start.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let accepted = lines.find(|line| line.contains("\"attempt_accepted\"")).unwrap();
    let accepted: Value = serde_json::from_str(&accepted).unwrap();
    let run = accepted["run"].as_str().unwrap().to_owned();
    while sleepers(home.path()) < 2 {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    install(&home, FLAG, &[]);
    windlass(&home, &["resume", &run, "--json"]).expect(0);
    assert_eq!(sleepers(home.path()), 0);
    assert!(fs::read_to_string(&flag).unwrap().starts_with("Back at four\n"));
    let history = home.windlass(&["history", &run, "--json"]).expect(0).stdout;
    assert!(history.contains("\"attempt_found_absent\""), "{history}");
}

/// Processes of this home's plug-ins that sleep.
fn sleepers(home: &Path) -> usize {
    let home = format!("HOME={}", home.display());
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let of_home = processes.filter(|process| {
        let read = |name: &str| fs::read(process.path().join(name)).unwrap_or_default();
        let environment = read("environ");
        let mut variables = environment.split(|byte| *byte == 0);
        read("cmdline") == b"sleep\x004321\x00" && variables.any(|one| one == home.as_bytes())
    });
    of_home.count()
}
