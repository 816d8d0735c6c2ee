//! `xtask test --only clients`: Azure's own Python clients, unmodified, drive the simulator through
//! the operations that windlass uses. It must not know what they do: that is the script's.

use super::venv;
use crate::talk::say;
use crate::{process, repo, windlass};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::Path;

/// What the clients do.
const SCRIPT: &str = "crates/azure-sim/tests/clients/drive.py";

/// Which clients, with their versions.
const REQUIREMENTS: &str = "crates/azure-sim/tests/clients/requirements.txt";

/// Where they are installed, once for all runs; below `target`, which nobody commits.
const HOME: &str = "target/xtask/clients";

/// The environment whose simulator is driven: an hour of it passes in a second.
const ENVIRONMENT: &str = "workflows/environments/rehearsal.yaml";

/// Drives the simulator; the remark says how many operations, or why none.
pub fn check() -> Result<Option<String>> {
    let home = repo::at(HOME);
    let python = match venv::installed(&home, REQUIREMENTS)? {
        Ok(python) => python,
        Err(why) => {
            let remark = format!("NOT DRIVEN: {why}");
            say(&remark);
            return Ok(Some(remark));
        }
    };
    let store = home.join("store");
    drop(std::fs::remove_dir_all(&store));
    let store = store.display().to_string();
    simulate(&store, &["start"])?;
    let driven = drive(&store, &python);
    let stopped = simulate(&store, &["stop"]);
    let remark = driven?;
    stopped?;
    Ok(Some(remark))
}

fn simulate(store: &str, verb: &[&str]) -> Result<String> {
    let place = ["--store", store, "--json", "simulate", "--env", ENVIRONMENT];
    windlass::read(&[&place[..], verb].concat())
}

/// Runs the script, and returns what it ended with.
fn drive(store: &str, python: &Path) -> Result<String> {
    let status = simulate(store, &["status"])?;
    let status: Value = serde_json::from_str(&status).context("failed to read the status")?;
    let Some(address) = status["address"].as_str() else {
        bail!("failed to find the simulator: its status names no address");
    };
    let mut script =
        process::command(&python.display().to_string(), &[SCRIPT, &format!("http://{address}")]);
    script.env("PYTHONDONTWRITEBYTECODE", "1");
    let mut last = String::new();
    let good = process::each_line(script, |line| {
        say(line);
        line.clone_into(&mut last);
    })?;
    match last.strip_prefix("operations ") {
        Some(count) if good => Ok(format!("{count} operations by Azure's clients")),
        _ => bail!("Azure's clients and the simulator do not agree; their words are above"),
    }
}
