//! What the runbook's short sentences hide, each as a test of the name that the design gives it:
//! the shipped workflows against the simulated cloud, with what goes wrong in a night.

use crate::stage::{Program, Stage, expect_code};
use serde_json::{Value, json};

/// A home in which the release was prepared, and the word that lets it begin soon.
pub fn prepared() -> (Stage, String) {
    let stage = Stage::at_pace(600).unwrap();
    let ended = stage.start("prepare_release").run().unwrap();
    expect_code(&ended, 0, "prepare").unwrap();
    let at = soon(&stage);
    (stage, at)
}

/// The input by which a release begins soon: later than all that comes before the wait, which is 18
/// seconds of a busy machine.
pub fn soon(stage: &Stage) -> String {
    let run = stage.newest_run().unwrap().unwrap();
    let told = stage.windlass(&["history", &run, "--json"]).run().unwrap().stdout;
    let events = told.lines().filter_map(|line| serde_json::from_str(line).ok());
    let times = events.filter_map(|event: Value| event["at"].as_str()?.parse().ok());
    let last: jiff::Timestamp = times.max().unwrap();
    let soon = last.to_zoned(jiff::tz::TimeZone::get("Europe/Berlin").unwrap());
    let soon = soon.checked_add(jiff::Span::new().hours(3)).unwrap();
    format!("at={}", soon.strftime("%H:%M"))
}

/// Starts a workflow that ends with this code; its summary.
pub fn ends(stage: &Stage, name: &str, more: &[&str], code: i32) -> Value {
    let ended = stage.start_with(name, more).run().unwrap();
    expect_code(&ended, code, name).unwrap();
    serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap()
}

/// The targets of the changes of a kind, in order.
pub fn targets(stage: &Stage, effect: &str) -> Vec<String> {
    let ledger = stage.cloud.ledger().unwrap();
    let of_kind = ledger.iter().filter(|line| line["effect"] == effect);
    of_kind.map(|line| line["target"].as_str().unwrap().to_owned()).collect()
}

pub fn sentences(summary: &Value) -> String {
    summary["world"].to_string()
}

/// An app, or its address, that answers no health check any more from one on.
pub fn sick(stage: &Stage, app: &str, from: u64) {
    let matching = json!({ "method": "GET", "path": format!("/apps/{app}") });
    let fault = json!({ "fault": "html500", "match": matching, "nth": from, "count": 0 });
    stage.cloud.fault(&fault).unwrap();
}

pub fn fails(stage: &Stage, method: &str, path: &str) {
    let matching = json!({ "method": method, "path": path });
    stage.cloud.fault(&json!({ "fault": "failed_operation", "match": matching })).unwrap();
}

#[test]
fn d01_a_stopped_run_says_first_what_is_stopped() {
    let (stage, at) = prepared();
    fails(&stage, "PUT", "/databases/DispatcherProd2old");
    let summary = ends(&stage, "release", &["--input", &at], 1);
    let said = sentences(&summary);
    for app in ["prod2", "prod2rnapi", "prod2pwaapi"] {
        assert!(said.contains(app), "{said}");
    }
    assert!(said.contains("are STOPPED by this run"), "{said}");
    assert!(summary["next"][0].as_str().unwrap().starts_with("windlass resume"), "{summary}");
}

#[test]
fn d02_a_copy_that_is_under_way_is_found_again_and_made_once() {
    let (stage, at) = prepared();
    let matching = json!({ "method": "PUT", "path": "/databases/DispatcherProd2old" });
    let armed = |pid: u32| {
        let fault = json!({
            "fault": "kill_client", "pid": pid, "when": "after", "match": matching,
        });
        stage.cloud.fault(&fault)
    };
    let killed = stage.start_with("release", &["--input", &at]).run_armed(armed).unwrap();
    assert_eq!(killed.code, None, "killed when the copy had begun");
    let run = stage.newest_run().unwrap().unwrap();
    let resumed = stage.windlass(&["resume", &run, "--yes", "--json"]).run().unwrap();
    expect_code(&resumed, 0, "resume").unwrap();
    let copies = targets(&stage, "database_copy_started");
    let old = copies.iter().filter(|target| target.ends_with("DispatcherProd2old")).count();
    assert_eq!(old, 1, "{copies:?}");
}

