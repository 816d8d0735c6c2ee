//! A live run goes on by another file: what has begun means the same in it.

use crate::home::Home;
use crate::stage::{Stage, expect_code, workflow};

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

/// What a run leaves out, as its inputs have it, is no fault of the file that it goes on by.
#[test]
fn a_run_goes_on_by_a_file_of_which_it_leaves_steps_out() {
    let stage = Stage::new().unwrap();
    let folder = stage.path().join("workflows");
    std::fs::create_dir(&folder).unwrap();
    let text = std::fs::read_to_string(workflow("hotfix_qa4_setup")).unwrap();
    let mended = folder.join("mended.yaml");
    let calls = workflow("hotfix_qa4_setup").parent().unwrap().display().to_string();
    let text = text.replace("uses: ./", &format!("uses: {calls}/"));
    std::fs::write(&mended, text + "# a remark\n").unwrap();
    let asked = stage.start_with("hotfix_qa4_setup", &["--input", "reuse_database=true"]);
    let failed = asked.run().unwrap();
    expect_code(&failed, 1, "there is no database to reuse").unwrap();
    let run = stage.newest_run().unwrap().unwrap();
    let mended = mended.display().to_string();
    let words = ["resume", &run, "--workflow", &mended, "--env", stage.environment(), "--yes"];
    let said = stage.windlass(&words).run().unwrap().stderr;
    assert!(said.contains("steps are the same") && !said.contains("BROKEN"), "{said}");
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

const RUNS_AT_THE_END: &str = "\
name: pause
resources: { qa4: azure.app_service, qa4rnapi: azure.app_service }
invariants:
  - id: not_both
    never: resources.qa4.running == false && resources.qa4rnapi.running == false
given:
  - that: resources.qa4.running && resources.qa4rnapi.running
steps:
  - id: stop
    uses: azure.app_service.stop
    with: { app: qa4 }
  - id: go
    needs: [stop]
    uses: approve
    with: { prompt: Go on? }
  - id: start
    needs: [go]
    uses: azure.app_service.start
    with: { app: qa4 }
";

/// From where the run stands, the other file could break what must hold: the story is told, and the
/// run stays with its own.
#[test]
fn a_file_that_could_break_an_invariant_from_here_is_refused_with_the_story() {
    let stage = Stage::new().unwrap();
    let file = |name: &str, text: &str| {
        let path = stage.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    };
    let own = file("pause.yaml", RUNS_AT_THE_END);
    let words = ["start", &own, "--env", stage.environment(), "--exit-when-waiting"];
    expect_code(&stage.windlass(&words).run().unwrap(), 4, "start").unwrap();
    let run = stage.newest_run().unwrap().unwrap();
    let more = "  - id: other\n    needs: [stop]\n    uses: azure.app_service.stop\n    \
                with: { app: qa4rnapi }\n";
    let other = file("both.yaml", &format!("{RUNS_AT_THE_END}{more}"));
    let env = stage.environment();
    let words = ["resume", &run, "--workflow", &other, "--env", env, "--exit-when-waiting"];
    let refused = stage.windlass(&words).run().unwrap();
    expect_code(&refused, 3, "the other file").unwrap();
    let said = format!("{}{}", refused.stdout, refused.stderr);
    for told in ["not_both", "`other`", "it can break from where the run stands"] {
        assert!(said.contains(told), "{told}: {said}");
    }
    let history = stage.windlass(&["history", &run]).run().unwrap().stdout;
    assert!(!history.contains("another workflow"), "nothing was changed: {history}");
}
