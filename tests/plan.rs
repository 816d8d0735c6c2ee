//! Plans: what a run would do here and now, looked at without changing anything; and a start that
//! goes by a plan.

use crate::home::{Home, repository};
use crate::spoken::keep;
use crate::stage::{Stage, expect_code};
use serde_json::{Value, json};

fn shipped(name: &str) -> String {
    repository(&format!("workflows/{name}.yaml")).display().to_string()
}

fn plan(stage: &Stage, name: &str, words: &[&str], code: i32) -> String {
    let file = shipped(name);
    let all = [&["plan", &file, "--env", stage.environment()][..], words].concat();
    let ended = stage.windlass(&all).run().unwrap();
    expect_code(&ended, code, name).unwrap();
    ended.stdout
}

#[test]
fn a_plan_shows_what_would_change_and_changes_nothing() {
    let stage = Stage::new().unwrap();
    let before = stage.cloud.world().unwrap();
    let json = plan(&stage, "hotfix_qa4_setup", &["--json"], 0);
    let json: Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    let steps = json["steps"].as_array().unwrap();
    let here = |id: &str| &steps.iter().find(|step| step["step"] == id).unwrap()["here_and_now"];
    assert_eq!(
        here("stop[qa4]")["changes"],
        json!([{
            "resource": "qa4", "field": "running", "from": true, "to": false, "mark": "probed"
        }])
    );
    assert_eq!(here("start[qa4]")["changes"][0]["mark"], "computed");
    assert_eq!(here("deploy[qa4]")["changes"][0]["mark"], "unknown");
    assert!(here("find_build")["looked"][0]["words"].as_str().unwrap().contains("7.1.214.3"));
    // a name that is taken is told before an outage makes it matter
    let change = json!({ "change": "create_database", "server": "sql-qa", "name": TAKEN });
    stage.cloud.change(&change).unwrap();
    let text = plan(&stage, "hotfix_qa4_setup", &["--input", "n=8"], 0);
    let refused = text.lines().find(|line| line.contains("WOULD FAIL NOW")).unwrap();
    assert!(refused.contains(TAKEN) && refused.ends_with("[probed]"), "{text}");
    let after = stage.cloud.world().unwrap();
    assert_eq!(before["sites"], after["sites"]);
    assert_eq!(before["devops"]["releases"], after["devops"]["releases"]);
    assert_eq!(stage.newest_run().unwrap(), None, "nothing was started");
}

/// Points an app at another database.
const POINT: &str = "\
name: point
resources: { qa4: azure.app_service }
steps:
  - id: point
    uses: azure.app_service.set_connection_string
    with: { app: qa4, name: Default, database: dispatcherleft }
";

