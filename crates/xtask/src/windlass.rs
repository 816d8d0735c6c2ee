//! The binary that chores run, built as the tests build it: cargo unites the features of what it
//! builds together, so that another choice of packages builds everything once more.

use crate::{metadata, process};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// How the tests of the binary are built; the binary is built with them.
const BUILD: [&str; 7] =
    ["test", "--quiet", "--locked", "--no-run", "--workspace", "--test", "main"];

/// The binary for trying: its path.
pub fn built() -> Result<PathBuf> {
    build("debug", &[])
}

/// The binary as it is released, and beside it the tests that are run optimized: its path.
pub fn released() -> Result<PathBuf> {
    build("release", &["--release", "--test", "simulation"])
}

/// Runs the binary for trying, and returns what it prints.
pub fn read(words: &[&str]) -> Result<String> {
    process::read(&built()?.display().to_string(), words)
}

fn build(profile: &str, more: &[&str]) -> Result<PathBuf> {
    process::stream(&process::cargo(), &[&BUILD[..], more].concat())
        .context("failed to build windlass")?;
    let target = metadata::workspace()?.target_directory;
    Ok(Path::new(&target).join(profile).join("windlass"))
}
