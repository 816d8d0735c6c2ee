//! `xtask schema`: writes what is generated from the code, or checks that it is up to date. It
//! must not know what the files say: the binary writes them.

use crate::talk::say;
use crate::{process, repo};
use anyhow::{Context, Result, bail};

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
const GENERATED: [Generated; 4] = [
    Generated { path: "docs/workflow.schema.json", verb: &["schema"] },
    Generated { path: "docs/environment.schema.json", verb: &["schema", "--of", "environment"] },
    Generated { path: "docs/format.md", verb: &["schema", "--of", "reference"] },
    Generated { path: "docs/actions.md", verb: &["schema", "--of", "actions"] },
];

/// Writes or compares every generated file.
pub fn run(arguments: &SchemaArgs) -> Result<()> {
    let mut stale = Vec::new();
    for file in &GENERATED {
        let fresh = generate(file)?;
        let path = repo::at(file.path);
        let present = std::fs::read_to_string(&path).unwrap_or_default();
        if fresh == present {
            say(format!("{} is up to date", file.path));
        } else if arguments.check {
            stale.push(format!("{} (from line {})", file.path, first_difference(&present, &fresh)));
        } else {
            std::fs::write(&path, fresh)
                .with_context(|| format!("failed to write {}; is its folder there?", file.path))?;
            say(format!("wrote {}", file.path));
        }
    }
    if !stale.is_empty() {
        bail!("{} differs from the code; run `cargo xtask schema`", stale.join(", "));
    }
    Ok(())
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
    let arguments = [&["run", "--quiet", "--locked", "--package", "windlass", "--"], file.verb];
    let text = process::read(&process::cargo(), &arguments.concat()).with_context(|| {
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
