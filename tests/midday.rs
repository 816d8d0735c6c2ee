//! A midday deployment, and the night's workflows after it: what it brought to production by a
//! swap, and what its own release must never be taken for.

use crate::shipped::{nothing_migrated_since, prepare_for, run_of, summary, why};
use crate::stage::{Stage, expect_code};
use crate::traps::{ends, targets};
use serde_json::{Value, json};

/// Half an hour of traffic in all would be waited for; a minute at each share is enough here.
const PAUSE: [&str; 2] = ["--input", "pause=1m"];

/// The version that is on an app, which must run.
fn version(stage: &Stage, site: &str) -> String {
    let world = stage.cloud.world().unwrap();
    let mut sites = world["sites"].as_array().unwrap().iter();
    let found = sites.find(|one| one["name"] == site).unwrap();
    assert_eq!(found["app"]["running"], true, "{found}");
    found["app"]["deployed"]["version"].as_str().unwrap().to_owned()
}

fn versions(stage: &Stage) -> [String; 3] {
    ["prod2rnapi", "prod2pwaapi", "prod2"].map(|site| version(stage, site))
}

/// Somebody pushes to prod, and its build, 7.1.214.5, is made.
fn pushes(stage: &Stage) {
    let push = json!({
        "change": "push", "repository": "Dispatcher", "branch": "prod",
        "comment": "Hosts load once more", "files": { "/src/Api/Hosts.cs": "hosts 9" },
    });
    stage.cloud.change(&push).unwrap();
    let words = ["simulate", "clock", "--env", stage.environment(), "--advance", "1h"];
    expect_code(&stage.windlass(&words).run().unwrap(), 0, "an hour later").unwrap();
}

/// That build goes to qa4 and then to production.
fn next_hotfix(stage: &Stage) -> Value {
    pushes(stage);
    ends(stage, "hotfix_qa4_setup", &["--input", "n=8"], 0);
    ends(stage, "hotfix_prod", &["--input", "build=7.1.214.5"], 0)
}

fn rolls_back(stage: &Stage, run: &str) {
    let words = ["rollback", run, "--yes", "--json"];
    summary(&stage.windlass(&words).run().unwrap(), 5, "rollback");
}

/// A midday deployment whose machine dies behind the first request of a kind.
fn killed_behind(stage: &Stage, matching: &Value) -> String {
    let armed = |pid: u32| {
        let fault = json!({
            "fault": "kill_client", "pid": pid, "when": "after", "match": matching,
        });
        stage.cloud.fault(&fault)
    };
    let killed = stage.start_with("midday", &PAUSE).run_armed(armed).unwrap();
    assert_eq!(killed.code, None, "killed behind {matching}");
    stage.newest_run().unwrap().unwrap()
}

/// The release that was changed at midday leads to the slots: taken for the previous one, it would
/// leave the new build on production, which then opens the only data from before it.
#[test]
fn d05_the_way_back_takes_no_release_that_was_changed_at_midday() {
    let stage = Stage::at_pace(300).unwrap();
    ends(&stage, "midday", &PAUSE, 0);
    let at = prepare_for(&stage, jiff::Span::new().minutes(90));
    let matching = json!({ "method": "GET", "path": "/apps/prod2pwaapi" });
    stage.cloud.fault(&json!({ "fault": "html500", "match": matching, "count": 0 })).unwrap();
    let failed = ends(&stage, "release", &["--input", &at], 1);
    stage.cloud.calm().unwrap();
    assert!(why(&failed).contains("rest.check_all"), "{failed}");
    let more = ["--takes-over", run_of(&failed), "--input", "previous=7.1.214.3"];
    ends(&stage, "rollback_release", &more, 0);
    nothing_migrated_since(&stage, "DispatcherProd2failed");
    assert_eq!(versions(&stage), ["7.1.214.3"; 3]);
}

/// What is told to be put back is what production had: the build that was swapped in.
#[test]
fn d13_a_hotfix_after_midday_goes_back_to_what_midday_brought() {
    let stage = Stage::at_pace(300).unwrap();
    ends(&stage, "midday", &PAUSE, 0);
    let run = next_hotfix(&stage);
    assert_eq!(versions(&stage), ["7.1.214.5"; 3]);
    rolls_back(&stage, run_of(&run));
    assert_eq!(versions(&stage), ["7.1.214.3", "7.1.214.3", "7.1.214.1"]);
}

