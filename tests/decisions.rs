//! `step`, `pause` and `cancel`: what an operator decides, and what is refused.

use crate::home::Home;
use crate::runs::{DEPLOY, ledger};
use crate::spoken::keep;
use crate::terminal::Terminal;
use serde_json::{Value, json};

/// A run that waits for its human.
fn waiting(home: &Home) -> String {
    home.file("deploy.yaml", DEPLOY);
    let started = home.windlass(&["start", "deploy.yaml", "--json"]).expect(4);
    started.json()["run"].as_str().unwrap().to_owned()
}

/// A run whose last step fails.
fn failed(home: &Home) -> String {
    let run = waiting(home);
    home.windlass(&["answer", &run, "tested", "--no"]).expect(1);
    run
}

#[test]
fn a_failed_step_is_skipped_on_somebodys_word() {
    let home = Home::new();
    let run = failed(&home);
    let refused = home.windlass(&["step", "skip", &run, "write", "--reason", "x"]).expect(2);
    keep("step_refused", &refused.stderr);
    let skip = ["step", "skip", &run, "tested", "--reason", "tested by hand", "--as", "ann"];
    let guarded = home.windlass(&skip).expect(1).stderr;
    assert!(guarded.contains("it is there to stop the run"), "{guarded}");
    home.windlass(&[&skip[..], &["--past-guard"]].concat()).expect(0);
    let history = home.windlass(&["history", &run, "--step", "tested", "--json"]).expect(0).stdout;
    let said = history.lines().find(|line| line.contains("operator_decision")).unwrap();
    assert!(said.contains("\"by\":\"ann\"") && said.contains("tested by hand"), "{said}");
    assert_eq!(ledger(&home), ["wrote", "announced"]);
}

#[test]
fn a_refused_approval_is_asked_again_by_retry() {
    let home = Home::new();
    let run = failed(&home);
    let retry = ["step", "retry", &run, "tested", "--reason", "asked too early"];
    home.windlass(&retry).expect(4);
    home.windlass(&["answer", &run, "tested", "--yes"]).expect(0);
    assert_eq!(ledger(&home), ["wrote", "announced"]);
}

#[test]
fn a_run_that_nobody_drives_is_paused_and_goes_on() {
    let home = Home::new();
    let run = waiting(&home);
    keep("pause_ends", &home.windlass(&["pause", &run]).expect(0).stdout);
    home.windlass(&["pause", &run]).expect(0);
    // An answer is kept, but to go on is a decision of its own.
    home.windlass(&["answer", &run, "tested", "--yes"]).expect(0);
    assert_eq!(ledger(&home), ["wrote"]);
    home.windlass(&["resume", &run]).expect(0);
    assert_eq!(ledger(&home), ["wrote", "announced"]);
}

#[test]
fn cancel_undoes_and_cancel_keep_does_not() {
    let home = Home::new();
    let run = waiting(&home);
    let ended = home.windlass(&["cancel", &run, "--json"]).expect(0).json();
    assert_eq!(ended["phase"], "rolled_back");
    assert_eq!(ledger(&home), ["wrote", "unwrote"]);
    let run = waiting(&home);
    let ended = home.windlass(&["cancel", &run, "--keep", "--json"]).expect(0).json();
    assert_eq!(ended["phase"], "cancelled");
    assert_eq!(ledger(&home), ["wrote", "unwrote", "wrote"]);
    home.windlass(&["cancel", &run]).expect(2);
    home.windlass(&["resume", &run]).expect(9);
}

/// Nothing puts back what a cancelled run left: whoever sits in front of it is told first.
#[test]
fn what_stays_is_told_before_a_run_is_cancelled() {
    let home = Home::new();
    let run = waiting(&home);
    let answers = |typed: &str, then: &str| {
        let mut terminal = Terminal::start(&home, &["cancel", &run, "--keep"]);
        terminal.until("cannot be rolled back");
        terminal.types(typed);
        terminal.until(then);
        terminal.end()
    };
    assert_eq!(answers("\r", "not cancelled, as you said").0, 1);
    home.windlass(&["rollback", &run, "--preview"]).expect(0);
    let (code, all) = answers("yes\r", "Next:");
    assert_eq!(code, 0);
    assert!(!all.contains("`tested` asks"), "{all}");
}