/// Whoever only reads sees beforehand which steps he may not do.
#[test]
fn a_plan_says_what_one_may_not() {
    let stage = Stage::new().unwrap();
    let text = std::fs::read_to_string(stage.environment()).unwrap();
    let reader = text.replace("printf %s rehearsal-token", "printf %s rehearsal-reader");
    assert_ne!(reader, text, "the environment names its token");
    let file = stage.path().join("environments/rehearsal.yaml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, reader).unwrap();
    let env = file.display().to_string();
    let file = stage.path().join("point.yaml");
    std::fs::write(&file, POINT).unwrap();
    let file = file.display().to_string();
    let ended = stage.windlass(&["plan", &file, "--env", &env]).run().unwrap();
    let refused: Vec<&str> = ended.stdout.lines().filter(|line| line.contains("MAY NOT")).collect();
    assert!(!refused.is_empty(), "{}{}", ended.stdout, ended.stderr);
    assert!(refused.iter().all(|line| line.contains("authorization")), "{refused:?}");
    assert!(stage.cloud.ledger().unwrap().is_empty(), "nothing was touched");
}

/// A database that somebody made meanwhile.
const TAKEN: &str = "dispatcherqa4prod8";

#[test]
fn a_start_goes_by_its_plan_or_names_what_has_moved() {
    let stage = Stage::new().unwrap();
    let kept = stage.path().join("plan.json").display().to_string();
    plan(&stage, "hotfix_qa4_setup", &["--out", &kept], 0);
    let file = shipped("hotfix_qa4_setup");
    let start = |words: &[&str], code: i32| {
        let by = ["start", &file, "--env", stage.environment(), "--yes", "--plan", &kept];
        let ended = stage.windlass(&[&by[..], words].concat()).run().unwrap();
        expect_code(&ended, code, "start").unwrap();
        ended.stderr
    };
    let said = start(&["--input", "n=8"], 1);
    assert!(said.contains("the inputs.n was 7 and is 8"), "{said}");
    let change = |running: bool| {
        let change = json!({ "change": "running", "site": "qa4", "running": running });
        stage.cloud.change(&change).unwrap();
    };
    change(false);
    let said = start(&[], 1);
    assert!(said.contains("qa4.running was true and is false"), "{said}");
    assert_eq!(stage.newest_run().unwrap(), None, "nothing was started");
    change(true);
    start(&[], 0);
    // what the run did has moved the world as well
    let said = start(&[], 1);
    assert!(said.contains("qa4.branch was main and is prod"), "{said}");
    // and the next plan knows how long it took
    let text = plan(&stage, "hotfix_qa4_setup", &["--input", "n=8"], 0);
    assert!(text.contains("in the last run"), "{text}");
    let hand = text.lines().find(|line| line.contains("- tested: role release")).unwrap();
    assert!(hand.contains("; about ") && hand.ends_with("[computed]"), "{hand}");
    std::fs::write(&kept, "{}").unwrap();
    assert!(start(&[], 2).contains("it is no plan of windlass"));
}

#[test]
fn the_way_back_from_a_step_is_shown_before_the_start() {
    let stage = Stage::new().unwrap();
    let at = |step: &str, code| plan(&stage, "hotfix_qa4_setup", &["--rollback-at", step], code);
    let text = at("use_prod_database[qa4rnapi]", 0);
    let place = |said: &str| text.find(said).unwrap_or_else(|| panic!("{said}: {text}"));
    let order = [
        "use_prod_database[qa4]  undo of",
        "use_prod_database[qa4rnapi]  undo of",
        "qa4rnapi points at dispatcherqa4 again instead of dispatcherqa4prod7",
        "stop[qa4]  undo of azure.app_service.stop: starts qa4",
        "restore_backup  undo of azure.sql.copy_database: takes dispatcherqa4prod7 away",
        "In the world afterwards:",
    ];
    assert!(order.windows(2).all(|two| place(two[0]) < place(two[1])), "{text}");
    assert!(!text.contains("check_health"), "it has not come so far: {text}");
    at("no_such_step", 2);
    let file = shipped("release");
    let words = ["plan", &file, "--env", stage.environment(), "--rollback-at", "rest.pwaapi"];
    let ended = stage.windlass(&words).run().unwrap();
    let said = "deploy_rnapi_migrating  CANNOT BE UNDONE: the rollback stops here";
    assert!(ended.stdout.contains(said), "{}", ended.stdout);
}

/// Every shipped workflow's plan and its way back from its last step, as people reviewed them.
#[test]
fn the_plans_of_the_shipped_workflows_are_as_reviewed() {
    let home = Home::new();
    // The environment with a clock that begins at one moment.
    let environment = std::fs::read_to_string(repository("workflows/environments/rehearsal.yaml"));
    let text = format!("{}clock_start: 2026-03-02T09:00:00Z\n", environment.unwrap());
    let env = home.file("environments/rehearsal.yaml", &text).display().to_string();
    for name in [
        "prepare_release",
        "release",
        "rollback_release",
        "hotfix_pr",
        "hotfix_prod",
        "hotfix_qa4_setup",
        "hotfix_qa4_restore",
        "midday",
    ] {
        let file = shipped(name);
        let plan = home.windlass(&["plan", &file, "--env", &env]).expect(0).stdout;
        let json = home.windlass(&["plan", &file, "--env", &env, "--json"]).expect(0).json();
        assert_eq!(json["proof"]["proved"], true, "{json}");
        let last = json["steps"].as_array().unwrap().last().unwrap()["step"].clone();
        let words = ["plan", &file, "--env", &env, "--rollback-at", last.as_str().unwrap()];
        let back = home.windlass(&words).expect(0).stdout;
        let folder = repository("workflows").display().to_string();
        let shown = format!("{plan}\n{back}").replace(&folder, "workflows");
        keep(&format!("plan_{name}"), &shown);
    }
}

/// A setting may be a secret: a plan says that it differs, by hashes under the store's key.
#[test]
fn what_a_setting_is_and_will_be_is_told_by_keyed_hashes() {
    let stage = Stage::new().unwrap();
    let words = |value: &str, verb: &str| -> Vec<String> {
        let file = stage.path().join("settings.yaml");
        let text = format!(
            "name: settings\nresources: {{ qa4: azure.app_service }}\nsteps:\n  - id: set\n    \
             uses: azure.app_service.set_app_settings\n    with: {{ app: qa4, settings: {{ \
             Tickets__Key: {value} }} }}\n"
        );
        std::fs::write(&file, text).unwrap();
        let file = file.to_string_lossy().into_owned();
        let mut words = vec![verb.to_owned(), file, "--env".to_owned()];
        words.push(stage.environment().to_owned());
        words
    };
    let said = |value: &str| {
        let words = words(value, "plan");
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ended = stage.windlass(&words).run().unwrap();
        expect_code(&ended, 0, "plan").unwrap();
        let told = ended.stdout.lines().find(|line| line.contains("in its way"));
        told.unwrap_or_else(|| panic!("{}", ended.stdout)).to_owned()
    };
    assert!(said("one").contains("`Tickets__Key` is new"), "{}", said("one"));
    let start = [words("one", "start"), vec!["--yes".to_owned()]].concat();
    let start: Vec<&str> = start.iter().map(String::as_str).collect();
    expect_code(&stage.windlass(&start).run().unwrap(), 0, "start").unwrap();
    assert!(said("one").contains("`Tickets__Key` is that already"), "{}", said("one"));
    let differs = said("two");
    let (_, hashes) = differs.split_once("`Tickets__Key` differs (keyed hash ").unwrap();
    let (before, rest) = hashes.split_once(" -> ").unwrap();
    let (after, _) = rest.split_once(')').unwrap();
    assert!(before != after && before.len() == after.len() && before.len() >= 8, "{differs}");
    assert!(!differs.contains("two") && !differs.contains("one"), "{differs}");
}

/// Of an attempt in doubt nobody knows before a look whether it acted: a preview says so.
#[test]
fn a_preview_says_what_hangs_on_a_doubt() {
    let stage = Stage::new().unwrap();
    let file = stage.path().join("stop.yaml");
    let text = "name: stop\nresources: { qa4: azure.app_service }\nsteps:\n  - id: stop\n    uses: \
        azure.app_service.stop\n    with: { app: qa4 }\n    compensate: \
        { uses: none, reason: it stays so }\n";
    std::fs::write(&file, text).unwrap();
    let words = ["start", &file.to_string_lossy(), "--env", stage.environment(), "--yes", "--json"];
    let armed = |pid: u32| {
        let matching = json!({ "method": "POST", "path": "/stop" });
        let dies = json!({ "fault": "kill_client", "pid": pid, "when": "before" });
        let mut dies = dies.as_object().unwrap().clone();
        dies.insert("match".to_owned(), matching);
        stage.cloud.fault(&Value::Object(dies))
    };
    let killed = stage.windlass(&words).run_armed(armed).unwrap();
    assert_ne!(killed.code, Some(0), "{}", killed.stdout);
    let run = stage.newest_run().unwrap().unwrap();
    let shown = stage.windlass(&["rollback", &run, "--preview", "--json"]).run().unwrap();
    let shown: Value = serde_json::from_str(shown.stdout.trim()).unwrap();
    let perhaps = shown["perhaps_afterwards"].as_array().unwrap();
    assert!(perhaps.iter().any(|said| said.as_str().unwrap().contains("STOPPED")), "{shown}");
    assert!(!shown["world_afterwards"].to_string().contains("STOPPED"), "{shown}");
    let text = stage.windlass(&["rollback", &run, "--preview"]).run().unwrap().stdout;
    assert!(text.contains("which only the rollback's look will tell"), "{text}");
    let undone = stage.windlass(&["rollback", &run, "--yes", "--json"]).run().unwrap();
    expect_code(&undone, 5, "rollback").unwrap();
    let last: Value = serde_json::from_str(undone.stdout.lines().last().unwrap()).unwrap();
    assert!(!last["world"].to_string().contains("STOPPED"), "nothing was stopped: {last}");
}
