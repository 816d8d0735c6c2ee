//! What a workflow takes as given of the world: compared when a run begins, told by the plan, and
//! honoured by a rehearsal.

use crate::stage::{Ended, Stage, expect_code};
use serde_json::{Value, json};

/// Stops qa4, in a world in which it runs.
const CAREFUL: &str = "\
name: careful
environment: qa4
resources: { qa4: azure.app_service, qa4rnapi: azure.app_service, backup: azure.sql_database }
given:
  - that: resources.backup.online
  - for_each: [qa4, qa4rnapi]
    that: item.running
  - that: resources.qa4.traffic == 100
steps:
  - id: stop
    uses: azure.app_service.stop
    with: { app: qa4 }
";

fn with_file(stage: &Stage, name: &str, text: &str) -> String {
    let file = stage.path().join(name);
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

fn verb(stage: &Stage, verb: &str, file: &str, more: &[&str], code: i32) -> Ended {
    let words = [&[verb, file, "--env", stage.environment()], more].concat();
    let ended = stage.windlass(&words).run().unwrap();
    expect_code(&ended, code, verb).unwrap();
    ended
}

fn running(stage: &Stage, site: &str, running: bool) {
    stage.cloud.change(&json!({ "change": "running", "site": site, "running": running })).unwrap();
}

fn stops(stage: &Stage) -> usize {
    let ledger = stage.cloud.ledger().unwrap();
    ledger.iter().filter(|line| line["effect"] == "app_stopped").count()
}

#[test]
fn a_run_whose_world_is_otherwise_is_refused_before_anything_acts_and_goes_on_when_it_fits() {
    let stage = Stage::new().unwrap();
    let file = with_file(&stage, "careful.yaml", CAREFUL);
    running(&stage, "qa4rnapi", false);
    let before = stops(&stage);
    let refused = verb(&stage, "start", &file, &["--yes"], 1).stderr;
    let place =
        format!("{file}:7: given `item.running` for qa4rnapi, but qa4rnapi.running is false");
    assert!(refused.contains(&place), "{refused}");
    assert!(!refused.contains("for qa4,"), "what is as given is not told: {refused}");
    assert!(refused.contains("the world is not as `careful` takes it to be"), "{refused}");
    let unseen = "given `resources.qa4.traffic == 100` was not compared: qa4.traffic is not known";
    assert!(refused.contains(unseen), "{refused}");
    assert_eq!(stops(&stage), before);
    let run = stage.newest_run().unwrap().unwrap();
    assert!(refused.contains(&format!("resume {run}")), "what to type next: {refused}");
    let history = stage.windlass(&["history", &run, "--json"]).run().unwrap();
    assert_eq!(history.stdout, "", "nothing has happened");
    running(&stage, "qa4rnapi", true);
    let resumed = stage.windlass(&["resume", &run, "--yes"]).run().unwrap();
    expect_code(&resumed, 0, "resume").unwrap();
    assert_eq!(stops(&stage), before + 1);
}

#[test]
fn a_run_is_not_taken_over_by_one_whose_world_is_otherwise() {
    let stage = Stage::new().unwrap();
    let fails = "  - { id: fails, uses: assert, with: { that: false, message: it fails } }\n";
    let fails = format!("{CAREFUL}{fails}");
    let fails = with_file(&stage, "fails.yaml", &fails);
    verb(&stage, "start", &fails, &["--yes"], 1);
    let old = stage.newest_run().unwrap().unwrap();
    let file = with_file(&stage, "careful.yaml", CAREFUL);
    let refused = verb(&stage, "start", &file, &["--yes", "--takes-over", &old], 1).stderr;
    assert!(refused.contains("but qa4.running is false"), "{refused}");
    let shown = stage.windlass(&["show", &old, "--json"]).run().unwrap();
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(shown["phase"], "failed", "it did not end for nothing");
    assert_eq!(stage.newest_run().unwrap().as_deref(), Some(old.as_str()));
}

#[test]
fn a_plan_tells_what_is_given_and_a_rehearsal_honours_it() {
    let stage = Stage::new().unwrap();
    let file = with_file(&stage, "careful.yaml", CAREFUL);
    let plan = verb(&stage, "plan", &file, &[], 0).stdout;
    let told = format!("takes as given: item.running for each of qa4, qa4rnapi ({file}:7)");
    assert!(plan.contains(&told), "{plan}");
    let fits = verb(&stage, "rehearse", &file, &[], 0).stdout;
    assert!(fits.contains("qa4.traffic is not known"), "{fits}");
    let other = CAREFUL.replace("that: item.running", "that: \"!item.running\"");
    let file = with_file(&stage, "other.yaml", &other);
    let refused = verb(&stage, "rehearse", &file, &[], 1).stderr;
    assert!(refused.contains("other.yaml:7: given `!item.running` for qa4, but"), "{refused}");
}
