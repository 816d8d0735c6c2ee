//! The shipped files started a second time: what an earlier try left is found before anything
//! stops, and what it did is neither done twice nor taken for something else.

use crate::home::repository;
use crate::shipped::{BY_STAGE, PACE, makes, prepare, run_of, says, why};
use crate::stage::{Stage, expect_code, workflow};
use crate::traps::{ends, targets};
use serde_json::{Value, json};
use windlass_model::guards::proves;
use windlass_model::{StepId, Workflow};
use windlass_spec::{DiskFiles, EnvRef, check_workflow, resolve_open};

/// Somebody pushes a hotfix with a migration to prod; its build, 7.1.214.5, goes to qa4.
pub fn migrating_hotfix(stage: &Stage) {
    let push = json!({
        "change": "push", "repository": "Dispatcher", "branch": "prod",
        "comment": "Hosts have names",
        "files": { "/src/Migrations/0003_Hosts.cs": "hosts", "/src/Api/Hosts.cs": "hosts 9" },
    });
    stage.cloud.change(&push).unwrap();
    let words = ["simulate", "clock", "--env", stage.environment(), "--advance", "1h"];
    expect_code(&stage.windlass(&words).run().unwrap(), 0, "an hour later").unwrap();
    ends(stage, "hotfix_qa4_setup", &["--input", "n=8"], 0);
}

fn stopped(stage: &Stage, from: usize) -> Vec<String> {
    targets(stage, "app_stopped").split_off(from)
}

/// The stage of the slot has the build whether it was swapped or not: that nothing differs from it
/// says nothing of the database, which the hotfix that failed has migrated.
#[test]
fn d04_a_hotfix_that_failed_at_its_swap_is_not_taken_for_one_without_migrations() {
    let stage = says(BY_STAGE, "prod2_by: swap");
    migrating_hotfix(&stage);
    let matching = json!({ "method": "POST", "path": "/slotsswap" });
    let fault = json!({ "fault": "failed_operation", "match": matching, "count": 0 });
    stage.cloud.fault(&fault).unwrap();
    let failed = ends(&stage, "hotfix_prod", &["--input", "build=7.1.214.5"], 1);
    assert!(why(&failed).contains("rest.swap_prod2"), "{failed}");
    stage.cloud.calm().unwrap();
    let deployed = targets(&stage, "stage_deployed").len();
    let more = ["--input", "build=7.1.214.5", "--takes-over", run_of(&failed)];
    let refused = ends(&stage, "hotfix_prod", &more, 1);
    assert!(why(&refused).contains("DispatcherProd2old is still there"), "{refused}");
    assert!(why(&refused).contains("rollback_release.yaml"), "{refused}");
    assert_eq!(targets(&stage, "stage_deployed").len(), deployed, "nothing was deployed");
    ends(&stage, "rollback_release", &["--takes-over", run_of(&refused)], 0);
}

/// A release with migrations leaves the slot stopped, with the build that it swapped out; the next
/// one starts it with its own, since no swap takes a stopped side.
#[test]
fn d05_a_slot_that_a_release_stopped_is_started_with_the_next_build() {
    let stage = says(BY_STAGE, "prod2_by: swap");
    let at = prepare(&stage);
    let stops = json!({
        "change": "running", "site": "prod2", "slot": "staging", "running": false,
    });
    stage.cloud.change(&stops).unwrap();
    ends(&stage, "release", &["--input", &at], 0);
    let started = targets(&stage, "app_started");
    assert!(started.iter().any(|one| one.contains("staging")), "{started:?}");
    let world = stage.cloud.world().unwrap();
    let prod2 = world["sites"].as_array().unwrap().iter().find(|site| site["name"] == "prod2");
    let (app, slot) = (&prod2.unwrap()["app"], &prod2.unwrap()["slots"][0]["app"]);
    assert_eq!(app["running"], true, "{app}");
    assert_eq!(app["deployed"]["branch"], "main", "{app}");
    assert_eq!(slot["running"], false, "the old build meets the new schema: {slot}");
}

