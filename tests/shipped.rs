//! The shipped files against what a new user does with them: an environment that is not filled in,
//! a trigger that nobody thought of, a way back from the wrong release. What must not happen is
//! looked for in the simulated cloud's ledger.

use crate::home::repository;
use crate::stage::{Ended, Stage, expect_code};
use crate::traps::{ends, targets};
use serde_json::{Value, json};

/// A third of the rehearsal's pace: the deadlines of minutes have room on a busy machine.
pub const PACE: u32 = 1_200;

/// How the environment says it by which prod2 is deployed.
pub const BY_STAGE: &str = "prod2_by: deployment";

/// The summary of a command that ended with this code.
pub fn summary(ended: &Ended, code: i32, what: &str) -> Value {
    expect_code(ended, code, what).unwrap();
    serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap()
}

/// Starts a workflow without an answer to what it asks; the summary of what waits.
fn asks(stage: &Stage, name: &str) -> Value {
    let file = repository(&format!("workflows/{name}.yaml")).display().to_string();
    let words = ["start", &file, "--env", stage.environment(), "--json", "--exit-when-waiting"];
    summary(&stage.windlass(&words).run().unwrap(), 4, name)
}

pub fn why(summary: &Value) -> &str {
    summary["why"].as_str().unwrap()
}

pub fn run_of(summary: &Value) -> &str {
    summary["run"].as_str().unwrap()
}

/// Somebody makes a database, at once.
pub fn makes(stage: &Stage, server: &str, name: &str) {
    let change = json!({ "change": "create_database", "server": server, "name": name });
    stage.cloud.change(&change).unwrap();
}

/// A home whose environment says something else.
pub fn says(old: &str, new: &str) -> Stage {
    let stage = Stage::at_pace(PACE).unwrap();
    let text = std::fs::read_to_string(stage.environment()).unwrap();
    assert!(text.contains(old), "the environment says `{old}`");
    std::fs::write(stage.environment(), text.replace(old, new)).unwrap();
    stage
}

/// Prepares a release, and gives the word that lets it begin soon.
pub fn prepare(stage: &Stage) -> String {
    // later than all that comes before the wait, at this pace
    prepare_for(stage, jiff::Span::new().hours(4))
}

/// The same, for so much later.
pub fn prepare_for(stage: &Stage, later: jiff::Span) -> String {
    let ended = stage.start("prepare_release").run().unwrap();
    expect_code(&ended, 0, "prepare_release").unwrap();
    let events = ended.stdout.lines().filter_map(|line| serde_json::from_str(line).ok());
    let times = events.filter_map(|event: Value| event["at"].as_str()?.parse().ok());
    let last: jiff::Timestamp = times.max().unwrap();
    let soon = last.to_zoned(jiff::tz::TimeZone::get("Europe/Berlin").unwrap());
    let soon = soon.checked_add(later).unwrap();
    format!("at={}", soon.strftime("%H:%M"))
}

/// Puts a hotfix into production, which brings no migrations.
fn hotfix(stage: &Stage) {
    ends(stage, "hotfix_qa4_setup", &[], 0);
    ends(stage, "hotfix_prod", &[], 0);
}

/// No new build has opened the old database: neither on the way back nor when that is undone.
pub fn nothing_migrated_since(stage: &Stage, renamed: &str) {
    let ledger = stage.cloud.ledger().unwrap();
    let is_renaming = |line: &Value| {
        line["effect"] == "database_renamed" && line["target"].as_str().unwrap().contains(renamed)
    };
    let place = ledger.iter().position(is_renaming).unwrap();
    let late = ledger[place..].iter().find(|line| line["effect"] == "database_migrated");
    assert_eq!(late, None, "{ledger:?}");
}

