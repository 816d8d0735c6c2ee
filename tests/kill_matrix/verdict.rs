//! Judging a case: each effect once, the world as without a crash, the invariant at every moment.

use crate::stage::{Stage, expect_code};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The prefix of a database that fits `prod` builds only.
const PROD_DATABASE: &str = "dispatcherqa4prod";

/// What happens without a crash.
#[derive(Clone, Copy, Debug)]
pub enum Story {
    /// The set-up.
    Setup,
    /// The set-up, then its rollback.
    SetupRolledBack,
    /// The set-up, then the restore.
    Restore,
    /// The set-up, the restore, and the restore's rollback.
    RestoreRolledBack,
}

/// Effects and how often they took place, by kind and target.
type Effects = BTreeMap<(String, String), usize>;

/// What a story leaves.
type Left = (Effects, Value);

/// The ledger holds each effect as often as without a crash, and the world is the same.
pub fn same_as_clean(stage: &Stage, story: Story) -> Result<(), String> {
    static CLEAN: [OnceLock<Result<Left, String>>; 4] = [const { OnceLock::new() }; 4];
    let clean = CLEAN[story as usize].get_or_init(|| play(story)).clone()?;
    let (effects, world) = left(stage)?;
    for key in clean.0.keys().chain(effects.keys()) {
        let (want, have) = (clean.0.get(key).unwrap_or(&0), effects.get(key).unwrap_or(&0));
        if want != have {
            return Err(format!(
                "{} of {} stands {have} times in the ledger, not {want}",
                key.0, key.1
            ));
        }
    }
    compare(&clean.1, &world, "without a crash")
}

/// Sites and databases are as they were, byte for byte.
pub fn put_back(before: &Value, stage: &Stage) -> Result<(), String> {
    compare(&seen(before), &seen(&stage.cloud.world()?), "before")
}

/// Never a running `main` build on the prod-based database, at any line of the ledger.
pub fn invariant_held(stage: &Stage) -> Result<(), String> {
    for line in stage.cloud.ledger()? {
        let detail = &line["detail"];
        let apps = detail["apps"].as_array().cloned().unwrap_or_else(|| vec![detail.clone()]);
        for app in apps {
            let on_prod =
                app["database"].as_str().is_some_and(|name| name.starts_with(PROD_DATABASE));
            if app["running"] == json!(true) && app["branch"] == json!("main") && on_prod {
                return Err(format!("the invariant broke at {line}"));
            }
        }
    }
    Ok(())
}

fn play(story: Story) -> Result<Left, String> {
    let stage = Stage::new()?;
    let run = |workflow: &str| -> Result<String, String> {
        expect_code(&stage.start(workflow).run()?, 0, &format!("a clean {workflow}"))?;
        stage.newest_run()?.ok_or_else(|| "no run is listed".to_owned())
    };
    let undo = |run: &str| -> Result<(), String> {
        let undone = stage.windlass(&["rollback", run, "--yes", "--json"]).run()?;
        expect_code(&undone, 5, "a clean rollback")
    };
    let setup = run("hotfix_qa4_setup")?;
    match story {
        Story::Setup => {}
        Story::SetupRolledBack => undo(&setup)?,
        Story::Restore => drop(run("hotfix_qa4_restore")?),
        Story::RestoreRolledBack => undo(&run("hotfix_qa4_restore")?)?,
    }
    invariant_held(&stage)?;
    left(&stage)
}

fn left(stage: &Stage) -> Result<Left, String> {
    let mut effects = Effects::new();
    for line in stage.cloud.ledger()? {
        let word = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        *effects.entry((word("effect"), word("target"))).or_default() += 1;
    }
    Ok((effects, seen(&stage.cloud.world()?)))
}

/// What counts of a world: no stamps, no ids, no times.
pub fn seen(world: &Value) -> Value {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let app = |app: &Value| {
        json!({
            "running": app["running"],
            "connection_strings": app["connection_strings"],
            "app_settings": app["app_settings"],
            "branch": app["deployed"]["branch"],
            "version": app["deployed"]["version"],
        })
    };
    let sites: Vec<Value> = list(&world["sites"])
        .iter()
        .map(|site| {
            let inner = if site["app"].is_object() { &site["app"] } else { site };
            json!({ "name": site["name"], "app": app(inner), "sticky": site["sticky"] })
        })
        .collect();
    let databases: Vec<Value> = list(&world["servers"])
        .iter()
        .flat_map(|server| list(&server["databases"]))
        .map(|database| json!({ "name": database["name"], "status": database["status"] }))
        .collect();
    json!({ "sites": sites, "databases": databases })
}

fn compare(want: &Value, have: &Value, when: &str) -> Result<(), String> {
    if want == have {
        return Ok(());
    }
    for part in ["sites", "databases"] {
        if want[part] != have[part] {
            return Err(format!(
                "the {part} are not as {when}: {} in place of {}",
                have[part], want[part]
            ));
        }
    }
    Err("the worlds differ".to_owned())
}
