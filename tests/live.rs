//! The live view, at a real terminal: questions with safe answers, a line a step, what Ctrl-C does
//! now, and a last word that says what is true.

use crate::home::{Home, repository};
use crate::terminal::{CTRL_C, Terminal};
use std::process::Command;

fn words() -> [String; 2] {
    ["workflows/hotfix_qa4_setup.yaml", "workflows/environments/rehearsal.yaml"]
        .map(|path| repository(path).display().to_string())
}

#[test]
fn a_release_at_a_terminal_asks_shows_and_sums_up() {
    let home = Home::new();
    let [file, env] = words();
    let mut terminal = Terminal::start(&home, &["start", &file, "--env", &env]);
    let asked = terminal.until("[yes/No]");
    assert!(asked.contains("which touches backup, qa4, qa4rnapi"), "{asked}");
    terminal.types("yes\r");
    let screen = terminal.until("restore_backup keeps running outside");
    assert!(screen.contains("Ctrl-C: restore_backup keeps running outside"), "{screen}");
    assert!(screen.contains("`resume` goes on"), "{screen}");
    assert!(screen.contains("/18 done"), "hidden nodes are not counted: {screen}");
    let twice = screen.lines().find(|line| line.matches(" %").count() > 1);
    assert_eq!(twice, None, "{screen}");
    terminal.until("STOPPED by this run");
    terminal.until("`tested` asks: Build");
    terminal.until("`no` to refuse");
    terminal.types("maybe\r");
    terminal.until("`maybe` is no answer");
    terminal.types("yes\r");
    let last = terminal.until("windlass rollback run_");
    assert!(last.contains("✓ start[qa4]") && last.contains("qa4 is running"), "{last}");
    let (code, all) = terminal.end();
    assert_eq!(code, 0, "{all}");
}

#[test]
fn nothing_is_started_unless_one_says_yes() {
    let home = Home::new();
    let [file, env] = words();
    let mut terminal = Terminal::start(&home, &["start", &file, "--env", &env]);
    terminal.until("[yes/No]");
    terminal.types("\r");
    let (code, all) = terminal.end();
    assert_eq!(code, 1, "{all}");
    assert!(all.contains("nothing was started, as you said"), "{all}");
    assert_eq!(home.windlass(&["list", "--json"]).expect(0).stdout, "");
}

#[test]
fn ctrl_c_says_what_it_does_and_pauses() {
    let home = Home::new();
    let [file, env] = words();
    let mut terminal = Terminal::start(&home, &["start", &file, "--env", &env, "--yes"]);
    terminal.until("restore_backup keeps running outside");
    terminal.types(CTRL_C);
    terminal.until("pausing after what is in flight");
    terminal.until("windlass resume run_");
    let (code, screen) = terminal.last_screen();
    assert_eq!(code, 8, "{screen}");
    assert!(screen.contains(" paused"), "{screen}");
    let left = screen.lines().find(|line| line.contains("accepted") || line.contains("^C"));
    assert_eq!(left, None, "nothing of the view stays behind: {screen}");
}

#[test]
fn a_plan_breaks_no_word_at_the_edge_of_a_terminal() {
    let home = Home::new();
    let [file, env] = words();
    let plan = home.windlass(&["plan", &file, "--env", &env]).expect(0).stdout;
    assert!(plan.lines().any(|line| line.chars().count() > 80), "a pipe gets whole lines");
    let mut terminal = Terminal::start(&home, &["start", &file, "--env", &env]);
    terminal.until("[yes/No]");
    terminal.types("no\r");
    let (_, all) = terminal.end();
    let (shown, _) = all.split_once("[yes/No]").unwrap();
    let lost = plan.split_whitespace().find(|word| !shown.contains(word));
    assert_eq!(lost, None, "{shown}");
    let long =
        shown.lines().find(|line| line.trim_end().chars().count() > 80 && !line.contains('\u{1b}'));
    assert_eq!(long, None, "{shown}");
}

#[test]
fn letting_go_of_a_script_says_that_a_human_must_tell() {
    let home = Home::new();
    let hold = home.path().join("hold");
    assert!(Command::new("mkfifo").arg(&hold).status().unwrap().success());
    home.file("long.yaml", "name: long\nsteps:\n  - id: long\n    run: echo begun; cat hold\n");
    let mut terminal = Terminal::start(&home, &["start", "long.yaml", "--yes"]);
    terminal.until("| begun");
    terminal.types(CTRL_C);
    terminal.until("a human must then tell");
    terminal.types(CTRL_C);
    terminal.until("let go; the script of long will be ended");
    let (code, screen) = terminal.last_screen();
    assert_eq!(code, 8, "{screen}");
    home.windlass(&["resume", "run_"]).expect(6);
    home.windlass(&["step", "done", "run_", "long", "--reason", "it did nothing"]).expect(0);
}
