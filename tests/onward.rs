//! The ways out of a release that stands still past its migrations: what leads on is told beside
//! what leads back, taken literally it leads out, and nobody goes on without what the migrations
//! stood on.

use crate::stage::{Stage, expect_code};
use crate::traps::{ends, fails, prepared, soon, targets};
use serde_json::{Value, json};

/// A release whose backup failed in Azure, production being well.
fn without_backup() -> (Stage, Value) {
    let (stage, at) = prepared();
    fails(&stage, "POST", "/databases/DispatcherProd2old/export");
    let failed = ends(&stage, "release", &["--input", &at], 1);
    stage.cloud.calm().unwrap();
    (stage, failed)
}

/// The commands that a run tells to type next.
fn next(summary: &Value) -> Vec<String> {
    let told = summary["next"].as_array().unwrap().iter();
    told.map(|command| command.as_str().unwrap().to_owned()).collect()
}

fn on_and_back(summary: &Value) -> (String, String) {
    let next = next(summary);
    let of = |file: &str| {
        let at = next.iter().position(|command| command.contains(file));
        at.unwrap_or_else(|| panic!("{file}: {next:?}"))
    };
    let (on, back) = (of("/release.yaml"), of("/rollback_release.yaml"));
    assert!(on < back, "what takes nothing away comes first: {next:?}");
    (next[on].clone(), next[back].clone())
}

/// The inputs that a command gives, and what it takes over.
fn given(command: &str) -> Vec<&str> {
    command.split(' ').skip_while(|word| *word != "--input").collect()
}

#[test]
fn d05_what_leads_on_past_the_migrations_is_told_and_leads_out() {
    let (stage, failed) = without_backup();
    let run = failed["run"].as_str().unwrap();
    let (on, _) = on_and_back(&failed);
    assert!(on.contains("--input reuse_old_database=true"), "{on}");
    assert!(on.ends_with(&format!("--takes-over {run}")), "{on}");
    assert!(next(&failed).iter().all(|command| !command.contains("skip")), "{failed}");
    let skip = ["step", "skip", run, "export", "--reason", "no time", "--yes"];
    let refused = stage.windlass(&skip).run().unwrap();
    expect_code(&refused, 1, "skip").unwrap();
    assert!(
        refused.stderr.contains("delete_old, delete_old_last requires what it gives"),
        "{}",
        refused.stderr
    );

    // Whoever went back as far as that goes loses neither way.
    let told = stage.windlass(&["show", run]).run().unwrap().stdout;
    assert!(told.contains("nothing in this run leads on after it"), "{told}");
    let back = ["rollback", run, "--to", "deploy_rnapi_migrating", "--yes", "--json"];
    let paused = stage.windlass(&back).run().unwrap();
    let paused: Value = serde_json::from_str(paused.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(paused["phase"], "paused", "{paused}");
    let (on, _) = on_and_back(&paused);

    let at = soon(&stage);
    ends(&stage, "release", &[given(&on), vec!["--input", &at]].concat(), 0);
    let deleted = targets(&stage, "database_deleted");
    assert!(deleted.last().unwrap().contains("DispatcherProd2old"), "{deleted:?}");
}

/// Another run, or a colleague, took back what the migrations were begun because of: the new build
/// would come to the old data.
#[test]
fn d13_a_release_whose_kept_copy_is_gone_does_not_go_on() {
    let (stage, failed) = without_backup();
    let run = failed["run"].as_str().unwrap();
    let gone = json!({
        "change": "rename_database", "server": "sql-prod", "name": "DispatcherProd2old",
        "to": "keepme",
    });
    stage.cloud.change(&gone).unwrap();
    let before = stage.cloud.ledger().unwrap().len();
    let stops = stage.windlass(&["resume", run, "--yes"]).run().unwrap();
    expect_code(&stops, 6, "resume").unwrap();
    let said = stops.stdout + &stops.stderr;
    assert!(said.contains("look first who took it") && said.contains("cancel"), "{said}");
    assert!(!said.contains("accept` goes on"), "{said}");
    let accepts = ["resume", run, "--yes", "--drift", "accept"];
    let refused = stage.windlass(&accepts).run().unwrap();
    expect_code(&refused, 1, "accept").unwrap();
    let said = &refused.stderr;
    assert!(said.contains("`deploy_rnapi_migrating` was begun because of it"), "{said}");
    assert_eq!(stage.cloud.ledger().unwrap().len(), before, "nothing is done");
    // Who takes it upon himself is let through, to what fails for want of it.
    let taken = [&accepts[..], &["--past-guard"]].concat();
    let ended = stage.windlass(&taken).run().unwrap();
    assert!(!ended.stderr.contains("was begun because of it"), "{}", ended.stderr);
    let deleted = targets(&stage, "database_deleted");
    assert!(deleted.iter().all(|one| !one.contains("Prod2old")), "{deleted:?}");
}