#[test]
fn what_is_asked_of_no_run_or_no_step_is_told() {
    let home = Home::new();
    let run = waiting(&home);
    keep("answer_refused", &home.windlass(&["answer", &run, "announce", "--yes"]).expect(2).stderr);
    keep("run_unknown", &home.windlass(&["show", "run_ffff"]).expect(2).stderr);
    home.windlass(&["start", "deploy.yaml", "--detach"]).expect(0);
    let many = home.windlass(&["show", "run_"]).expect(2).stderr;
    assert!(many.contains("several begin so") && many.contains(&run), "{many}");
    home.windlass(&["answer", &run, "tested"]).expect(2);
    home.windlass(&["rollback", &run, "--to", "nowhere"]).expect(2);
}

/// Its proof stands on what a step gives that failed.
const PROVEN: &str = r#"name: proven
steps:
  - { id: copy, run: "test -e there && echo id=7 >> $WINDLASS_OUTPUT" }
  - { id: kept, uses: set, with: { id: "${{ steps.copy.outputs.outputs.id }}" } }
  - { id: drop, run: "echo dropped >> ledger", requires: "steps.kept.outputs.id != ''" }
"#;

/// A skipped step gives nothing, and nothing proves nothing: null is not ''.
#[test]
fn d06_a_step_that_was_skipped_proves_nothing() {
    let home = Home::new();
    home.file("proven.yaml", PROVEN);
    let failed = home.windlass(&["start", "proven.yaml", "--json"]).expect(1).json();
    let run = failed["run"].as_str().unwrap();
    assert!(!failed["next"].to_string().contains("step skip"), "{failed}");
    let skip = ["step", "skip", run, "copy", "--reason", "there is one already"];
    let refused = home.windlass(&skip).expect(1).stderr;
    assert!(refused.contains("drop requires what it gives"), "{refused}");
    let went_on = home.windlass(&[&skip[..], &["--past-guard"]].concat()).expect(1).stdout;
    assert!(went_on.contains("what it requires is not proved"), "{went_on}");
    let skip = ["step", "skip", run, "drop", "--reason", "x"];
    assert!(home.windlass(&skip).expect(1).stderr.contains("what it requires is not proved"));
    assert!(!home.path().join("ledger").exists(), "nothing was dropped");
}

#[test]
fn a_declined_approval_is_not_called_done() {
    let home = Home::new();
    let run = failed(&home);
    let done = ["step", "done", &run, "tested", "--reason", "somebody said so"];
    let refused = home.windlass(&done).expect(1).stderr;
    assert!(refused.contains("it is there to stop the run"), "{refused}");
    home.windlass(&[&done[..], &["--past-guard"]].concat()).expect(0);
}

/// A copy that fails, with what reads it, what requires it, and what waits for all of them.
const COPIED: &str = r#"name: copied
steps:
  - { id: before, run: "true" }
  - id: copy
    run: "test -e there && echo id=7 >> $WINDLASS_OUTPUT"
  - id: told
    env: { ID: "${{ steps.copy.outputs.outputs.id }}" }
    run: echo "copied $ID" >> ledger
  - { id: drop, run: "echo dropped >> ledger", requires: "steps.copy.outputs.outputs.id != ''" }
  - { id: after, run: "echo after >> ledger" }
"#;

fn copied(home: &Home) -> String {
    home.file("copied.yaml", COPIED);
    let failed = home.windlass(&["start", "copied.yaml", "--json"]).expect(1).json();
    failed["run"].as_str().unwrap().to_owned()
}

