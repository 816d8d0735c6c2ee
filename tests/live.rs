//! The live view, at a real terminal: questions with safe answers, a line a step, what Ctrl-C does
//! now, and a last word that says what is true.

use crate::home::{Home, repository};
use crate::terminal::{CTRL_C, Terminal};

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
    terminal.until("STOPPED by this run");
    terminal.until("Is the hotfix tested?");
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
    let (code, all) = terminal.end();
    assert_eq!(code, 8, "{all}");
    assert!(all.contains("paused"), "{all}");
}
