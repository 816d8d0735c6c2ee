//! Reads what `cargo metadata` says of the workspace and its dependencies. It must not judge any
//! of it: the rules do.

use crate::process;
use anyhow::{Context, Result};
use serde::Deserialize;

/// What `cargo metadata` prints, as far as the rules need it.
#[derive(Debug, Deserialize)]
pub struct Metadata {
    /// All packages that were asked for.
    pub packages: Vec<Package>,
    /// Where cargo builds.
    pub target_directory: String,
    /// Who uses whom, when it was asked for.
    pub resolve: Option<Resolve>,
}

/// The resolved graph.
#[derive(Debug, Deserialize)]
pub struct Resolve {
    /// One a package.
    pub nodes: Vec<Node>,
}

/// A package and what it really uses, features considered.
#[derive(Debug, Deserialize)]
pub struct Node {
    /// The package's id.
    pub id: String,
    /// The ids of what it uses.
    pub dependencies: Vec<String>,
}

/// One package.
#[derive(Debug, Deserialize)]
pub struct Package {
    /// Its id in the resolved graph.
    pub id: String,
    /// Its name in the registry or in the workspace.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its SPDX expression, where it gives one.
    pub license: Option<String>,
    /// `None` for a package of this workspace.
    pub source: Option<String>,
    /// What its manifest names.
    pub dependencies: Vec<Dependency>,
    /// Where its manifest lies on this machine.
    pub manifest_path: String,
}

/// One line of a manifest's dependencies.
#[derive(Debug, Deserialize)]
pub struct Dependency {
    /// The package that is depended on.
    pub name: String,
    /// `None` for a normal one, else `dev` or `build`.
    pub kind: Option<String>,
}

/// Reads the workspace's own packages; needs no network and no lock file.
pub fn workspace() -> Result<Metadata> {
    run(&["metadata", "--format-version", "1", "--no-deps", "--offline"])
}

/// Reads every package that the lock file holds, for all platforms.
pub fn everything() -> Result<Metadata> {
    run(&["metadata", "--format-version", "1", "--locked"])
}

fn run(arguments: &[&str]) -> Result<Metadata> {
    let text = process::read(&process::cargo(), arguments)
        .context("failed to ask cargo for the packages; `cargo check` tells more")?;
    serde_json::from_str(&text).context("failed to read what `cargo metadata` printed")
}
