//! `xtask test --only clients`: Azure's own Python clients, unmodified, drive the simulator through
//! the operations that windlass uses. It must not know what they do: that is the script's.

use crate::talk::say;
use crate::{process, repo};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// What the clients do.
const SCRIPT: &str = "crates/azure-sim/tests/clients/drive.py";

/// Which clients, with their versions.
const REQUIREMENTS: &str = "crates/azure-sim/tests/clients/requirements.txt";

/// Where they are installed, once for all runs; below `target`, which nobody commits.
const HOME: &str = "target/xtask/clients";

/// The environment whose simulator is driven: an hour of it passes in a second.
const ENVIRONMENT: &str = "workflows/environments/rehearsal.yaml";

/// How the binary is run.
const WINDLASS: [&str; 6] = ["run", "--quiet", "--locked", "--package", "windlass", "--"];

/// Drives the simulator; the remark says how many operations, or why none.
pub fn check() -> Result<Option<String>> {
    let home = repo::at(HOME);
    let python = match installed(&home)? {
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

/// The interpreter that knows the clients, or why there is none.
fn installed(home: &Path) -> Result<Result<PathBuf, String>> {
    let python = home.join("bin/python");
    let wanted = std::fs::read_to_string(repo::at(REQUIREMENTS))
        .with_context(|| format!("failed to read {REQUIREMENTS}"))?;
    let mark = home.join("installed.txt");
    if python.exists() && std::fs::read_to_string(&mark).is_ok_and(|known| known == wanted) {
        return Ok(Ok(python));
    }
    let place = home.display().to_string();
    if let Some(why) = complaint("python3", &["-m", "venv", "--clear", &place])? {
        return Ok(Err(format!("python3 makes no environment of its own ({why})")));
    }
    let inner = python.display().to_string();
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    if let Some(why) = complaint(&inner, &[&install[..], &[REQUIREMENTS]].concat())? {
        return Ok(Err(format!("pip cannot install the clients ({why})")));
    }
    std::fs::write(&mark, wanted).with_context(|| format!("failed to write {}", mark.display()))?;
    Ok(Ok(python))
}

/// The last line that a program complained with; none where it succeeded.
fn complaint(program: &str, arguments: &[&str]) -> Result<Option<String>> {
    let Ok(output) = process::capture(program, arguments) else {
        return Ok(Some(format!("there is no {program}")));
    };
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
    Ok((!output.status.success()).then(|| last.trim().to_owned()))
}

fn simulate(store: &str, verb: &[&str]) -> Result<String> {
    let place = ["--store", store, "--json", "simulate", "--env", ENVIRONMENT];
    process::read(&process::cargo(), &[&WINDLASS[..], &place[..], verb].concat())
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
