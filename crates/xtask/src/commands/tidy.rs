//! `xtask tidy`: the house's own rules over all tracked files. It must not know the rules.

use crate::repo;
use crate::talk::say;
use crate::tidy::{all, sizes, tree::Tree, wrap};
use anyhow::{Context, Result, bail};

/// Checks crate edges, import circles, sizes, words, paths and headers.
#[derive(Debug, clap::Args)]
pub struct TidyArgs {
    /// Breaks comment lines that are too long in these files or folders, then checks all.
    #[arg(long, value_name = "PATH")]
    wrap: Vec<String>,
}

/// Does what the arguments ask for.
pub fn run(arguments: &TidyArgs) -> Result<()> {
    if !arguments.wrap.is_empty() {
        wrap_below(&arguments.wrap)?;
    }
    check()
}

/// Breaks long comment lines in the files whose path begins with one of these.
fn wrap_below(paths: &[String]) -> Result<()> {
    let tree = Tree::load()?;
    for file in tree.rust().filter(|file| paths.iter().any(|path| file.path.starts_with(path))) {
        if let Some(wrapped) = wrap::wrap(&file.text) {
            std::fs::write(repo::at(&file.path), wrapped)
                .with_context(|| format!("failed to write {}", file.path))?;
            say(format!("wrapped {}", file.path));
        }
    }
    Ok(())
}

/// Checks the whole tree; every finding is one line.
pub fn check() -> Result<()> {
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