/// Nobody types a name and stops production to learn that another name is taken.
#[test]
fn d13_a_name_that_is_taken_is_found_before_production_stops() {
    let stage = Stage::at_pace(PACE).unwrap();
    let at = prepare(&stage);
    let matching = json!({ "method": "GET", "path": "/apps/prod2rnapi" });
    stage.cloud.fault(&json!({ "fault": "html500", "match": matching, "count": 0 })).unwrap();
    let failed = ends(&stage, "release", &["--input", &at], 1);
    stage.cloud.calm().unwrap();
    let shown = stage.windlass(&["simulate", "status", "--env", stage.environment(), "--json"]);
    let shown: Value = serde_json::from_str(shown.run().unwrap().stdout.trim()).unwrap();
    let now: jiff::Timestamp = shown["now"].as_str().unwrap().parse().unwrap();
    let today = now.to_zoned(jiff::tz::TimeZone::get("Europe/Berlin").unwrap()).date();
    for day in [today, today.tomorrow().unwrap()] {
        makes(&stage, "sql-prod", &format!("DispatcherProd2failed{day}"));
    }
    let before = targets(&stage, "app_stopped").len();
    let refused = ends(&stage, "rollback_release", &["--takes-over", run_of(&failed)], 1);
    assert!(why(&refused).contains("is there already"), "{refused}");
    assert!(why(&refused).contains("--takes-over run_"), "{refused}");
    assert_eq!(stopped(&stage, before), Vec::<String>::new());
}

/// Nor does qa4 stop for a copy that cannot be made; and the versions grow once for a candidate.
#[test]
fn d14_a_candidate_that_is_prepared_again_gets_no_other_versions() {
    let stage = Stage::at_pace(PACE).unwrap();
    makes(&stage, "sql-qa", "dispatcherqa4sprint42");
    let refused = ends(&stage, "prepare_release", &[], 1);
    assert!(why(&refused).contains("dispatcherqa4sprint42 is there already"), "{refused}");
    assert_eq!(stopped(&stage, 0), Vec::<String>::new());
    assert_eq!(targets(&stage, "build_variables_set"), Vec::<String>::new());

    let matching = json!({ "method": "DELETE", "path": "/databases/dispatcherqa4sprint42" });
    stage.cloud.fault(&json!({ "fault": "failed_operation", "match": matching })).unwrap();
    let more = ["--takes-over", run_of(&refused), "--input", "sprint=43"];
    let failed = ends(&stage, "prepare_release", &more, 1);
    let backups = targets(&stage, "database_copied");
    for name in backups.iter().filter(|one| one.contains("qa4-20")) {
        let name = name.rsplit('/').next().unwrap();
        let gone = json!({ "change": "delete_database", "server": "sql-qa", "name": name });
        stage.cloud.change(&gone).unwrap();
    }
    let more = ["--takes-over", run_of(&failed), "--input", "sprint=44"];
    ends(&stage, "prepare_release", &more, 0);
    let world = stage.cloud.world().unwrap();
    let variables = &world["devops"]["build_definitions"][0]["variables"];
    assert_eq!(variables["Prod_NextBuildVersion"]["value"], "7.2.0", "{variables}");
    assert_eq!(variables["NextBuildVersion"]["value"], "7.3.0", "{variables}");
    assert_eq!(targets(&stage, "build_variables_set").len(), 1);
}

/// A release that died while it copied has deployed nothing: its database is as it was.
#[test]
fn d13_a_release_that_died_in_its_copy_goes_back_without_the_database() {
    let stage = Stage::at_pace(PACE).unwrap();
    let at = prepare(&stage);
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
    let refused = ends(&stage, "rollback_release", &["--takes-over", &run], 1);
    assert!(why(&refused).contains("no database goes back"), "{refused}");
    let more = ["--takes-over", run_of(&refused), "--input", "migrated=false"];
    ends(&stage, "rollback_release", &more, 0);
    assert_eq!(targets(&stage, "database_renamed"), Vec::<String>::new());
    for site in stage.cloud.world().unwrap()["sites"].as_array().unwrap() {
        assert_eq!(site["app"]["running"], true, "what the release had stopped runs: {site}");
    }
}