/// A midday deployment that was taken back has an abandoned release, which nobody can deploy.
#[test]
fn d13_a_hotfix_after_a_midday_that_was_taken_back_goes_back_behind_it() {
    let stage = Stage::at_pace(300).unwrap();
    let midday = ends(&stage, "midday", &PAUSE, 0);
    rolls_back(&stage, run_of(&midday));
    let run = next_hotfix(&stage);
    rolls_back(&stage, run_of(&run));
    assert_eq!(versions(&stage), ["7.1.214.1"; 3]);
}

/// The moment of a line of the ledger.
fn at(line: &Value) -> jiff::Timestamp {
    line["at"].as_str().unwrap().parse().unwrap()
}

/// What falls when half of the traffic comes is seen then, not when the pause is over.
#[test]
fn d18_a_slot_that_falls_at_once_is_left_at_once() {
    let stage = Stage::at_pace(300).unwrap();
    let stops = json!({
        "change": "running", "site": "prod2rnapi", "slot": "midday", "running": false,
    });
    let matching = json!({ "method": "PATCH", "path": "/sites/prod2rnapi/config/web" });
    let fault = json!({
        "fault": "somebody_else", "does": stops, "when": "after", "match": matching, "nth": 3,
    });
    stage.cloud.fault(&fault).unwrap();
    ends(&stage, "midday", &["--input", "pause=30m"], 5);
    let ledger = stage.cloud.ledger().unwrap();
    let moves: Vec<&Value> = ledger.iter().filter(|line| line["effect"] == "traffic_set").collect();
    let sends = |line: &&&Value| line["detail"]["rules"] != json!([]);
    let last = moves.iter().rfind(sends).unwrap();
    assert_eq!(last["detail"]["rules"][0]["percent"], 50.0, "{last}");
    let back = moves.iter().filter(|line| at(line) > at(last)).find(|line| !sends(line)).unwrap();
    let took = at(back).duration_since(at(last));
    assert!(took < jiff::SignedDuration::from_mins(15), "{took:?}");
    assert_eq!(targets(&stage, "slot_swap_started"), Vec::<String>::new());
}

/// One that falls later is seen while the share is watched, and not when the pause is over.
#[test]
fn d18_a_slot_that_falls_in_the_pause_is_left_in_the_pause() {
    let stage = Stage::at_pace(300).unwrap();
    let stops = json!({
        "change": "running", "site": "prod2pwaapi", "slot": "midday", "running": false,
    });
    let matching = json!({ "method": "GET", "path": "/apps/prod2pwaapi-midday" });
    let fault = json!({
        "fault": "somebody_else", "does": stops, "when": "after", "match": matching, "nth": 20,
    });
    stage.cloud.fault(&fault).unwrap();
    let ended = ends(&stage, "midday", &["--input", "pause=2h"], 5);
    let ledger = stage.cloud.ledger().unwrap();
    let moves: Vec<&Value> = ledger.iter().filter(|line| line["effect"] == "traffic_set").collect();
    let first = moves.first().unwrap();
    assert_eq!(first["detail"]["rules"][0]["percent"], 5.0, "{ended}");
    let took = at(moves.last().unwrap()).duration_since(at(first));
    assert!(took < jiff::SignedDuration::from_mins(60), "{took:?}");
    assert_eq!(moves.last().unwrap()["detail"]["rules"], json!([]));
    assert_eq!(targets(&stage, "slot_swap_started"), Vec::<String>::new());
}

/// The slots of the last midday have the settings of their making; a release has given production
/// others since, and the swap would take them away.
#[test]
fn d18_a_slot_whose_settings_are_not_productions_is_not_swapped_in() {
    let stage = Stage::at_pace(300).unwrap();
    ends(&stage, "midday", &PAUSE, 0);
    let set = json!({
        "change": "app_setting", "site": "prod2rnapi", "name": "Feature__New",
        "value": "CANARY",
    });
    stage.cloud.change(&set).unwrap();
    let refused = ends(&stage, "midday", &PAUSE, 5);
    let run = run_of(&refused);
    let history = stage.windlass(&["history", run]).run().unwrap().stdout;
    assert!(history.contains("of rnapi Feature__New"), "{history}");
    assert!(!history.contains("CANARY"), "{history}");
    assert_eq!(targets(&stage, "slot_swap_started").len(), 2, "those of the first");
}

