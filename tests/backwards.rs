//! Builds that are older than production's database, by whichever file they come, and what the way
//! back finds of an earlier try: old code never meets a newer schema, new code never the old data.

use crate::again::migrating_hotfix;
use crate::shipped::{PACE, nothing_migrated_since, prepare, run_of, summary, why};
use crate::stage::{Stage, expect_code};
use crate::traps::{ends, targets};
use serde_json::{Value, json};

const TICKETS: &str = "/src/Migrations/0002_Tickets.cs";

/// A release that failed where rnapi was to answer: its migrations have run.
fn half_a_release(stage: &Stage) -> Value {
    let at = prepare(stage);
    let matching = json!({ "method": "GET", "path": "/apps/prod2rnapi" });
    stage.cloud.fault(&json!({ "fault": "html500", "match": matching, "count": 0 })).unwrap();
    let failed = ends(stage, "release", &["--input", &at], 1);
    stage.cloud.calm().unwrap();
    failed
}

/// Each file that brings a build to production refuses one of before the migrations.
fn nothing_older_is_deployed(stage: &Stage, failed: &Value) {
    let before = targets(stage, "stage_deployed").len();
    let stopped = targets(stage, "app_stopped").len();
    let mut last = run_of(failed).to_owned();
    for (name, build) in [("hotfix_prod", "build=7.1.214.3"), ("release", "candidate=7.1.214.1")] {
        let more = ["--takes-over", &last, "--input", build];
        let refused = ends(stage, name, &more, 1);
        assert!(why(&refused).contains(TICKETS), "{name}: {refused}");
        assert!(why(&refused).contains("rollback_release.yaml"), "{name}: {refused}");
        last = run_of(&refused).to_owned();
    }
    // what fails at midday goes back by itself
    let midday = stage.start_with("midday", &["--takes-over", &last]).run().unwrap();
    expect_code(&midday, 5, "midday").unwrap();
    assert!(midday.stdout.contains(TICKETS), "{}", midday.stdout);
    assert_eq!(targets(stage, "stage_deployed").len(), before, "nothing was deployed");
    assert_eq!(targets(stage, "app_stopped").len(), stopped, "nothing was stopped");
}

#[test]
fn d13_no_older_build_comes_after_migrations_that_ran() {
    let stage = Stage::at_pace(PACE).unwrap();
    ends(&stage, "hotfix_qa4_setup", &[], 0);
    let failed = half_a_release(&stage);
    nothing_older_is_deployed(&stage, &failed);
}

/// A deployment to rnapi that failed may have migrated all the same.
#[test]
fn d13_no_older_build_comes_after_migrations_that_may_have_run() {
    let stage = Stage::at_pace(PACE).unwrap();
    ends(&stage, "hotfix_qa4_setup", &[], 0);
    let at = prepare(&stage);
    let matching = json!({ "method": "PATCH", "path": "/environments/" });
    stage.cloud.fault(&json!({ "fault": "failed_operation", "match": matching })).unwrap();
    let failed = ends(&stage, "release", &["--input", &at], 1);
    assert!(why(&failed).contains("deploy_rnapi_migrating"), "{failed}");
    let runs = json!({ "change": "running", "site": "prod2rnapi", "running": true });
    stage.cloud.change(&runs).unwrap();
    nothing_older_is_deployed(&stage, &failed);
}

/// All that production has runs this build.
fn runs(stage: &Stage, version: &str) {
    let world = stage.cloud.world().unwrap();
    let sites = world["sites"].as_array().unwrap().iter();
    for site in sites.filter(|site| site["name"].as_str().unwrap().starts_with("prod2")) {
        let slots = site["slots"].as_array().into_iter().flatten();
        for app in slots.chain([site]).map(|place| &place["app"]) {
            assert_eq!(app["deployed"]["version"], version, "{site}");
            assert_eq!(app["running"], true, "{site}");
        }
    }
}

