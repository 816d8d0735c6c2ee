//! Judging a case: what is there afterwards, what was done how often, what still runs.

use super::place::{Place, names};
use crate::stage::expect_code;
use serde_json::{Value, json};
use std::sync::OnceLock;

/// What is there.
pub fn world(place: &Place) -> Result<Value, String> {
    let sql = |database: &str, order: &str| {
        place.ask("psql", &["--no-psqlrc", "--tuples-only", "--no-align", "-c", order, database])
    };
    let databases = "select datname from pg_database where datname not like 'template%' order by 1";
    let git = |words: &[&str]| place.ask("git", &[&["-C", "remote.git"], words].concat());
    // By parentage: two commits of one second have no order by their dates.
    let log = |repository: &str, branch: &str| {
        let words = ["-C", repository, "log", "--topo-order", "--format=%s", branch];
        place.ask("git", &words)
    };
    let link = |name: &str| {
        std::fs::read_link(place.root().join(name).join("current")).map_err(|e| e.to_string())
    };
    Ok(json!({
        "databases": sql("postgres", databases)?,
        "users": sql("shop", "select row_to_json(users) from users order by id")?,
        "prod": log("remote.git", "prod")?,
        "main": log("remote.git", "main")?,
        "tags": git(&["tag"])?,
        "branch": log("clone", "prod").ok(),
        "links": [link("api")?, link("web")?],
        "versions": place.versions()?,
        "backups": names(&place.root().join("backups")),
        "left": names(&place.root()).into_iter().filter(|n| n.starts_with('.')).collect::<Vec<_>>(),
    }))
}

/// How often things were done that leave a trace each time.
fn done(place: &Place) -> Result<Value, String> {
    let started = |name: &str| {
        let ledger = std::fs::read_to_string(place.root().join(name).join("ledger"));
        ledger.map(|text| text.lines().count()).map_err(|e| e.to_string())
    };
    let order = "select count(*) from windlass.applied";
    let words = ["--no-psqlrc", "--tuples-only", "--no-align", "-c", order, "shop"];
    Ok(json!({
        "api": started("api")?,
        "web": started("web")?,
        "migrated": place.ask("psql", &words)?,
    }))
}

fn compare(want: &Value, have: &Value, when: &str) -> Result<(), String> {
    let Some(all) = want.as_object() else { return Err("no world".to_owned()) };
    match all.iter().find(|(key, value)| have[key.as_str()] != **value) {
        None => Ok(()),
        Some((key, value)) => {
            Err(format!("{key} is not as {when}: {} in place of {value}", have[key.as_str()]))
        }
    }
}

/// The world is as without a crash, and nothing was done once more.
pub fn same_as_clean(place: &Place) -> Result<(), String> {
    static CLEAN: OnceLock<Result<(Value, Value), String>> = OnceLock::new();
    let play = || {
        let place = Place::set_up()?;
        expect_code(&place.release(true).run()?, 0, "a clean release")?;
        nothing_runs(&place)?;
        Ok((world(&place)?, done(&place)?))
    };
    let (clean, counts) = CLEAN.get_or_init(play).clone()?;
    compare(&clean, &world(place)?, "without a crash")?;
    compare(&counts, &done(place)?, "often as without a crash")
}

/// The world is as it was.
pub fn put_back(place: &Place, before: &Value) -> Result<(), String> {
    compare(before, &world(place)?, "before")
}

/// Nothing runs but the services.
pub fn nothing_runs(place: &Place) -> Result<(), String> {
    match place.processes().1 {
        left if left.is_empty() => Ok(()),
        left => Err(format!("processes are left running: {left:?}")),
    }
}