/// Where prod2 is a swap of its slot, it has the new build until the swap, and a swap takes no
/// stopped side: both run only while no database has the name that they open.
#[test]
fn d05_the_old_database_meets_no_new_build_where_prod2_is_swapped() {
    let stage = says(BY_STAGE, "prod2_by: swap");
    let at = prepare(&stage);
    let matching = json!({ "method": "GET", "path": "/apps/prod2pwaapi" });
    stage.cloud.fault(&json!({ "fault": "html500", "match": matching, "count": 0 })).unwrap();
    let failed = ends(&stage, "release", &["--input", &at], 1);
    stage.cloud.calm().unwrap();
    assert!(why(&failed).contains("rest.check_all"), "{failed}");
    let world = stage.cloud.world().unwrap();
    let prod2 = world["sites"].as_array().unwrap().iter().find(|site| site["name"] == "prod2");
    let slot = &prod2.unwrap()["slots"][0]["app"];
    assert_eq!(slot["deployed"]["version"], "7.1.214.1", "swapped out: {slot}");
    assert_eq!(slot["running"], false, "the old build meets the new schema: {slot}");

    let back = ends(&stage, "rollback_release", &["--takes-over", run_of(&failed)], 0);
    nothing_migrated_since(&stage, "DispatcherProd2failed");
    let ledger = stage.cloud.ledger().unwrap();
    let renamed = ledger.iter().rposition(|line| line["effect"] == "database_renamed").unwrap();
    let next = |effect: &str, target: &str| {
        let fits = |line: &Value| line["effect"] == effect && line["target"] == target;
        ledger[renamed..].iter().position(fits).unwrap_or(usize::MAX)
    };
    let rnapi = ledger[renamed..].iter().position(|line| line["effect"] == "stage_deployed");
    assert!(Some(next("app_started", "prod2")) < rnapi, "it waits for no stage: {ledger:?}");
    let world = stage.cloud.world().unwrap();
    let sites = world["sites"].as_array().unwrap().iter();
    let production: Vec<&Value> =
        sites.filter(|site| site["name"].as_str().unwrap().starts_with("prod2")).collect();
    let slots = production.iter().flat_map(|site| site["slots"].as_array().into_iter().flatten());
    let apps: Vec<&Value> =
        production.iter().copied().chain(slots).map(|place| &place["app"]).collect();
    assert_eq!(apps.len(), 4, "three sites and a slot: {world}");
    for app in apps {
        assert_eq!(app["deployed"]["version"], "7.1.214.1", "{app}");
        assert_eq!(app["running"], true, "{app}");
    }

    let words = ["rollback", run_of(&back), "--past-guard", "--yes", "--json"];
    let stuck = summary(&stage.windlass(&words).run().unwrap(), 6, "rollback");
    assert!(why(&stuck).contains("it carries on"), "{stuck}");
    nothing_migrated_since(&stage, "DispatcherProd2failed");
}

/// What is said about migrations is looked for: old builds never come onto the new schema.
#[test]
fn d13_a_way_back_that_believes_in_no_migrations_is_refused() {
    let stage = Stage::at_pace(PACE).unwrap();
    let at = prepare(&stage);
    let matching = json!({ "method": "GET", "path": "/apps/prod2rnapi" });
    stage.cloud.fault(&json!({ "fault": "html500", "match": matching, "count": 0 })).unwrap();
    let failed = ends(&stage, "release", &["--input", &at], 1);
    stage.cloud.calm().unwrap();
    let before = stage.cloud.ledger().unwrap().len();
    let more = ["--takes-over", run_of(&failed), "--input", "migrated=false"];
    let refused = ends(&stage, "rollback_release", &more, 1);
    assert!(why(&refused).contains("old code would meet the new schema"), "{refused}");
    let ledger = stage.cloud.ledger().unwrap();
    let since = || ledger[before..].iter().map(|line| &line["effect"]);
    assert!(since().all(|effect| effect == "release_created"), "{ledger:?}");
}

/// The other way round: a database that an earlier release forgot is not brought back.
#[test]
fn d13_a_release_without_migrations_goes_back_without_the_database() {
    let stage = Stage::at_pace(PACE).unwrap();
    hotfix(&stage);
    makes(&stage, "sql-prod", "DispatcherProd2old");
    let refused = ends(&stage, "rollback_release", &["--input", "migrated=true"], 1);
    assert!(why(&refused).contains("--input migrated=false"), "{refused}");
    // somebody's release that opened Azure's access may have ended before it was closed
    let open = json!({
        "change": "firewall_rule", "server": "sql-prod", "name": "AllowAllWindowsAzureIps",
        "range": ["0.0.0.0", "0.0.0.0"],
    });
    stage.cloud.change(&open).unwrap();
    let more = ["--takes-over", run_of(&refused), "--input", "migrated=false"];
    ends(&stage, "rollback_release", &more, 0);
    assert_eq!(targets(&stage, "database_renamed"), Vec::<String>::new());
    let world = stage.cloud.world().unwrap();
    let mut servers = world["servers"].as_array().unwrap().iter();
    let rules = &servers.find(|server| server["name"] == "sql-prod").unwrap()["firewall_rules"];
    let names: Vec<&Value> = rules.as_array().unwrap().iter().map(|rule| &rule["name"]).collect();
    assert_eq!(names, ["office"], "somebody said that it is to be closed");
    for site in world["sites"].as_array().unwrap() {
        if site["name"].as_str().unwrap().starts_with("prod2") {
            assert_eq!(site["app"]["deployed"]["version"], "7.1.214.1", "{site}");
        }
    }
}

/// A leftover is found before the night, not when production is stopped already.
#[test]
fn d05_a_leftover_old_database_stops_no_production() {
    let stage = Stage::at_pace(PACE).unwrap();
    prepare(&stage);
    makes(&stage, "sql-prod", "DispatcherProd2old");
    let refused = ends(&stage, "release", &[], 1);
    assert!(why(&refused).contains("DispatcherProd2old is still there"), "{refused}");
    let stopped = targets(&stage, "app_stopped");
    assert!(stopped.iter().all(|app| !app.starts_with("prod2")), "{stopped:?}");
    assert!(targets(&stage, "database_deleted").iter().all(|one| !one.contains("Prod2")));
}

