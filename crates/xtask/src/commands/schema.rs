//! `xtask schema`: writes what is generated from the code, or checks that it is up to date. It
//! must not know what the files say: the binary writes them.

use crate::talk::say;
use crate::{repo, windlass};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::Path;

/// Regenerates the files that are generated from the code.
#[derive(Debug, clap::Args)]
pub struct SchemaArgs {
    /// Compares instead of writing, and fails when a file differs.
    #[arg(long)]
    pub check: bool,
}

/// A generated file, and the words that make windlass print it.
struct Generated {
    path: &'static str,
    verb: &'static [&'static str],
}

/// Every generated file of the repository; one line each.
const GENERATED: [Generated; 3] = [
    Generated { path: "docs/workflow.schema.json", verb: &["schema"] },
    Generated { path: "docs/environment.schema.json", verb: &["schema", "--of", "environment"] },
    Generated { path: "docs/format.md", verb: &["schema", "--of", "reference"] },
];

/// The folder whose pages are generated, all of them.
const PAGES: &str = "docs/actions";

/// Where the fresh pages are put for comparing; below `target`, which nobody commits.
const FRESH_PAGES: &str = "target/xtask/actions";

/// Writes or compares every generated file.
pub fn run(arguments: &SchemaArgs) -> Result<()> {
    let mut stale = Vec::new();
    for file in &GENERATED {
        settle(file.path, Some(&generate(file)?), arguments.check, &mut stale)?;
    }
    let fresh = fresh_pages()?;
    for (file, text) in &fresh {
        settle(&format!("{PAGES}/{file}"), Some(text), arguments.check, &mut stale)?;
    }
    for old in names(&repo::at(PAGES)).into_iter().filter(|file| !fresh.contains_key(file)) {
        settle(&format!("{PAGES}/{old}"), None, arguments.check, &mut stale)?;
    }
    if !stale.is_empty() {
        bail!("{} differs from the code; run `cargo xtask schema`", stale.join(", "));
    }
    Ok(())
}

/// Writes one file, or takes it away where nothing generates it, or only notes that it differs.
fn settle(name: &str, fresh: Option<&str>, check: bool, stale: &mut Vec<String>) -> Result<()> {
    let path = repo::at(name);
    let present = std::fs::read_to_string(&path).ok();
    if fresh == present.as_deref() {
        say(format!("{name} is up to date"));
    } else if check {
        let line = first_difference(&present.unwrap_or_default(), fresh.unwrap_or_default());
        stale.push(format!("{name} (from line {line})"));
    } else if let Some(fresh) = fresh {
        std::fs::create_dir_all(path.parent().unwrap_or(&path))
            .and_then(|()| std::fs::write(&path, fresh))
            .with_context(|| format!("failed to write {name}"))?;
        say(format!("wrote {name}"));
    } else {
        std::fs::remove_file(&path).with_context(|| format!("failed to remove {name}"))?;
        say(format!("removed {name}, which nothing generates"));
    }
    Ok(())
}

/// The pages as the binary writes them now, by file name.
fn fresh_pages() -> Result<BTreeMap<String, String>> {
    let folder = repo::at(FRESH_PAGES);
    drop(std::fs::remove_dir_all(&folder));
    let verb = ["schema", "--of", "actions", "--into", FRESH_PAGES];
    windlass::read(&verb)?;
    let pages = names(&folder);
    if pages.is_empty() {
        bail!("`windlass {}` wrote nothing", verb.join(" "));
    }
    let read = |file: String| Ok((file.clone(), std::fs::read_to_string(folder.join(file))?));
    pages.into_iter().map(read).collect()
}

/// The names of a folder's files; none where there is no folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// The verb that prints the schema; without it there is nothing to compare with.
const VERB: &str = "crates/cli/src/commands/schema.rs";

/// Compares, for `xtask test`; the remark says when the verb is not written yet.
pub fn check() -> Result<Option<String>> {
    if !repo::at(VERB).exists() {
        return Ok(Some(format!("not compared: there is no {VERB} yet")));
    }
    run(&SchemaArgs { check: true }).map(|()| None)
}

fn generate(file: &Generated) -> Result<String> {
    let text = windlass::read(file.verb).with_context(|| {
        format!(
            "failed to generate {}: `windlass {}` must print it",
            file.path,
            file.verb.join(" ")
        )
    })?;
    if text.trim().is_empty() {
        bail!("`windlass {}` printed nothing; {} comes from it", file.verb.join(" "), file.path);
    }
    Ok(format!("{}\n", text.trim_end()))
}

/// Returns the first line, counted from 1, in which two texts differ.
fn first_difference(one: &str, other: &str) -> usize {
    let same = one.lines().zip(other.lines()).take_while(|(a, b)| a == b).count();
    same + 1
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn the_first_different_line_is_named() {
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), 2);
        assert_eq!(first_difference("", "a\n"), 1);
        assert_eq!(first_difference("a\n", "a\nb\n"), 2);
    }
}
