//! A release that failed after its migrations, and the newer build that mends it: the copy that the
//! first one kept stays the only way back, and nothing else is ever taken for it.

use crate::shipped::{makes, nothing_migrated_since};
use crate::stage::{Stage, expect_code};
use crate::traps::{ends, prepared, sentences, sick, soon, targets};
use serde_json::{Value, json};

/// The usual cure of a night: a newer build, with the copy that the first one kept. Where the
/// deployment of a stage failed, its app is stopped with the old build, and nobody may start it.
#[test]
fn d05_a_newer_build_mends_a_release_with_the_copy_that_it_kept() {
    for nth in [None, Some(2)] {
        let (stage, at) = prepared();
        match nth {
            None => sick(&stage, "prod2rnapi", 1),
            Some(nth) => {
                let matching = json!({ "method": "PATCH", "path": "/releases/" });
                let fault = json!({ "fault": "failed_operation", "match": matching, "nth": nth });
                stage.cloud.fault(&fault).unwrap();
            }
        }
        let failed = ends(&stage, "release", &["--input", &at], 1);
        stage.cloud.calm().unwrap();
        let stopped = sentences(&failed).contains("STOPPED");
        assert_eq!(stopped, nth.is_some(), "{failed}");
        mends(&stage, failed["run"].as_str().unwrap());
    }
}

/// A build that is pushed now takes over a release that failed after its migrations.
fn mends(stage: &Stage, run: &str) {
    let copies = || {
        let copied = targets(stage, "database_copied");
        copied.into_iter().filter(|one| one.contains("Prod2old")).count()
    };
    assert_eq!(copies(), 1, "{:?}", targets(stage, "database_copied"));
    let push = json!({
        "change": "push", "repository": "Dispatcher", "branch": "prod",
        "comment": "Hosts load once more", "files": { "/src/Api/Hosts.cs": "hosts 9" },
    });
    stage.cloud.change(&push).unwrap();
    let words = ["simulate", "clock", "--env", stage.environment(), "--advance", "1h"];
    expect_code(&stage.windlass(&words).run().unwrap(), 0, "an hour later").unwrap();
    let world = stage.cloud.world().unwrap();
    let builds = world["devops"]["builds"].as_array().unwrap().iter();
    let newest = builds.max_by_key(|build| build["id"].as_u64()).unwrap();
    let number = newest["number"].as_str().unwrap();
    let (candidate, at) = (format!("candidate={number}"), soon(stage));
    let newer = ["--input", &candidate, "--input", &at, "--input", "reuse_old_database=true"];
    let ended = ends(stage, "release", &[&newer[..], &["--takes-over", run]].concat(), 0);
    let told =
        stage.windlass(&["history", ended["run"].as_str().unwrap(), "--json"]).run().unwrap();
    let began = |step: &str| {
        told.stdout.lines().any(|line| {
            line.contains("\"attempt_started\"") && line.contains(&format!("\"step\":\"{step}"))
        })
    };
    assert!(began("keep.kept") && began("delete_old"), "{}", told.stdout);
    assert!(!began("keep.stop[") && !began("keep.copy"), "production is not stopped for nothing");
    assert_eq!(copies(), 1);
    let deleted = targets(stage, "database_deleted");
    assert!(deleted.last().unwrap().contains("DispatcherProd2old"), "{deleted:?}");
    let world = stage.cloud.world().unwrap();
    let sites = world["sites"].as_array().unwrap().iter();
    for site in sites.filter(|site| site["name"].as_str().unwrap().starts_with("prod2")) {
        let app = &site["app"];
        assert_eq!((&app["deployed"]["version"], &app["running"]), (&json!(number), &json!(true)));
    }
}

/// What was said yes to in the evening is not what bears its name at night.
#[test]
fn d04_the_old_database_that_is_kept_on_is_the_one_that_was_meant() {
    let (stage, at) = prepared();
    sick(&stage, "prod2rnapi", 1);
    let failed = ends(&stage, "release", &["--input", &at], 1);
    stage.cloud.calm().unwrap();
    let at = soon(&stage);
    let words = [
        "--input",
        &at,
        "--input",
        "reuse_old_database=true",
        "--takes-over",
        failed["run"].as_str().unwrap(),
        "--exit-when-waiting",
    ];
    let waits = ends(&stage, "release", &words, 4);
    let renames = json!({
        "change": "rename_database", "server": "sql-prod", "name": "DispatcherProd2old",
        "to": "keepme",
    });
    stage.cloud.change(&renames).unwrap();
    makes(&stage, "sql-prod", "DispatcherProd2old");
    let words = ["resume", waits["run"].as_str().unwrap(), "--yes", "--json"];
    let resumed = stage.windlass(&words).run().unwrap();
    expect_code(&resumed, 1, "resume").unwrap();
    let ended: Value = serde_json::from_str(resumed.stdout.lines().last().unwrap()).unwrap();
    assert!(ended["why"].as_str().unwrap().contains("keep.kept"), "{ended}");
    assert!(targets(&stage, "database_deleted").iter().all(|one| !one.contains("Prod2old")));
}