/// What is said before anything happens: up to the first event.
fn before_it(said: &str) -> String {
    let lines = said.lines().take_while(|line| !line.starts_with("copied run_"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn each_choice_prints_its_consequence_before_it_is_taken() {
    let home = Home::new();
    let run = copied(&home);
    let step = |word: &str, more: &[&str], code: i32| {
        let words = ["step", word, &run, "copy", "--reason", "so it is"];
        home.windlass(&[&words[..], more].concat()).expect(code)
    };
    keep("step_retry", &before_it(&step("retry", &[], 1).stderr));
    let json = step("retry", &["--json", "--detach"], 0).stdout;
    let told: Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!((&told["type"], &told["decision"]), (&json!("consequence"), &json!("retry")));
    assert_eq!(told["attempts"].as_array().unwrap().len(), 2, "{told}");
    home.windlass(&["resume", &run]).expect(1);
    keep("step_done", &before_it(&step("done", &["--unseen"], 1).stderr));
    assert_eq!(ledger(&home), [] as [&str; 0], "nothing was dropped without its proof");
    let run = copied(&home);
    let words = ["step", "skip", &run, "copy", "--reason", "so it is", "--past-guard"];
    keep("step_skip", &before_it(&home.windlass(&words).expect(1).stderr));
}

#[test]
fn the_skip_of_an_undo_says_what_is_not_put_back_and_what_comes_then() {
    let home = Home::new();
    let text = "name: back\nsteps:\n\
        \x20 - id: first\n    run: echo first >> ledger\n    compensate:\n      uses: shell\n\
        \x20     with: { run: echo unfirst >> ledger }\n\
        \x20 - id: second\n    run: echo second >> ledger\n    compensate:\n      uses: shell\n\
        \x20     with: { run: exit 1 }\n    retry: { max_attempts: 1 }\n";
    home.file("back.yaml", text);
    let run = home.windlass(&["start", "back.yaml", "--json"]).expect(0).json();
    let run = run["run"].as_str().unwrap();
    home.windlass(&["rollback", run, "--yes"]).expect(6);
    let words = ["step", "skip", run, "second", "--reason", "undone by hand"];
    let skipped = home.windlass(&words).expect(5).stderr;
    let said = skipped.lines().next().unwrap();
    assert_eq!(said, "the undo of `second` is left undone: then `first` is undone");
    assert_eq!(ledger(&home), ["first", "second", "unfirst"]);
}

#[test]
fn a_terminal_is_asked_after_the_consequence_was_told() {
    let home = Home::new();
    let run = copied(&home);
    let words = ["step", "retry", &run, "copy", "--reason", "it is there now"];
    home.file("there", "");
    let asked = |answer: &str| {
        let mut terminal = Terminal::start(&home, &words);
        let screen = terminal.until("Try `copy` again (shell)? [yes/No]");
        assert!(screen.contains("`copy` is tried once more, at once"), "{screen}");
        terminal.types(answer);
        terminal.end()
    };
    let (code, said) = asked("\r");
    assert!(code == 1 && said.contains("nothing was decided, as you said"), "{said}");
    assert_eq!(ledger(&home), [] as [&str; 0]);
    let (code, said) = asked("yes\r");
    assert_eq!(code, 0, "{said}");
    assert_eq!(ledger(&home), ["copied 7", "dropped", "after"]);
}

/// A point of no return between two steps that can be undone.
const GONE: &str = "\
name: gone
steps:
  - id: first
    run: echo first >> ledger
    compensate: { uses: shell, with: { run: echo undid first >> ledger } }
  - id: gone
    run: echo gone >> ledger
    irreversible: true
    requires: steps.first.outputs.exit_status == 0
    compensate: { uses: none, reason: it is gone }
  - id: last
    run: echo last >> ledger
    compensate: { uses: shell, with: { run: echo undid last >> ledger } }
";

/// Past a point of no return nothing is begun to be undone, in part neither; up to it one may.
#[test]
fn a_partial_rollback_does_not_begin_past_a_point_of_no_return() {
    let home = Home::new();
    home.file("gone.yaml", GONE);
    let ended = home
        .windlass(&["start", "gone.yaml", "--yes", "--confirm", "gone=gone", "--json"])
        .expect(0);
    let run = ended.json()["run"].as_str().unwrap().to_owned();
    let refused = home.windlass(&["rollback", &run, "--to", "first", "--yes"]).expect(2);
    assert!(refused.stderr.contains("`gone` cannot be undone"), "{}", refused.stderr);
    home.windlass(&["rollback", &run, "--to", "gone", "--yes"]).expect(0);
    let ledger = std::fs::read_to_string(home.path().join("ledger")).unwrap();
    assert_eq!(ledger, "first\ngone\nlast\nundid last\n");
}
