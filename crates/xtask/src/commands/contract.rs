//! `xtask contract`: derives the table of facts from the specifications, which are not part of the
//! repository, and compares it with the committed one. It must not know what a fact is.

use crate::contract::table;
use crate::repo;
use crate::talk::say;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// Derives the contract's table from the OpenAPI files.
#[derive(Debug, clap::Args)]
pub struct ContractArgs {
    /// Compares instead of writing, and fails when the committed table differs.
    #[arg(long)]
    check: bool,
    /// Where operations.json and the OpenAPI files lie.
    #[arg(long, value_name = "DIR")]
    specs: Option<PathBuf>,
}

/// The table that is committed.
const TABLE: &str = "crates/contract/azure.json";

/// Where the specifications lie beside a checkout of the team.
const SPECS: &str = "../shared/azure/specs";

/// Writes or compares the table.
pub fn run(arguments: &ContractArgs) -> Result<()> {
    let folder = arguments.specs.clone().unwrap_or_else(|| repo::at(SPECS));
    if arguments.check {
        let remark = compare(&folder)?;
        say(remark.as_deref().unwrap_or("the table is up to date"));
        return Ok(());
    }
    let fresh = table::derive(&folder)?;
    std::fs::write(repo::at(TABLE), &fresh).with_context(|| format!("failed to write {TABLE}"))?;
    say(format!("wrote {TABLE}, {} lines", fresh.lines().count()));
    Ok(())
}

/// Compares, for `xtask test`; the remark says when there was nothing to compare with.
pub fn check() -> Result<Option<String>> {
    compare(&repo::at(SPECS))
}

fn compare(folder: &Path) -> Result<Option<String>> {
    if !folder.join("operations.json").exists() {
        return Ok(Some(format!("{SPECS} is not here: the committed table alone was used")));
    }
    let fresh = table::derive(folder)?;
    let present = std::fs::read_to_string(repo::at(TABLE)).unwrap_or_default();
    if fresh != present {
        bail!("{TABLE} differs from the specifications; run `cargo xtask contract`");
    }
    Ok(None)
}
