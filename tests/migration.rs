//! A live run goes on by another file: what has begun means the same in it.

use crate::home::Home;

fn file(mark: &str, check: &str, more: &str) -> String {
    format!(
        "name: release
steps:
  - id: mark
    run: echo {mark} >> ledger
    compensate: {{ uses: shell, with: {{ run: echo unmark >> ledger }} }}
  - id: check
    needs: [mark]
    run: {check}
{more}"
    )
}

/// A run whose check fails, since its file has a mistake.
fn failed(home: &Home) -> String {
    home.file("release.yaml", &file("mark", "exit 1", ""));
    let ended = home.windlass(&["start", "release.yaml", "--yes", "--json"]).expect(1);
    ended.json()["run"].as_str().unwrap().to_owned()
}

fn ledger(home: &Home) -> String {
    std::fs::read_to_string(home.path().join("ledger")).unwrap().replace('\n', " ")
}

#[test]
fn a_mistake_in_the_file_is_mended_and_the_run_goes_on() {
    let home = Home::new();
    let run = failed(&home);
    let last = "  - id: last\n    needs: [check]\n    run: echo last >> ledger\n";
    home.file("mended.yaml", &file("mark", "echo check >> ledger", last));
    let words = ["resume", &run, "--workflow", "mended.yaml", "--reason", "a wrong address"];
    let said = home.windlass(&words).expect(0).stderr;
    for told in ["1 steps are the same", "added: last", "changed: check (work)"] {
        assert!(said.contains(told), "{said}");
    }
    assert_eq!(ledger(&home), "mark check last ", "what was done is not done again");
    let history = home.windlass(&["history", &run]).expect(0).stdout;
    assert!(history.contains("go on by another workflow: a wrong address"), "{history}");
    let shown = home.windlass(&["show", &run]).expect(0).stdout;
    assert!(shown.contains("last") && shown.contains("succeeded"), "{shown}");
    home.windlass(&["history", &run, "--verify"]).expect(0);
    home.windlass(&["export", &run, "--output", "run.jsonl"]).expect(0);
    home.windlass(&["verify", "run.jsonl"]).expect(0);
    home.windlass(&["report", &run, "--format", "md"]).expect(0);
    home.windlass(&["rollback", &run, "--yes"]).expect(5);
    assert_eq!(ledger(&home), "mark check last unmark ");
}

#[test]
fn what_has_begun_must_mean_the_same() {
    let home = Home::new();
    let run = failed(&home);
    home.file("other.yaml", &file("another", "exit 0", ""));
    let said = home.windlass(&["resume", &run, "--workflow", "other.yaml"]).expect(1).stderr;
    assert!(said.contains("`mark` is finished, and is another in: work"), "{said}");
    let renamed = file("mark", "exit 0", "").replace("name: release", "name: another");
    home.file("renamed.yaml", &renamed);
    let said = home.windlass(&["resume", &run, "--workflow", "renamed.yaml"]).expect(1).stderr;
    assert!(said.contains("the workflow was release and is another"), "{said}");
    assert_eq!(ledger(&home), "mark ");
    let history = home.windlass(&["history", &run]).expect(0).stdout;
    assert!(!history.contains("another workflow"), "nothing was changed: {history}");
}