/// What was copied after the migrations is no old database, whoever says so.
#[test]
fn d05_no_copy_of_what_is_migrated_is_kept_on() {
    let (stage, at) = prepared();
    sick(&stage, "prod2rnapi", 1);
    let failed = ends(&stage, "release", &["--input", &at], 1);
    stage.cloud.calm().unwrap();
    let gone = json!({
        "change": "rename_database", "server": "sql-prod", "name": "DispatcherProd2old",
        "to": "keepme",
    });
    stage.cloud.change(&gone).unwrap();
    makes(&stage, "sql-prod", "DispatcherProd2old");
    let at = soon(&stage);
    let run = failed["run"].as_str().unwrap();
    let words = ["--input", &at, "--input", "reuse_old_database=true", "--takes-over", run];
    let refused = ends(&stage, "release", &words, 1);
    assert!(refused["why"].as_str().unwrap().contains("old_is_before"), "{refused}");
}

/// The way back of a mend that failed as well leads to what the kept database is of, not to the
/// build that failed first.
#[test]
fn d13_a_mend_that_failed_leads_back_to_before_the_first_one() {
    let (stage, at) = prepared();
    sick(&stage, "prod2", 1);
    let failed = ends(&stage, "release", &["--input", &at], 1);
    let run = failed["run"].as_str().unwrap();
    let at = soon(&stage);
    let words = ["--input", &at, "--input", "reuse_old_database=true", "--takes-over", run];
    let again = ends(&stage, "release", &words, 1);
    stage.cloud.calm().unwrap();
    let next = again["next"].to_string();
    let told = "--input previous=7.1.214.1 --input migrated=true --takes-over";
    assert!(next.contains(told), "{next}");
    ends(&stage, "rollback_release", &["--takes-over", again["run"].as_str().unwrap()], 0);
}

/// Whoever starts without saying so is told how, before anything is touched.
#[test]
fn d05_a_release_that_finds_a_kept_database_says_how_it_is_mended() {
    let (stage, at) = prepared();
    sick(&stage, "prod2rnapi", 1);
    let failed = ends(&stage, "release", &["--input", &at], 1);
    stage.cloud.calm().unwrap();
    let run = failed["run"].as_str().unwrap();
    let refused = ends(&stage, "release", &["--input", &soon(&stage), "--takes-over", run], 1);
    let why = refused["why"].to_string();
    assert!(why.contains("reuse_old_database=true --takes-over"), "{refused}");
}

/// What a release left at work when it was killed would bring the newer build onto the database
/// that goes back, and migrate the only data from before.
#[test]
fn d13_a_way_back_waits_for_what_the_release_left_at_work() {
    let (stage, at) = prepared();
    let of_pwaapi = json!({ "method": "PATCH", "path": "/releases/" });
    let slow = json!({ "fault": "slow_copy", "factor": 400, "match": of_pwaapi, "nth": 2 });
    stage.cloud.fault(&slow).unwrap();
    let armed = |pid: u32| {
        let fault = json!({
            "fault": "kill_client", "pid": pid, "when": "after", "match": of_pwaapi, "nth": 2,
        });
        stage.cloud.fault(&fault)
    };
    let killed = stage.start_with("release", &["--input", &at]).run_armed(armed).unwrap();
    assert_eq!(killed.code, None, "killed when the deployment to pwaapi had begun");
    let run = stage.newest_run().unwrap().unwrap();
    let before = stage.cloud.ledger().unwrap().len();
    let refused = ends(&stage, "rollback_release", &["--takes-over", &run], 1);
    assert!(refused["why"].as_str().unwrap().contains("idle.stage[pwaapi]"), "{refused}");
    assert_eq!(stage.cloud.ledger().unwrap().len(), before, "nothing is touched meanwhile");
    let words = ["simulate", "clock", "--env", stage.environment(), "--advance", "24h"];
    expect_code(&stage.windlass(&words).run().unwrap(), 0, "a day later").unwrap();
    let words = ["resume", refused["run"].as_str().unwrap(), "--yes", "--json"];
    expect_code(&stage.windlass(&words).run().unwrap(), 0, "resume").unwrap();
    nothing_migrated_since(&stage, "DispatcherProd2failed");
}