/// Once the migrations may have begun, nothing that is told or typed on the way back takes the old
/// database away: neither the rollback nor a decision about the step that it stops at.
#[test]
fn d05_nobody_goes_on_past_the_migrations() {
    let (stage, at) = prepared();
    let matching = json!({ "method": "PATCH", "path": "/environments/" });
    let fault = json!({ "fault": "failed_operation", "match": matching, "nth": 2 });
    stage.cloud.fault(&fault).unwrap();
    let failed = ends(&stage, "release", &["--input", &at], 1);
    let said = sentences(&failed);
    assert!(
        said.contains("prod2pwaapi is perhaps STOPPED (step `rest.pwaapi` failed)"),
        "its stage failed half way: {said}"
    );
    let next = failed["next"].as_array().unwrap();
    assert!(next.iter().any(|words| words.as_str().unwrap().ends_with("--preview")), "{failed}");
    assert!(next[1].as_str().unwrap().contains("reuse_old_database=true"), "{failed}");
    assert!(next[2].as_str().unwrap().contains("rollback_release.yaml"), "{failed}");
    let run = stage.newest_run().unwrap().unwrap();
    let asked = |words: &[&str], code: i32| {
        let ended = stage.windlass(words).run().unwrap();
        expect_code(&ended, code, words[0]).unwrap();
        ended
    };
    let preview = asked(&["rollback", &run, "--preview"], 0).stdout;
    let (reached, left) = preview.split_once("not reached").unwrap();
    assert!(!reached.contains("keep.copy") && left.contains("keep.copy"), "{preview}");
    let refused = asked(&["rollback", &run, "--yes"], 2).stderr;
    for told in ["`deploy_rnapi_migrating` cannot be undone", "rollback_release.yaml", &run] {
        assert!(refused.contains(told), "{told}: {refused}");
    }
    let back = asked(&["rollback", &run, "--past-guard", "--yes", "--json"], 6).stdout;
    let back: Value = serde_json::from_str(back.lines().last().unwrap()).unwrap();
    assert!(back["why"].as_str().unwrap().contains("rollback_release.yaml"), "{back}");
    let next = back["next"].to_string();
    assert!(!next.contains(" skip ") && next.contains("--keep"), "{next}");
    let migrating = "deploy_rnapi_migrating";
    let said = asked(&["step", "skip", &run, migrating, "--reason", "go on"], 1).stderr;
    assert!(said.contains("point of no return"), "{said}");
    let deleted = targets(&stage, "database_deleted");
    assert!(!deleted.iter().any(|target| target.ends_with("DispatcherProd2old")), "{deleted:?}");
}

/// The runbook closes Azure's access and nowhere opens it; the run that opened it says so, whatever
/// becomes of it.
#[test]
fn d10_a_crash_before_the_export_leaves_a_run_that_says_what_is_open() {
    let (stage, at) = prepared();
    let matching = json!({ "method": "POST", "path": "/databases/DispatcherProd2old/export" });
    let armed = |pid: u32| {
        let fault = json!({
            "fault": "kill_client", "pid": pid, "when": "before", "match": matching,
        });
        stage.cloud.fault(&fault)
    };
    let killed = stage.start_with("release", &["--input", &at]).run_armed(armed).unwrap();
    assert_eq!(killed.code, None, "killed when the export was to begin");
    let run = stage.newest_run().unwrap().unwrap();
    let told = |words: &[&str]| stage.windlass(words).run().unwrap().stdout;
    let open = "the database is open to Azure (prod_sql)";
    assert!(told(&["show", &run]).contains(open), "{}", told(&["show", &run]));
    assert!(told(&["show", &run, "--json"]).contains(open));
}