/// Whoever passes over what brings the old database back gets no old code onto the new schema.
#[test]
fn d13_no_skip_on_the_way_back_brings_old_code_onto_the_new_schema() {
    let stage = Stage::at_pace(PACE).unwrap();
    let at = prepare(&stage);
    let sick = json!({ "method": "GET", "path": "/apps/prod2rnapi" });
    stage.cloud.fault(&json!({ "fault": "html500", "match": sick, "count": 0 })).unwrap();
    let failed = ends(&stage, "release", &["--input", &at], 1);
    stage.cloud.calm().unwrap();
    // somebody takes the name as soon as it is free
    let takes =
        json!({ "change": "create_database", "server": "sql-prod", "name": "DispatcherProd2" });
    let renaming = json!({ "method": "POST", "path": "/databases/DispatcherProd2/move" });
    let fault = json!({
        "fault": "somebody_else", "does": takes, "when": "after", "match": renaming,
    });
    stage.cloud.fault(&fault).unwrap();
    let back = ends(&stage, "rollback_release", &["--takes-over", run_of(&failed)], 1);
    assert!(why(&back).contains("bring_back"), "{back}");
    let before = stage.cloud.ledger().unwrap().len();
    let steps = ["bring_back", "deploy_rnapi", "deploy_pwaapi", "deploy_staging"];
    for step in steps.into_iter().chain(["deploy_prod2", "start"]) {
        // each may be refused by itself: what counts is what is deployed and started at the end
        let words = ["step", "skip", run_of(&back), step, "--reason", "go on"];
        stage.windlass(&words).run().unwrap();
        stage.windlass(&["resume", run_of(&back), "--yes", "--json"]).run().unwrap();
    }
    let ledger = stage.cloud.ledger().unwrap();
    let wrong =
        |line: &&Value| line["effect"] == "stage_deployed" || line["effect"] == "app_started";
    assert_eq!(ledger[before..].iter().find(wrong), None, "{ledger:?}");
}

/// Whoever skips one of these takes it upon himself: each file has a last step that requires it.
#[test]
fn d05_what_makes_production_well_is_required_in_the_end() {
    let required = [
        ("release", ["rest.pwaapi", "rest.check_rnapi", "rest.check_all"].as_slice()),
        ("hotfix_prod", &["rest.pwaapi", "rest.staging", "rest.check_all"]),
        ("midday", &["check"]),
        ("rollback_release", &["check", "check_data"]),
    ];
    let path = repository("workflows/environments/rehearsal.yaml");
    let environment = EnvRef::parse(&path.to_string_lossy());
    for (name, steps) in required {
        let report = check_workflow(
            &DiskFiles,
            &workflow(name),
            Some(&environment),
            &windlass_executors::catalog(),
        );
        let open = |input: &str| Value::from(format!("whatever {input} is"));
        let def = resolve_open(&report.workflow.unwrap(), &open).unwrap();
        let graph = Workflow::new(def).unwrap();
        let at = |id: &str| graph.find(&StepId::new(id)).unwrap();
        for step in steps {
            assert!(proves(&graph, at(step)).contains(&at("over")), "{step} of {name}");
        }
    }
}

/// What is offered leads to no good end: a hotfix is not over while a stage has the old build.
#[test]
fn d05_no_skip_that_is_offered_ends_a_hotfix_half_way() {
    let stage = Stage::at_pace(PACE).unwrap();
    migrating_hotfix(&stage);
    let matching = json!({ "method": "PATCH", "path": "/environments/" });
    let fault = json!({ "fault": "failed_operation", "match": matching, "nth": 2 });
    stage.cloud.fault(&fault).unwrap();
    let failed = ends(&stage, "hotfix_prod", &["--input", "build=7.1.214.5"], 1);
    assert!(why(&failed).contains("rest.pwaapi"), "{failed}");
    assert!(!failed["next"].to_string().contains("step skip"), "{failed}");
    let skip = ["step", "skip", run_of(&failed), "rest.pwaapi", "--reason", "later"];
    let refused = stage.windlass(&skip).run().unwrap();
    expect_code(&refused, 1, "skip").unwrap();
    assert!(refused.stderr.contains("over requires what it gives"), "{}", refused.stderr);
}
