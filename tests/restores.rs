//! Rollback restores what was there, byte for byte, and leaves alone what somebody else changed
//! meanwhile.

use crate::kill_matrix::verdict::{invariant_held, put_back, seen};
use crate::stage::{Stage, expect_code};
use serde_json::{Value, json};

/// A home with a finished set-up: the stage, the run, the world before it.
fn set_up() -> (Stage, String, Value) {
    let stage = Stage::new().unwrap();
    let before = stage.cloud.world().unwrap();
    expect_code(&stage.start("hotfix_qa4_setup").run().unwrap(), 0, "start").unwrap();
    let run = stage.newest_run().unwrap().unwrap();
    (stage, run, before)
}

fn app<'a>(world: &'a Value, name: &str) -> &'a Value {
    let sites = world["sites"].as_array().unwrap();
    &sites.iter().find(|site| site["name"] == name).unwrap()["app"]
}

#[test]
fn d17_one_key_goes_back_and_the_others_keep_what_somebody_else_made_of_them() {
    let (stage, run, before) = set_up();
    let during = stage.cloud.world().unwrap();
    assert_ne!(seen(&before), seen(&during), "the set-up changed nothing");
    let value = json!({ "value": "Server=elsewhere;Password=new", "type": "Custom" });
    let change =
        json!({ "change": "connection_string", "site": "qa4", "name": "Reports", "value": value });
    stage.cloud.change(&change).unwrap();
    let change =
        json!({ "change": "app_setting", "site": "qa4rnapi", "name": "Flag", "value": "on" });
    stage.cloud.change(&change).unwrap();
    let undone = stage.windlass(&["rollback", &run, "--yes", "--json"]).run().unwrap();
    expect_code(&undone, 5, "rollback").unwrap();
    let after = stage.cloud.world().unwrap();
    for name in ["qa4", "qa4rnapi"] {
        let (was, is) = (app(&before, name), app(&after, name));
        let default = |app: &Value| app["connection_strings"]["Default"].clone();
        assert_eq!(default(was), default(is), "{name}: the captured string is back");
        assert_eq!(was["running"], is["running"]);
        assert_eq!(was["deployed"]["version"], is["deployed"]["version"]);
    }
    assert_eq!(app(&after, "qa4")["connection_strings"]["Reports"], value);
    assert_eq!(app(&after, "qa4rnapi")["app_settings"]["Flag"], "on");
    let sticky = |world: &Value| {
        world["sites"].as_array().unwrap().iter().map(|s| s["sticky"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(sticky(&before), sticky(&after));
    invariant_held(&stage).unwrap();
}

#[test]
fn our_own_key_changed_by_somebody_else_keeps_his_value() {
    let (stage, run, _) = set_up();
    let value =
        json!({ "value": "Server=mine;Initial Catalog=theirs;Password=x", "type": "SQLAzure" });
    let change =
        json!({ "change": "connection_string", "site": "qa4", "name": "Default", "value": value });
    stage.cloud.change(&change).unwrap();
    let undone = stage.windlass(&["rollback", &run, "--yes", "--json"]).run().unwrap();
    expect_code(&undone, 5, "rollback").unwrap();
    let summary: Value = serde_json::from_str(undone.stdout.lines().last().unwrap()).unwrap();
    let world = summary["world"].to_string();
    assert!(world.contains("qa4 was changed by somebody else meanwhile"), "{world}");
    let put_back = summary["world"].as_array().unwrap().iter().filter_map(Value::as_str);
    let put_back = put_back.filter(|said| said.starts_with("put back")).collect::<String>();
    assert!(put_back.contains("use_prod_database[qa4rnapi]"), "{put_back}");
    assert!(!put_back.contains("use_prod_database[qa4]"), "it was not put back: {put_back}");
    let after = stage.cloud.world().unwrap();
    assert_eq!(app(&after, "qa4")["connection_strings"]["Default"], value);
}

#[test]
fn a_compensation_that_fails_makes_the_run_stuck_and_verbs_lead_out() {
    let (stage, run, before) = set_up();
    let fault = json!({
        "fault": "failed_operation", "count": 0,
        "match": { "method": "DELETE", "path": "/databases/dispatcherqa4prod7" },
    });
    stage.cloud.fault(&fault).unwrap();
    let stuck = stage.windlass(&["rollback", &run, "--yes", "--json"]).run().unwrap();
    expect_code(&stuck, 6, "rollback").unwrap();
    let summary: Value = serde_json::from_str(stuck.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(summary["phase"], "stuck");
    assert!(summary["why"].as_str().unwrap().contains("restore_backup"), "{summary}");
    assert!(summary["next"].to_string().contains("step skip"), "{summary}");
    stage.cloud.calm().unwrap();
    let undone = stage.windlass(&["rollback", &run, "--yes", "--json"]).run().unwrap();
    expect_code(&undone, 5, "rollback once more").unwrap();
    put_back(&before, &stage).unwrap();
    invariant_held(&stage).unwrap();
}

/// The key lies apart from the store, so it can be lost apart from it. Then nothing is driven with
/// another key, which would leave runs that no single key can undo.
#[test]
fn a_lost_key_is_noticed_before_anything_is_driven() {
    let (stage, run, before) = set_up();
    let key = stage.path().join("config/windlass/key");
    let aside = stage.path().join("aside");
    std::fs::rename(&key, &aside).unwrap();
    let refused = stage.windlass(&["rollback", &run, "--yes", "--json"]).run().unwrap();
    expect_code(&refused, 1, "rollback without the key").unwrap();
    assert!(refused.stderr.contains("is gone") && !key.exists(), "{}", refused.stderr);
    expect_code(&stage.windlass(&["history", &run, "--verify"]).run().unwrap(), 0, "reading")
        .unwrap();
    std::fs::write(&key, "7".repeat(64)).unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let another = stage.start("hotfix_qa4_setup").run().unwrap();
    expect_code(&another, 1, "start with another key").unwrap();
    assert!(another.stderr.contains("the key is another one"), "{}", another.stderr);
    let doctor = stage.windlass(&["doctor"]).run().unwrap();
    expect_code(&doctor, 1, "doctor").unwrap();
    std::fs::rename(&aside, &key).unwrap();
    let undone = stage.windlass(&["rollback", &run, "--yes", "--json"]).run().unwrap();
    expect_code(&undone, 5, "rollback with the key").unwrap();
    put_back(&before, &stage).unwrap();
}

/// Somebody starts one of the apps by hand while the run lies there, killed: it is said before
/// anything is done, and the history keeps it. Of what is as it was left nothing is said.
#[test]
fn d20_what_somebody_changed_meanwhile_is_told_and_kept_before_the_run_goes_on() {
    let stage = Stage::new().unwrap();
    let fault = json!({
        "fault": "failed_operation", "count": 0,
        "match": { "method": "PUT", "path": "/databases/dispatcherqa4prod9" },
    });
    stage.cloud.fault(&fault).unwrap();
    let text = "\
name: stopped
resources: { qa4: azure.app_service, qa4rnapi: azure.app_service, backup: azure.sql_database }
steps:
  - id: stop
    for_each: [qa4, qa4rnapi]
    uses: azure.app_service.stop
    with: { app: '${{ item }}' }
  - id: copy
    uses: azure.sql.copy_database
    with: { from: backup, to: dispatcherqa4prod9 }
";
    let file = stage.path().join("stopped.yaml");
    std::fs::write(&file, text).unwrap();
    let (file, env) = (file.to_string_lossy(), stage.environment());
    let start = stage.windlass(&["start", &file, "--env", env, "--yes", "--json"]);
    let killed = start.run_killed_after(STOPPED, 0).unwrap();
    assert_eq!(killed.stdout.matches("attempt_succeeded").count(), 2, "{}", killed.stdout);
    let run = stage.newest_run().unwrap().unwrap();
    let asked = |words: &[&str], code: i32| {
        let ended = stage.windlass(&[words, &[&run]].concat()).run().unwrap();
        expect_code(&ended, code, words[0]).unwrap();
        ended
    };
    let calm = asked(&["resume", "--yes", "--json"], 1).stdout;
    assert!(!calm.contains("drift_found"), "nobody changed anything: {calm}");
    let change = json!({ "change": "running", "site": "qa4", "running": true });
    stage.cloud.change(&change).unwrap();
    let kinds = |told: &str| -> Vec<String> {
        let events = told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        events.filter_map(|event| Some(event["type"].as_str()?.to_owned())).collect()
    };
    // nobody here to decide: it is written down, and nothing else happens
    let told = asked(&["resume", "--yes", "--json"], 6).stdout;
    assert_eq!(kinds(&told)[..2], ["drift_found", "drift_decided"], "{told}");
    assert!(!told.contains("attempt_started"), "{told}");
    let looked = asked(&["show", "--drift"], 0).stdout;
    assert!(looked.contains("stop[qa4]: qa4 was left Stopped and is Running"), "{looked}");
    let told = asked(&["resume", "--yes", "--json", "--drift", "accept"], 1).stdout;
    let first = ["run_resumed", "drift_found", "drift_decided", "attempt_started"];
    assert_eq!(kinds(&told)[..4], first, "{told}");
    let history = asked(&["history"], 0).stdout;
    let kept = history.lines().filter(|line| line.contains("DRIFT"));
    assert_eq!(kept.count(), 2, "{history}");
    let shown = asked(&["show"], 0).stdout;
    let line = shown.lines().find(|line| line.contains("stop[qa4] ")).unwrap();
    assert!(line.contains("done; DRIFT found 2") && line.contains("accepted"), "{shown}");
    asked(&["history", "--verify"], 0);
    let calm = asked(&["resume", "--yes", "--json"], 1).stdout;
    assert!(!calm.contains("drift_found"), "it was accepted: {calm}");
    // every finished step is looked behind, not the last one alone
    let change = json!({ "change": "running", "site": "qa4rnapi", "running": true });
    stage.cloud.change(&change).unwrap();
    let stopped = asked(&["resume", "--yes"], 6);
    let said = &stopped.stderr;
    assert!(said.contains("stop[qa4rnapi]: qa4rnapi was left Stopped and is Running"), "{said}");
    assert!(said.contains("--drift put-back` has the steps bring them back first"), "{said}");
    let back = "stop[qa4rnapi]=put-back";
    let said = asked(&["resume", "--yes", "--drift", back], 1).stderr;
    assert!(said.contains("has it put back"), "{said}");
    let world = stage.cloud.world().unwrap();
    assert_eq!(app(&world, "qa4rnapi")["running"], false, "{said}");
    assert_eq!(app(&world, "qa4")["running"], true, "what was accepted is left alone: {said}");
}

/// Lines of the start above by which both apps are stopped and the copy has begun.
const STOPPED: usize = 6;