/// A midday deployment that died before it moved anybody has told Azure DevOps of a build that
/// never came to production: nobody goes by that, or back to it.
#[test]
fn d13_a_build_that_lay_in_a_slot_only_is_nothing_to_go_back_to() {
    let stage = Stage::at_pace(300).unwrap();
    let matching = json!({ "method": "GET", "path": "/apps/prod2rnapi-midday" });
    let run = killed_behind(&stage, &matching);
    let at = prepare_for(&stage, jiff::Span::new().minutes(90));
    let refused = ends(&stage, "release", &["--input", &at, "--takes-over", &run], 1);
    assert!(why(&refused).contains("7.1.214.3 of Release-"), "{refused}");
    assert!(why(&refused).contains("never swapped in"), "{refused}");
    for run in [run_of(&refused), &run] {
        rolls_back(&stage, run);
    }
    let matching = json!({ "method": "GET", "path": "/apps/prod2rnapi" });
    stage.cloud.fault(&json!({ "fault": "html500", "match": matching, "count": 0 })).unwrap();
    let failed = ends(&stage, "release", &["--input", &at], 1);
    stage.cloud.calm().unwrap();
    let next = failed["next"].to_string();
    assert!(next.contains("previous=7.1.214.1"), "{next}");
    let never = ["--takes-over", run_of(&failed), "--input", "previous=7.1.214.3"];
    let refused = ends(&stage, "rollback_release", &never, 1);
    assert!(why(&refused).contains("was never deployed to rnapi with success"), "{refused}");
}

/// A release that kept a database has stopped the slots: the next midday starts them once they hold
/// its build.
#[test]
fn d18_slots_that_a_release_stopped_are_started_with_the_new_build() {
    let stage = Stage::at_pace(300).unwrap();
    ends(&stage, "midday", &PAUSE, 0);
    for site in ["prod2rnapi", "prod2pwaapi"] {
        let stops =
            json!({ "change": "running", "site": site, "slot": "midday", "running": false });
        stage.cloud.change(&stops).unwrap();
    }
    pushes(&stage);
    ends(&stage, "midday", &[&PAUSE[..], &["--input", "build=7.1.214.5"]].concat(), 0);
    assert_eq!(versions(&stage)[..2], ["7.1.214.5", "7.1.214.5"]);
}

/// What a midday deployment that was given up left: production gets only a part of its requests.
#[test]
fn d18_no_night_begins_while_a_slot_gets_requests() {
    let stage = Stage::at_pace(300).unwrap();
    let matching = json!({ "method": "PATCH", "path": "/sites/prod2rnapi/config/web" });
    let run = killed_behind(&stage, &matching);
    let taking = stage.start_with("release", &["--takes-over", &run]).run().unwrap();
    assert_ne!(taking.code, Some(0), "{}", taking.stdout);
    assert!(
        taking.stderr.contains(&format!("rollback {run} --preview` shows")),
        "{}",
        taking.stderr
    );
    let words = ["cancel", &run, "--keep"];
    expect_code(&stage.windlass(&words).run().unwrap(), 0, "cancel").unwrap();
    let before = stage.cloud.ledger().unwrap().len();
    for name in ["midday", "release", "hotfix_prod", "rollback_release"] {
        let refused = stage.start(name).run().unwrap();
        assert_ne!(refused.code, Some(0), "{name}: {}", refused.stdout);
        let said = format!("{}{}", refused.stdout, refused.stderr);
        assert!(said.contains("traffic == 100"), "{name}: {said}");
        assert!(said.contains(&format!("midday ({run}) left prod2")), "{name}: {said}");
    }
    assert_eq!(stage.cloud.ledger().unwrap().len(), before, "nothing was touched");
}