/// A folder that is not there never changes, which would be "no migrations".
#[test]
fn d04_a_folder_that_is_not_filled_in_is_not_taken_for_no_migrations() {
    for nothing in ["FILL", "\"\"", "/"] {
        let folder = format!("migrations_folder: {nothing}");
        let stage = says("migrations_folder: /src/Migrations", &folder);
        for name in ["release", "hotfix_prod", "rollback_release"] {
            let refused = ends(&stage, name, &[], 1);
            assert!(why(&refused).contains("`migrations_folder`"), "{name}: {refused}");
            let words = ["cancel", run_of(&refused), "--keep"];
            expect_code(&stage.windlass(&words).run().unwrap(), 0, "cancel").unwrap();
        }
        assert_eq!(stage.cloud.ledger().unwrap(), Vec::<Value>::new());
    }
}

/// Every file but the developer's own names its role.
#[test]
fn d12_the_shipped_files_are_started_by_people_of_their_roles() {
    let stage = says("confirm: relaxed", "confirm: strict");
    let text = std::fs::read_to_string(stage.environment()).unwrap();
    let listed = text.replace("release: [rehearsal]", "release: [ann]");
    assert_ne!(listed, text, "the environment lists who releases");
    std::fs::write(stage.environment(), listed).unwrap();
    let mut guarded = 0;
    for entry in std::fs::read_dir(repository("workflows")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let file = path.display().to_string();
        let words = ["start", &file, "--env", stage.environment(), "--as", "eve", "--detach"];
        let said = stage.windlass(&words).run().unwrap();
        let refused = said.stderr.contains("`eve` may not start");
        assert_eq!(refused, !file.ends_with("hotfix_pr.yaml"), "{file}: {}", said.stderr);
        if refused {
            expect_code(&said, 2, &file).unwrap();
            guarded += 1;
        }
    }
    assert_eq!(guarded, 7, "all but hotfix_pr.yaml");
}

/// A stage that "succeeded" and changed nothing is seen by the version that answers.
#[test]
fn d19_a_stage_that_changed_nothing_is_not_well() {
    let stage = Stage::at_pace(PACE).unwrap();
    ends(&stage, "hotfix_qa4_setup", &[], 0);
    let waits = asks(&stage, "hotfix_prod");
    let world = stage.cloud.world().unwrap();
    let has_stage = |release: &&Value| {
        let stages = release["stages"].as_array().unwrap();
        stages.iter().any(|stage| stage["name"] == "pwaapi")
    };
    let releases = world["devops"]["releases"].as_array().unwrap().iter();
    let ids = releases.filter(has_stage).map(|release| release["id"].as_u64().unwrap());
    let elsewhere = json!({
        "change": "release_task", "release": ids.max().unwrap(), "stage": "pwaapi",
        "task": "Deploy prod2pwaapi", "input": "WebAppName", "value": "nowhere",
    });
    stage.cloud.change(&elsewhere).unwrap();
    let words = ["resume", run_of(&waits), "--yes", "--json"];
    let failed = summary(&stage.windlass(&words).run().unwrap(), 1, "resume");
    assert!(why(&failed).contains("it is version 7.1.214.1, not 7.1.214.3"), "{failed}");
}

/// A build of main may come to qa4 by itself: a human is asked before anything is touched.
#[test]
fn d23_the_set_up_asks_where_a_trigger_makes_it_possible() {
    let stage = Stage::new().unwrap();
    let trigger = json!({
        "change": "trigger", "definition": 7, "branch": "main", "automatic_stages": ["qa4"],
    });
    stage.cloud.change(&trigger).unwrap();
    let before = stage.cloud.ledger().unwrap().len();
    let waits = asks(&stage, "hotfix_qa4_setup");
    assert!(waits["next"].to_string().contains(" triggers_known --yes"), "{waits}");
    let ledger = stage.cloud.ledger().unwrap();
    assert_eq!(ledger.len(), before, "nothing was touched: {ledger:?}");
    let words = ["answer", run_of(&waits), "triggers_known", "--no", "--json"];
    let answered = summary(&stage.windlass(&words).run().unwrap(), 1, "answered no");
    assert!(why(&answered).contains("triggers_known"), "{answered}");
    assert_eq!(targets(&stage, "stage_deployed"), Vec::<String>::new());
}

/// The database that is to be reused is looked for before the apps stop for it.
#[test]
fn the_set_up_reuses_no_database_that_is_not_there() {
    let stage = Stage::new().unwrap();
    let refused = ends(&stage, "hotfix_qa4_setup", &["--input", "reuse_database=true"], 1);
    assert!(why(&refused).contains("no database dispatcherqa4prod7"), "{refused}");
    assert_eq!(targets(&stage, "app_stopped"), Vec::<String>::new());
    assert_eq!(targets(&stage, "connection_strings_set"), Vec::<String>::new());
}
