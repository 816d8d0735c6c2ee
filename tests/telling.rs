//! What reaches a terminal or a log is text: nothing of a file or a script commands it; and what
//! cannot be done is said with what can.

use crate::home::{Home, TWO_STEPS};
use crate::runs::DEPLOY;
use std::process::Stdio;

/// A prompt that would clear the screen, and a script that would paint it.
const LOUD: &str = "\
name: loud
steps:
  - id: paint
    run: printf '\\033[31mred\\033[0m\\n10 %%\\r20 %%\\n'
  - id: tested
    uses: approve
    with: { prompt: \"Is it\\e[2J tested?\" }
";

#[test]
fn nothing_that_a_file_or_a_script_says_commands_the_terminal() {
    let home = Home::new();
    home.file("loud.yaml", LOUD);
    let started = home.windlass(&["start", "loud.yaml"]).expect(4);
    let painted = started.stderr.lines().find(|line| line.contains("paint | "));
    assert!(painted.is_some_and(|line| line.contains("red")), "{}", started.stderr);
    let mut said = started.stdout + &started.stderr;
    for words in [&["list"][..], &["show", "run_"], &["history", "run_"], &["plan", "loud.yaml"]] {
        let ended = home.windlass(words).expect(0);
        said.push_str(&(ended.stdout + &ended.stderr));
    }
    assert!(said.contains("Is it\\u{1b}[2J tested?"), "{said}");
    let obeyed = |c: &char| c.is_control() && *c != '\n';
    assert_eq!(said.chars().find(obeyed), None, "{said:?}");
    let history = home.windlass(&["history", "run_", "--json"]).expect(0).stdout;
    assert!(history.contains("Is it\\u001b[2J tested?"), "data stays what it is: {history}");
}

#[test]
fn a_history_of_what_is_not_there_says_so() {
    let home = Home::new();
    let run = home.finished_run();
    let said = home.windlass(&["history", &run, "--step", "secnd"]).expect(2).stderr;
    assert!(said.contains("no step `secnd`") && said.contains("`second`?"), "{said}");
    let last = home.windlass(&["history", &run]).expect(0).stdout.lines().count();
    let said = home.windlass(&["history", &run, "--at", "99"]).expect(2).stderr;
    assert!(said.contains(&format!("its last one is {last}")), "{said}");
    home.windlass(&["history", &run, "--at", &last.to_string()]).expect(0);
}

#[test]
fn an_export_whose_reader_went_away_blames_no_disk() {
    let home = Home::new();
    let run = home.finished_run();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = home.command(&["export", &run]);
    let ended = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let said = String::from_utf8(ended.wait_with_output().unwrap().stderr).unwrap();
    assert!(said.contains("went away") && !said.contains("free space"), "{said}");
}

#[test]
fn an_empty_export_has_no_line_that_could_be_wrong() {
    let home = Home::new();
    home.file("empty.jsonl", "");
    let said = home.windlass(&["import-run", "empty.jsonl"]).expect(3).stderr;
    assert!(said.contains("the file is empty") && !said.contains("line 0"), "{said}");
}

#[test]
fn inputs_come_from_a_file_whose_mistakes_are_placed() {
    let home = Home::new();
    let text = format!("{TWO_STEPS}inputs:\n  build: {{ type: string }}\n");
    home.file("two.yaml", &text);
    home.file("good.yaml", "build: '26.10'\n");
    home.file("bad.yaml", "build: 26.10\n");
    let plan =
        |file: &str, code: i32| home.windlass(&["plan", "two.yaml", "--inputs", file]).expect(code);
    assert!(plan("good.yaml", 0).stdout.contains("build=26.10"));
    let said = plan("bad.yaml", 3).stderr;
    assert!(said.contains("bad.yaml:1:8"), "{said}");
    assert!(plan("/dev/zero", 3).stderr.contains("no regular file"));
}

#[test]
fn a_run_that_has_ended_is_not_taken_over() {
    let home = Home::new();
    let ended = home.finished_run();
    home.file("deploy.yaml", DEPLOY);
    let said = home.windlass(&["start", "deploy.yaml", "--takes-over", &ended]).expect(2).stderr;
    assert!(said.contains("it is succeeded already"), "{said}");
    assert_eq!(home.windlass(&["list", "--json"]).expect(0).stdout.lines().count(), 1);
}

#[test]
fn a_store_that_cannot_be_opened_says_why_once() {
    let home = Home::new();
    let file = home.file("file", "").display().to_string();
    let said = home.windlass(&["--store", &file, "list"]).expect(7).stderr;
    assert_eq!(said.matches("os error").count(), 1, "{said}");
}