/// Old code never meets the new schema, and the old database is what production has again.
#[test]
fn d13_a_release_that_failed_after_its_migrations_goes_back() {
    let (stage, at) = prepared();
    sick(&stage, "prod2rnapi", 1);
    let failed = ends(&stage, "release", &["--input", &at], 1);
    stage.cloud.calm().unwrap();
    let run = failed["run"].as_str().unwrap();
    let back = stage.start_with("rollback_release", &["--takes-over", run]).run().unwrap();
    expect_code(&back, 0, "rollback_release").unwrap();
    let world = stage.cloud.world().unwrap();
    let servers = world["servers"].as_array().unwrap().iter();
    let databases = servers.flat_map(|server| server["databases"].as_array().unwrap());
    let names: Vec<&str> = databases.map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.iter().any(|name| name.starts_with("DispatcherProd2failed")), "{names:?}");
    assert!(names.contains(&"DispatcherProd2") && !names.contains(&"DispatcherProd2old"));
    assert!(targets(&stage, "database_deleted").iter().all(|target| !target.contains("Prod2")));
    for site in world["sites"].as_array().unwrap() {
        if site["name"].as_str().unwrap().starts_with("prod2") {
            assert_eq!(site["app"]["deployed"]["version"], "7.1.214.1", "{site}");
            assert_eq!(site["app"]["running"], true, "{site}");
        }
    }
}

/// A workflow that leaves a line and then asks, and an environment that shares its lock in the
/// cloud of another machine.
fn machine(home: &std::path::Path, cloud: &str) {
    let ledger = home.join("ledger").display().to_string();
    let guarded = format!(
        "name: guarded\nenvironment: qa4\nsteps:\n  - id: act\n    run: echo acted >>{ledger}\n  \
         - id: tested\n    uses: approve\n    with: {{ prompt: Go on? }}\n"
    );
    std::fs::write(home.join("guarded.yaml"), guarded).unwrap();
    let environment = format!(
        "confirm: relaxed\nsecrets: {{ token: \"command:printf %s rehearsal-token\" }}\nazure:\n  \
         endpoint: http://{cloud}\n  login_endpoint: http://{cloud}\n  subscription: s\n  \
         credential: {{ kind: static_token, token: token }}\n"
    );
    std::fs::write(home.join("alone.yaml"), &environment).unwrap();
    let lock = "lock: { account: dispatcherbackups, container: bacpacs, blob: locks/qa4 }\n";
    std::fs::write(home.join("shared.yaml"), format!("{environment}{lock}")).unwrap();
}

