//! Runs the engine's bench and takes its rows as they come.

use crate::process;
use crate::talk::say;
use anyhow::{Result, bail};
use std::path::Path;

/// What is measured.
pub const BENCH: &str = "engine";

/// Runs the bench and returns its rows, a line each.
pub fn lines_of(binary: &Path, workload: &str, words: &[String]) -> Result<Vec<String>> {
    let mut command = process::command(&binary.display().to_string(), &["--json"]);
    command.args(["--workload", workload]).args(words);
    let mut lines = Vec::new();
    let passed = process::each_line(command, |line| {
        say(line);
        lines.push(line.to_owned());
    })?;
    if !passed || lines.is_empty() {
        bail!("the bench failed in {workload}; its own messages are above");
    }
    Ok(lines)
}
