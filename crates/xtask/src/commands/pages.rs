//! `xtask test --only pages`: what windlass draws, looked at in a real browser. The browser comes
//! by the distribution's package, what steers it by npm. It must not know what is looked at: that
//! is the tests' own.

use super::venv;
use crate::require::{CHROMIUM, require};
use crate::talk::say;
use crate::{process, repo};
use anyhow::{Context, Result, bail};
use std::path::Path;

/// What steers the browser, with its version; it brings no browser of its own.
const PLAYWRIGHT: &str = "playwright-core@1.65.1";

/// Where it is installed, once for all runs; below `target`, which nobody commits.
const HOME: &str = "target/xtask/pages";

/// The tests.
const TESTS: [&str; 5] = ["test", "--locked", "--workspace", "--test", "seen"];

/// Runs the tests; the remark says how many, or why none.
pub fn check() -> Result<Option<String>> {
    if let Some(why) = lacks(&repo::at(HOME))? {
        let remark = format!("NOT LOOKED AT: {why}");
        say(&remark);
        return Ok(Some(remark));
    }
    let mut counted = None;
    let command = process::command(&process::cargo(), &TESTS);
    let good = process::each_line(command, |line| {
        say(line);
        if let Some(rest) = line.strip_prefix("test result: ok. ") {
            counted = rest.split_once(" passed").map(|(count, _)| count.to_owned());
        }
    })?;
    match counted {
        Some(count) if good && count != "0" => Ok(Some(format!("{count} tests in Chromium"))),
        _ => bail!("what windlass draws is not as it should be; the words are above"),
    }
}

/// Installs what is not there; why that cannot be.
fn lacks(home: &Path) -> Result<Option<String>> {
    std::fs::create_dir_all(home).with_context(|| format!("failed to make {}", home.display()))?;
    if let Err(error) = require(&CHROMIUM) {
        return Ok(Some(format!("there is no browser ({error:#})")));
    }
    let mark = home.join("playwright.txt");
    let module = home.join("node_modules/playwright-core/package.json");
    if module.exists() && std::fs::read_to_string(&mark).is_ok_and(|known| known == PLAYWRIGHT) {
        return Ok(None);
    }
    say(format!("installing `{PLAYWRIGHT}` by npm for the tests in a browser"));
    let place = home.display().to_string();
    let install = ["install", "--prefix", &place, "--no-audit", "--no-fund", "--no-save"];
    let rest = ["--ignore-scripts", PLAYWRIGHT];
    if let Some(why) = venv::complaint("npm", &[&install[..], &rest[..]].concat())? {
        return Ok(Some(format!("npm cannot install what steers the browser ({why})")));
    }
    std::fs::write(&mark, PLAYWRIGHT)
        .with_context(|| format!("failed to write {}", mark.display()))?;
    Ok(None)
}