#[test]
fn d22_two_machines_see_one_lock() {
    let stage = Stage::new().unwrap();
    let other = tempfile::TempDir::new().unwrap();
    for home in [stage.path(), other.path()] {
        machine(home, stage.cloud.address());
    }
    let here = |words: &[&str]| stage.windlass(words).run().unwrap();
    let there = |words: &[&str]| Program::new(other.path(), words).run().unwrap();
    let start = ["start", "guarded.yaml", "--env", "shared.yaml", "--json"];
    let waits = [&start[..], &["--exit-when-waiting"]].concat();
    let goes = [&start[..], &["--yes"]].concat();
    let plan = |env| here(&["plan", "guarded.yaml", "--env", env]).stdout;
    assert!(plan("alone.yaml").contains("lock: this machine only"));
    assert!(plan("shared.yaml").contains("dispatcherbackups/bacpacs/locks/qa4"));

    expect_code(&here(&waits), 4, "the first").unwrap();
    let first = stage.newest_run().unwrap().unwrap();
    let refused = there(&goes);
    expect_code(&refused, 1, "the other machine").unwrap();
    for words in [&*first, "(guarded)", " since ", "windlass lock break", "windlass resume"] {
        assert!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
    }
    assert!(!other.path().join("ledger").exists(), "nothing was done there");
    let shown = there(&["lock", "show", "--env", "shared.yaml"]);
    assert!(shown.stdout.contains(&first), "{}", shown.stdout);

    expect_code(&here(&["resume", &first, "--yes"]), 0, "the first goes on").unwrap();
    let listed = there(&["list", "--json"]);
    let head: Value = serde_json::from_str(listed.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(head["phase"], "queued");
    let waiting = head["run"].as_str().unwrap();
    expect_code(&there(&["resume", waiting, "--yes"]), 0, "the other one's turn").unwrap();
    let free = here(&["lock", "show", "--env", "shared.yaml"]);
    assert!(free.stdout.ends_with("is free\n"), "{}", free.stdout);

    expect_code(&here(&waits), 4, "the second").unwrap();
    let second = stage.newest_run().unwrap().unwrap();
    let breaks = |run| there(&["lock", "break", "--env", "shared.yaml", "--holder", run]);
    let wrong = breaks(&first);
    expect_code(&wrong, 1, "broken by a wrong name").unwrap();
    assert!(wrong.stderr.contains(&second), "{}", wrong.stderr);
    expect_code(&breaks(&second), 0, "broken").unwrap();
    expect_code(&there(&waits), 4, "the other machine has it").unwrap();
    let late = here(&["resume", &second, "--yes"]);
    expect_code(&late, 1, "resumed where it was taken away").unwrap();
    assert!(late.stderr.contains("is held by"), "{}", late.stderr);
    assert_eq!(targets(&stage, "blob_leased").len(), 4);
}

/// The way back takes the shared lock along at once; a run of another machine is no run here.
#[test]
fn d22_a_shared_lock_goes_to_the_run_that_takes_over() {
    let stage = Stage::new().unwrap();
    let other = tempfile::TempDir::new().unwrap();
    for home in [stage.path(), other.path()] {
        machine(home, stage.cloud.address());
    }
    let here = |words: &[&str]| stage.windlass(words).run().unwrap();
    let there = |words: &[&str]| Program::new(other.path(), words).run().unwrap();
    let start = ["start", "guarded.yaml", "--env", "shared.yaml", "--json", "--exit-when-waiting"];
    let takes_over = |run| [&start[..], &["--takes-over", run]].concat();
    expect_code(&here(&start), 4, "the first").unwrap();
    let first = stage.newest_run().unwrap().unwrap();
    let refused = there(&takes_over(&first));
    expect_code(&refused, 2, "taken over from another machine").unwrap();
    assert!(refused.stderr.contains("windlass lock break"), "{}", refused.stderr);
    assert!(!other.path().join("ledger").exists(), "nothing was done there");

    expect_code(&here(&takes_over(&first)), 4, "taken over").unwrap();
    let second = stage.newest_run().unwrap().unwrap();
    let shown = there(&["lock", "show", "--env", "shared.yaml"]).stdout;
    assert!(shown.contains(&second), "{shown}");
    let listed = here(&["list", "--json"]).stdout;
    let listed: Vec<Value> = listed.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(listed[0]["shared_lock"], "dispatcherbackups/bacpacs/locks/qa4", "{listed:?}");
    assert_eq!(
        (&listed[1]["shared_lock"], &listed[1]["phase"]),
        (&json!(null), &json!("superseded"))
    );
    assert!(here(&["list"]).stdout.contains("SHARED LOCK"));
    let late = there(&start);
    expect_code(&late, 1, "the other machine").unwrap();
    assert!(late.stderr.contains(&second), "{}", late.stderr);
    expect_code(&here(&["resume", &second, "--yes"]), 0, "the second goes on").unwrap();
    let free = there(&["lock", "show", "--env", "shared.yaml"]).stdout;
    assert!(free.ends_with("is free\n"), "{free}");
}

#[test]
fn d16_the_copy_of_the_sprint_before_goes_last_and_only_once_its_successor_is_there() {
    let stage = Stage::new().unwrap();
    fails(&stage, "PUT", "/databases/dispatcherqa4sprint42");
    ends(&stage, "prepare_release", &[], 1);
    assert_eq!(targets(&stage, "database_deleted"), Vec::<String>::new());
    let run = stage.newest_run().unwrap().unwrap();
    let resumed = stage.windlass(&["resume", &run, "--yes", "--json"]).run().unwrap();
    expect_code(&resumed, 0, "resume").unwrap();
    let ledger = stage.cloud.ledger().unwrap();
    let place = |effect: &str| ledger.iter().rposition(|line| line["effect"] == effect).unwrap();
    assert!(place("database_deleted") > place("app_started"), "{ledger:?}");
    let gone = targets(&stage, "database_deleted");
    assert!(gone.len() == 1 && gone[0].ends_with("dispatcherqa4sprint41"), "{gone:?}");
}

#[test]
fn d18_the_first_bad_check_sends_everybody_back_to_production() {
    let stage = Stage::at_pace(600).unwrap();
    // three good answers before the traffic, eight at each share: the third share is never reached
    sick(&stage, "prod2rnapi-midday", 13);
    ends(&stage, "midday", &[], 5);
    let world = stage.cloud.world().unwrap();
    for site in world["sites"].as_array().unwrap() {
        assert_eq!(site["ramp_up"], json!([]), "{site}");
        assert_eq!(site["swaps"].as_array().map_or(0, Vec::len), 0, "{site}");
    }
    let ledger = stage.cloud.ledger().unwrap();
    let rules = ledger.iter().filter(|line| line["effect"] == "traffic_set");
    let shares = rules.flat_map(|line| line["detail"]["rules"].as_array().unwrap());
    let shares: Vec<f64> = shares.map(|rule| rule["percent"].as_f64().unwrap()).collect();
    assert!(!shares.is_empty() && shares.iter().all(|share| *share < 50.0), "{shares:?}");
    assert!(shares.is_sorted(), "back at once, not down the steps: {shares:?}");
}

/// After the swap the slot holds the old version, and after it is swapped back the bad one: on the
/// way back nobody is sent there.
#[test]
fn d18_the_way_back_after_the_swap_sends_nobody_to_the_slot() {
    let stage = Stage::at_pace(300).unwrap();
    ends(&stage, "midday", &[], 0);
    let before = stage.cloud.ledger().unwrap().len();
    let run = stage.newest_run().unwrap().unwrap();
    let back = stage.windlass(&["rollback", &run, "--yes", "--json"]).run().unwrap();
    expect_code(&back, 5, "rollback").unwrap();
    let ledger = stage.cloud.ledger().unwrap();
    let after = &ledger[before..];
    assert_eq!(after[0]["effect"], "slot_swap_started", "{after:?}");
    let sent =
        |line: &&Value| line["effect"] == "traffic_set" && line["detail"]["rules"] != json!([]);
    assert_eq!(after.iter().find(sent), None);
}

#[test]
fn d19_nothing_else_is_touched_where_the_first_app_is_not_well() {
    let (stage, at) = prepared();
    let before = targets(&stage, "stage_deployed").len();
    sick(&stage, "prod2rnapi", 1);
    ends(&stage, "release", &["--input", &at], 1);
    let deployed = targets(&stage, "stage_deployed");
    assert_eq!(deployed.len(), before + 1, "{deployed:?}");
    assert!(deployed[before].contains("rnapi"), "{deployed:?}");
}

#[test]
fn d21_the_way_back_has_the_lock_of_the_release_that_failed() {
    let (stage, at) = prepared();
    fails(&stage, "PUT", "/databases/DispatcherProd2old");
    let failed = ends(&stage, "release", &["--input", &at], 1);
    let run = failed["run"].as_str().unwrap();
    let more = ["--takes-over", run, "--input", "migrated=false"];
    let back = stage.start_with("rollback_release", &more).run().unwrap();
    expect_code(&back, 0, "rollback_release").unwrap();
    let shown = stage.windlass(&["show", run, "--json"]).run().unwrap();
    let shown: Value = serde_json::from_str(shown.stdout.trim()).unwrap();
    assert_eq!(shown["phase"], "superseded", "{shown}");
    for site in stage.cloud.world().unwrap()["sites"].as_array().unwrap() {
        assert_eq!(site["app"]["running"], true, "what the release had stopped runs: {site}");
    }
}
