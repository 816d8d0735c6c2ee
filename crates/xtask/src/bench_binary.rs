//! Builds the binary of a bench and finds it. It must not know what the bench measures.

use crate::{process, repo};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Builds a bench of this tree.
pub fn build(name: &str) -> Result<PathBuf> {
    build_in(name, &repo::root(), None)
}

/// Builds a bench of another tree, into a target folder that need not be its own.
pub fn build_in(name: &str, tree: &Path, target: Option<&Path>) -> Result<PathBuf> {
    let format = "--message-format=json-render-diagnostics";
    let words = ["bench", "--no-run", "--locked", "--workspace", "--bench", name, format];
    let mut command = process::command(&process::cargo(), &words);
    command.current_dir(tree);
    if let Some(target) = target {
        command.env("CARGO_TARGET_DIR", target);
    }
    let mut binary = None;
    let built = process::each_line(command, |line| {
        binary = binary_in(line, name).or_else(|| binary.take());
    })?;
    if !built {
        bail!("the bench `{name}` was not built; cargo's own messages are above");
    }
    binary.with_context(|| format!("cargo built no bench `{name}`"))
}

/// Reads where the binary is from one of cargo's messages.
fn binary_in(line: &str, name: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    let target = message.get("target")?;
    let kind = target.get("kind")?.as_array()?;
    let is_it = target.get("name")? == name && kind.iter().any(|kind| kind == "bench");
    let binary = message.get("executable")?.as_str()?;
    is_it.then(|| PathBuf::from(binary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_bench_itself_is_its_binary() {
        let line = |kind: &str, name: &str| {
            format!(
                r#"{{"target":{{"name":"{name}","kind":["{kind}"]}},"executable":"/t/{kind}"}}"#
            )
        };
        let found = |line: &str| binary_in(line, "engine");
        assert_eq!(found(&line("bench", "engine")), Some(PathBuf::from("/t/bench")));
        assert_eq!(found(&line("bin", "engine")), None);
        assert_eq!(found(&line("bench", "commit")), None);
        assert_eq!(found("warning: not JSON"), None);
    }
}
