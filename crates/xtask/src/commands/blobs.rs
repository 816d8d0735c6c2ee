//! `xtask test --only blobs`: the actions on stores against Azurite and against moto's S3, which
//! are installed by their packages' names. It must not know what is tested: that is the tests' own.

use super::venv;
use crate::talk::say;
use crate::{process, repo};
use anyhow::{Context, Result, bail};
use std::path::Path;

/// Azurite's package, with its version.
const AZURITE: &str = "azurite@3.35.0";

/// moto's packages, with their versions.
const REQUIREMENTS: &str = "crates/executors/tests/blobs/requirements.txt";

/// Where they are installed, once for all runs; below `target`, which nobody commits.
const HOME: &str = "target/xtask/blobs";

/// The tests.
const TESTS: [&str; 5] = ["test", "--locked", "--workspace", "--test", "blobs"];

/// Runs the tests; the remark says against what, or why not.
pub fn check() -> Result<Option<String>> {
    let home = repo::at(HOME);
    if let Some(why) = lacks(&home)? {
        let remark = format!("NOT DRIVEN: {why}");
        say(&remark);
        return Ok(Some(remark));
    }
    let mut command = process::command(&process::cargo(), &TESTS);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    let mut counted = None;
    let good = process::each_line(command, |line| {
        say(line);
        if let Some(rest) = line.strip_prefix("test result: ok. ") {
            counted = rest.split_once(" passed").map(|(count, _)| count.to_owned());
        }
    })?;
    match counted {
        Some(count) if good && count != "0" => {
            Ok(Some(format!("{count} tests against Azurite and moto's S3")))
        }
        _ => bail!("the tests against Azurite and moto's S3 failed; their words are above"),
    }
}

/// Installs what is not there; why that cannot be.
fn lacks(home: &Path) -> Result<Option<String>> {
    std::fs::create_dir_all(home).with_context(|| format!("failed to make {}", home.display()))?;
    if let Some(why) = azurite(home)? {
        return Ok(Some(why));
    }
    let python = home.join("python");
    Ok(venv::installed(&python, REQUIREMENTS)?.err())
}

fn azurite(home: &Path) -> Result<Option<String>> {
    let mark = home.join("azurite.txt");
    let program = home.join("node_modules/.bin/azurite-blob");
    if program.exists() && std::fs::read_to_string(&mark).is_ok_and(|known| known == AZURITE) {
        return Ok(None);
    }
    say(format!("installing `{AZURITE}` by npm for the tests against a real store"));
    let place = home.display().to_string();
    let install = ["install", "--prefix", &place, "--no-audit", "--no-fund", "--no-save"];
    let rest = ["--ignore-scripts", AZURITE];
    if let Some(why) = venv::complaint("npm", &[&install[..], &rest[..]].concat())? {
        return Ok(Some(format!("npm cannot install Azurite ({why})")));
    }
    if !program.exists() {
        return Ok(Some("npm installed Azurite without its program".to_owned()));
    }
    std::fs::write(&mark, AZURITE)
        .with_context(|| format!("failed to write {}", mark.display()))?;
    Ok(None)
}
