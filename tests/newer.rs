//! Runs after runs: what a newer one has changed since, an older one does not put back behind its
//! back; and a place is passed on within one lock.

use crate::stage::{Stage, expect_code};
use serde_json::{Value, json};

fn ends(stage: &Stage, words: &[&str], code: i32) -> (String, String) {
    let ended = stage.windlass(words).run().unwrap();
    expect_code(&ended, code, words[0]).unwrap();
    (ended.stdout, ended.stderr)
}

/// Starts a shipped workflow to its end; the run.
fn started(stage: &Stage, name: &str) -> String {
    let ended = stage.start(name).run().unwrap();
    expect_code(&ended, 0, name).unwrap();
    stage.newest_run().unwrap().unwrap()
}

fn sites(stage: &Stage) -> Value {
    stage.cloud.world().unwrap()["sites"].clone()
}

#[test]
fn an_older_run_is_not_undone_behind_a_newer_one() {
    let stage = Stage::at_pace(1200).unwrap();
    let set_up = started(&stage, "hotfix_qa4_setup");
    let restored = started(&stage, "hotfix_qa4_restore");
    let before = sites(&stage);
    let (_, said) = ends(&stage, &["rollback", &set_up, "--yes"], 2);
    assert!(said.contains("hotfix_qa4_restore (run_"), "{said}");
    assert!(said.contains("has changed since what it would put back: qa4."), "{said}");
    assert!(
        said.contains(&format!("undo that one first: `windlass rollback {restored}`")),
        "{said}"
    );
    let (previewed, _) = ends(&stage, &["rollback", &set_up, "--preview"], 0);
    assert!(previewed.contains("`rollback` refuses this now: failed to roll back"), "{previewed}");
    let (previewed, _) = ends(&stage, &["rollback", &restored, "--preview"], 0);
    assert!(!previewed.contains("refuses"), "{previewed}");
    assert_eq!(sites(&stage), before, "nothing was done");
    // one after the other, the newest first
    ends(&stage, &["rollback", &restored, "--yes"], 5);
    ends(&stage, &["rollback", &set_up, "--yes"], 5);
}

#[test]
fn a_place_is_passed_on_within_one_lock_only() {
    let stage = Stage::at_pace(1200).unwrap();
    let ask = |lock: &str| {
        format!(
            "name: {lock}\nenvironment: {lock}\nsteps:\n  - id: go\n    uses: approve\n    \
             with: {{ prompt: Go on? }}\n"
        )
    };
    let start = |name: &str, more: &[&str], code: i32| {
        let file = stage.path().join(format!("{name}.yaml"));
        std::fs::write(&file, ask(name)).unwrap();
        let file = file.display().to_string();
        let words = ["start", &file, "--env", stage.environment(), "--exit-when-waiting"];
        ends(&stage, &[&words[..], more].concat(), code).1
    };
    start("production", &[], 4);
    let run = stage.newest_run().unwrap().unwrap();
    let said = start("qa4", &["--takes-over", &run], 2);
    assert!(
        said.contains("its lock is rehearsal/production and this workflow takes rehearsal/qa4"),
        "{said}"
    );
    let without = stage.path().join("without.yaml");
    std::fs::write(&without, "name: without\nsteps:\n  - id: one\n    run: echo one\n").unwrap();
    let without = without.display().to_string();
    let (_, said) = ends(&stage, &["start", &without, "--yes", "--takes-over", &run], 2);
    assert!(
        said.contains("its lock is rehearsal/production and this workflow takes none"),
        "{said}"
    );
    let (shown, _) = ends(&stage, &["show", &run, "--json"], 0);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["phase"], "waiting", "{shown}");
}

/// Somebody has brought a build of main to qa4 meanwhile: the restored connection string must not
/// bring it onto the prod-based database, though that is what stood there before.
#[test]
fn d07_the_way_back_does_not_break_what_must_hold_either() {
    let stage = Stage::at_pace(1200).unwrap();
    started(&stage, "hotfix_qa4_setup");
    let restored = started(&stage, "hotfix_qa4_restore");
    let trigger = json!({
        "change": "trigger", "definition": 7, "branch": "main",
        "automatic_stages": ["qa4", "qa4rnapi"],
    });
    stage.cloud.change(&trigger).unwrap();
    let push = json!({
        "change": "push", "repository": "Dispatcher", "branch": "main", "comment": "x",
        "files": { "/src/Api/Orders.cs": "new" },
    });
    stage.cloud.change(&push).unwrap();
    ends(&stage, &["simulate", "clock", "--env", stage.environment(), "--advance", "2h"], 0);
    let (_, said) = ends(&stage, &["rollback", &restored, "--yes"], 6);
    assert!(said.contains("it would break `main_build_never_on_prod_database` for qa4"), "{said}");
    for site in sites(&stage).as_array().unwrap() {
        if site["name"].as_str().unwrap().starts_with("qa4") {
            let app = &site["app"];
            let string = app["connection_strings"]["Default"]["value"].as_str().unwrap();
            let on_prod = string.contains("dispatcherqa4prod");
            let runs = app["running"] == true;
            assert!(!(on_prod && runs && app["deployed"]["branch"] == "main"), "{site}");
        }
    }
}