/// The start of the way back that a summary tells to type, as it is told.
fn told(summary: &Value) -> Vec<String> {
    let next = summary["next"].as_array().unwrap().iter();
    let mut starts = next.filter_map(|words| words.as_str()?.strip_prefix("windlass start "));
    let back = starts.find(|words| words.contains("rollback_release.yaml"));
    let words = back.unwrap_or_else(|| panic!("nothing leads back: {summary}"));
    words.split(' ').map(str::to_owned).collect()
}

/// Types it.
fn follows(stage: &Stage, summary: &Value, code: i32) -> Value {
    let told = told(summary);
    let words = told.iter().map(String::as_str);
    let words: Vec<&str> = ["start"].into_iter().chain(words).chain(["--yes", "--json"]).collect();
    crate::shipped::summary(&stage.windlass(&words).run().unwrap(), code, "what is told")
}

/// At 3 AM nobody looks up what the release before was called.
#[test]
fn d13_the_way_back_is_told_with_its_inputs_and_works_as_told() {
    let stage = Stage::at_pace(PACE).unwrap();
    let failed = half_a_release(&stage);
    let words = told(&failed);
    for word in ["previous=7.1.214.1", "migrated=true", run_of(&failed)] {
        assert!(words.iter().any(|told| told == word), "{word}: {words:?}");
    }
    follows(&stage, &failed, 0);
    nothing_migrated_since(&stage, "DispatcherProd2failed");
    runs(&stage, "7.1.214.1");
    // A request of it that arrives late begins nothing any more.
    let given_up = targets(&stage, "release_abandoned");
    assert_eq!(given_up.len(), 1, "{given_up:?}");
    let told = targets(&stage, "stage_deployment_started");
    assert!(told.iter().any(|one| one.contains(&given_up[0])), "{given_up:?} {told:?}");
}

/// A run that took the place of half a release, and was taken back, still tells how to go back.
#[test]
fn d13_half_a_release_is_not_hidden_by_what_took_its_place() {
    let stage = Stage::at_pace(PACE).unwrap();
    let failed = half_a_release(&stage);
    // One that was refused before it did anything stands between.
    let more = ["--takes-over", run_of(&failed), "--input", "candidate=7.1.214.1"];
    let refused = ends(&stage, "release", &more, 1);
    let more = ["--takes-over", run_of(&refused)];
    let midday = stage.start_with("midday", &more).run().unwrap();
    let midday = summary(&midday, 5, "midday");
    let words = told(&midday);
    assert!(words.iter().any(|told| told == "migrated=true"), "{words:?}");
    assert!(!words.iter().any(|told| told == "--takes-over"), "its lock is free: {words:?}");
    assert!(midday["world"].to_string().contains(run_of(&failed)), "{midday}\n{failed}");
    follows(&stage, &midday, 0);
    runs(&stage, "7.1.214.1");
}

/// A hotfix whose only check failed is on rnapi alone: which build production is to go back to,
/// only people know.
#[test]
fn d13_a_build_that_one_stage_has_is_not_told_to_go_back_to() {
    let stage = Stage::at_pace(PACE).unwrap();
    ends(&stage, "hotfix_qa4_setup", &[], 0);
    let matching = json!({ "method": "GET", "path": "/apps/prod2rnapi" });
    stage.cloud.fault(&json!({ "fault": "html500", "match": matching, "count": 0 })).unwrap();
    let hotfix = ends(&stage, "hotfix_prod", &[], 1);
    stage.cloud.calm().unwrap();
    let words = ["cancel", run_of(&hotfix), "--keep"];
    expect_code(&stage.windlass(&words).run().unwrap(), 0, "cancel").unwrap();
    let words = told(&half_a_release(&stage));
    assert!(words.iter().any(|word| word == "previous=PREVIOUS"), "{words:?}");
}

