//! `xtask licences`: licences, sources and bans over the lock file. It must not know the lists.

use crate::supply::audit;
use crate::talk::say;
use crate::{metadata, process};
use anyhow::{Result, bail};

/// Checks licences, sources and banned packages of everything in Cargo.lock.
#[derive(Debug, clap::Args)]
pub struct LicencesArgs {}

/// Audits the lock file as it is; a stale one fails in cargo's own words.
pub fn run() -> Result<()> {
    let metadata = metadata::everything()?;
    let found = audit::audit(&metadata);
    for line in &found {
        say(line);
    }
    if !found.is_empty() {
        let tree = process::describe(&process::command("cargo", &["tree", "-i", "PACKAGE"]));
        bail!("{} packages are not as they should be; `{tree}` shows who asks", found.len());
    }
    say(format!("{} packages, all of them allowed", metadata.packages.len()));
    Ok(())
}
