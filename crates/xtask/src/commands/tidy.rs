//! `xtask tidy`: the house's own rules over all tracked files. It must not know the rules.

use crate::talk::say;
use crate::tidy::{all, sizes, tree::Tree};
use anyhow::{Result, bail};

/// Checks crate edges, import circles, sizes, words, paths and headers.
#[derive(Debug, clap::Args)]
pub struct TidyArgs {}

/// Checks the whole tree; every finding is one line.
pub fn run() -> Result<()> {
    let tree = Tree::load()?;
    let findings = all::check(&tree);
    for finding in &findings {
        say(finding);
    }
    let (files, median) = (tree.rust().count(), sizes::median(&tree));
    say(format!("{files} Rust files, median {median} lines"));
    if median > sizes::MEDIAN_LINES_WARN {
        say(format!("warning: the median is over {}", sizes::MEDIAN_LINES_WARN));
    }
    match findings.len() {
        0 => Ok(()),
        count => bail!("tidy found {count} things; each line above says what to do"),
    }
}