/// A deployment that Azure DevOps refused has brought nothing: where somebody has looked that no
/// migration ran, no data need be lost.
#[test]
fn d13_a_deployment_that_never_arrived_is_taken_back_without_the_database() {
    let stage = Stage::at_pace(PACE).unwrap();
    let at = prepare(&stage);
    fails(&stage, "PATCH", "/environments/");
    let failed = ends(&stage, "release", &["--input", &at], 1);
    stage.cloud.calm().unwrap();
    assert!(why(&failed).contains("deploy_rnapi_migrating"), "{failed}");
    let words = told(&failed);
    assert!(words.iter().any(|word| word == "migrated=MIGRATED"), "people must look: {words:?}");
    let more = ["--takes-over", run_of(&failed), "--input", "migrated=false"];
    let back = ends(&stage, "rollback_release", &more, 0);
    let history = stage.windlass(&["history", run_of(&back)]).run().unwrap().stdout;
    assert!(history.contains("has none of them run?"), "{history}");
    assert_eq!(targets(&stage, "database_renamed"), Vec::<String>::new());
    assert_eq!(targets(&stage, "database_migrated"), Vec::<String>::new());
    runs(&stage, "7.1.214.1");
}

/// A colleague's deployment of the build from before, by hand.
const BY_HAND: &str = "\
name: by_hand
resources: { prod2rnapi: azure.app_service }
steps:
  - id: build
    uses: azure_devops.build.find_latest
    with: { number: 7.1.214.1 }
  - id: release
    needs: [build]
    uses: azure_devops.release.create
    with: { build: \"${{ steps.build.outputs }}\", definition: \"${{ env.prod_releases }}\" }
  - id: deploy
    needs: [release]
    uses: azure_devops.release.deploy
    with:
      release: ${{ steps.release.outputs }}
      definition: ${{ env.prod_releases }}
      stage: rnapi
      apps: [prod2rnapi]
";

/// What rnapi was told last is not all that the database has met.
#[test]
fn d13_an_older_build_that_somebody_deployed_again_hides_no_migrations() {
    let stage = Stage::at_pace(PACE).unwrap();
    ends(&stage, "hotfix_qa4_setup", &[], 0);
    let failed = half_a_release(&stage);
    let file = stage.path().join("by_hand.yaml");
    std::fs::write(&file, BY_HAND).unwrap();
    let file = file.to_string_lossy();
    let words = ["start", &file, "--env", stage.environment(), "--yes", "--json"];
    expect_code(&stage.windlass(&words).run().unwrap(), 0, "by hand").unwrap();
    let more = ["--takes-over", run_of(&failed), "--input", "migrated=false"];
    let refused = ends(&stage, "rollback_release", &more, 1);
    assert!(why(&refused).contains("--input migrated=true"), "{refused}");
    let more = ["--takes-over", run_of(&refused), "--input", "build=7.1.214.3"];
    let refused = ends(&stage, "hotfix_prod", &more, 1);
    assert!(why(&refused).contains(TICKETS), "{refused}");
    ends(&stage, "rollback_release", &["--takes-over", run_of(&refused)], 0);
    nothing_migrated_since(&stage, "DispatcherProd2failed");
    runs(&stage, "7.1.214.1");
}

fn fails(stage: &Stage, method: &str, path: &str) {
    let matching = json!({ "method": method, "path": path });
    let fault = json!({ "fault": "failed_operation", "match": matching, "count": 0 });
    stage.cloud.fault(&fault).unwrap();
}

/// The way back is not undone: it would bring the new build to the only old data.
#[test]
fn d13_a_way_back_whose_deployment_failed_is_not_undone_and_carries_on() {
    let stage = Stage::at_pace(PACE).unwrap();
    let failed = half_a_release(&stage);
    fails(&stage, "PATCH", "/environments/");
    let back = ends(&stage, "rollback_release", &["--takes-over", run_of(&failed)], 1);
    assert!(why(&back).contains("deploy_rnapi"), "{back}");
    stage.cloud.calm().unwrap();
    let words = ["rollback", run_of(&back), "--past-guard", "--yes", "--json"];
    let stuck = summary(&stage.windlass(&words).run().unwrap(), 6, "rollback");
    assert!(why(&stuck).contains("started once more with the same inputs"), "{stuck}");
    follows(&stage, &stuck, 0);
    assert_eq!(targets(&stage, "database_renamed").len(), 2, "once to and once fro");
    nothing_migrated_since(&stage, "DispatcherProd2failed");
    runs(&stage, "7.1.214.1");
}

/// Production has no database, and what is to be done is known all the same.
#[test]
fn d13_a_way_back_that_was_given_up_between_the_names_carries_on() {
    let stage = Stage::at_pace(PACE).unwrap();
    let failed = half_a_release(&stage);
    let matching = json!({ "method": "POST", "path": "/databases/DispatcherProd2old/move" });
    stage.cloud.fault(&json!({ "fault": "html500", "match": matching, "count": 0 })).unwrap();
    let back = ends(&stage, "rollback_release", &["--takes-over", run_of(&failed)], 1);
    assert!(why(&back).contains("bring_back"), "{back}");
    stage.cloud.calm().unwrap();
    let words = ["cancel", run_of(&back), "--keep"];
    expect_code(&stage.windlass(&words).run().unwrap(), 0, "cancel").unwrap();
    let refused = ends(&stage, "rollback_release", &["--input", "migrated=false"], 1);
    assert!(why(&refused).contains("--input migrated=true"), "{refused}");
    ends(&stage, "rollback_release", &["--takes-over", run_of(&refused)], 0);
    nothing_migrated_since(&stage, "DispatcherProd2failed");
    runs(&stage, "7.1.214.1");
}

/// What a hotfix left is no way back for the hotfix itself, nor for a build that never ran.
#[test]
fn d13_the_old_database_is_not_given_to_a_build_that_would_migrate_it() {
    let stage = Stage::at_pace(PACE).unwrap();
    migrating_hotfix(&stage);
    ends(&stage, "hotfix_prod", &["--input", "build=7.1.214.5"], 0);
    let candidate = ["--input", "previous=7.2.0.41"];
    let refused = ends(&stage, "rollback_release", &candidate, 1);
    assert!(why(&refused).contains("never deployed to rnapi"), "{refused}");
    let itself = ["--input", "previous=7.1.214.5", "--takes-over", run_of(&refused)];
    let refused = ends(&stage, "rollback_release", &itself, 1);
    assert!(why(&refused).contains("no database goes back"), "{refused}");
    let said = ["--input", "previous=7.1.214.5", "--input", "migrated=false"];
    let more = [&said[..], &["--takes-over", run_of(&refused)]].concat();
    ends(&stage, "rollback_release", &more, 0);
    assert_eq!(targets(&stage, "database_renamed"), Vec::<String>::new());
    runs(&stage, "7.1.214.5");
}

/// A copy that a release left which never deployed is older than what people wrote since.
#[test]
fn d13_a_copy_of_a_release_that_migrated_nothing_does_not_come_back() {
    let stage = Stage::at_pace(PACE).unwrap();
    let at = prepare(&stage);
    let matching = json!({ "method": "PUT", "path": "/config/appsettings" });
    stage.cloud.fault(&json!({ "fault": "html500", "match": matching, "count": 0 })).unwrap();
    let failed = ends(&stage, "release", &["--input", &at], 1);
    assert!(why(&failed).contains("settings"), "{failed}");
    stage.cloud.calm().unwrap();
    let more = ["--input", "migrated=false", "--takes-over", run_of(&failed)];
    ends(&stage, "rollback_release", &more, 0);
    let refused = ends(&stage, "rollback_release", &[], 1);
    assert!(why(&refused).contains("no database goes back"), "{refused}");
    assert_eq!(targets(&stage, "database_renamed"), Vec::<String>::new());
    runs(&stage, "7.1.214.1");
}

fn variable(stage: &Stage, name: &str) -> Value {
    let world = stage.cloud.world().unwrap();
    world["devops"]["build_definitions"][0]["variables"][name]["value"].clone()
}

/// What can refuse a candidate refuses it before anything is written; the versions grow once.
#[test]
fn d24_the_versions_do_not_grow_for_a_candidate_that_is_refused() {
    let stage = Stage::at_pace(PACE).unwrap();
    let of_prod = ends(&stage, "prepare_release", &["--input", "candidate=7.1.214.3"], 1);
    assert!(why(&of_prod).contains("not of main"), "{of_prod}");
    let more = ["--takes-over", run_of(&of_prod), "--input", "candidate=7.2.0.40"];
    let stale = ends(&stage, "prepare_release", &more, 1);
    assert!(why(&stale).contains("has moved past it"), "{stale}");
    assert_eq!(stage.cloud.ledger().unwrap(), Vec::<Value>::new());

    let matching = json!({ "method": "PUT", "path": "/databases/dispatcherqa4sprint42" });
    stage.cloud.fault(&json!({ "fault": "failed_operation", "match": matching })).unwrap();
    let failed = ends(&stage, "prepare_release", &["--takes-over", run_of(&stale)], 1);
    let push = json!({
        "change": "push", "repository": "Dispatcher", "branch": "main", "comment": "Tickets 2",
        "files": { "/src/Api/Tickets.cs": "tickets 2" },
    });
    stage.cloud.change(&push).unwrap();
    let words = ["simulate", "clock", "--env", stage.environment(), "--advance", "1h"];
    expect_code(&stage.windlass(&words).run().unwrap(), 0, "an hour later").unwrap();
    let world = stage.cloud.world().unwrap();
    let newest = world["devops"]["builds"].as_array().unwrap().last().unwrap();
    let candidate = format!("candidate={}", newest["number"].as_str().unwrap());
    let more = ["--takes-over", run_of(&failed), "--input", &candidate];
    ends(&stage, "prepare_release", &more, 0);
    assert_eq!(variable(&stage, "Prod_NextBuildVersion"), "7.2.0");
    assert_eq!(variable(&stage, "NextBuildVersion"), "7.3.0");
}

/// Whoever passes over a stage and its check does not come to the deletion that way.
#[test]
fn d05_no_skip_of_a_stage_opens_the_deletion() {
    let stage = Stage::at_pace(PACE).unwrap();
    let at = prepare(&stage);
    let matching = json!({ "method": "PATCH", "path": "/environments/" });
    let fault = json!({ "fault": "failed_operation", "match": matching, "nth": 2 });
    stage.cloud.fault(&fault).unwrap();
    let failed = ends(&stage, "release", &["--input", &at], 1);
    assert!(why(&failed).contains("rest.pwaapi"), "{failed}");
    stage.cloud.calm().unwrap();
    let skip = |step: &str, more: &[&str]| {
        let words = ["step", "skip", run_of(&failed), step, "--reason", "go on"];
        stage.windlass(&[&words[..], more].concat()).run().unwrap()
    };
    let refused = skip("rest.pwaapi", &[]);
    expect_code(&refused, 1, "a skip that the deletion stands on").unwrap();
    assert!(refused.stderr.contains("--past-guard"), "{}", refused.stderr);
    // whoever takes it upon himself comes no further than the deletion
    let resume = || stage.windlass(&["resume", run_of(&failed), "--yes", "--json"]).run().unwrap();
    skip("rest.pwaapi", &["--past-guard"]);
    let checked = summary(&resume(), 1, "resume");
    assert!(why(&checked).contains("rest.check_all"), "{checked}");
    skip("rest.check_all", &["--past-guard"]);
    let stopped = summary(&resume(), 1, "resume");
    assert!(why(&stopped).contains("confirm_delete"), "{stopped}");
    let deleted = targets(&stage, "database_deleted");
    assert!(deleted.iter().all(|one| !one.ends_with("DispatcherProd2old")), "{deleted:?}");
}
