//! Runs other programs in the repository's root: streamed to the terminal, or captured. It must
//! not know which chore asks.

use crate::repo;
use anyhow::{Context, Result, bail};
use std::process::{Command, Output, Stdio};

/// Returns the cargo that runs this chore, so that a `+toolchain` choice is kept.
pub fn cargo() -> String {
    option_env!("CARGO").unwrap_or("cargo").to_owned()
}

/// Prepares a program to run in the repository's root.
pub fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(repo::root()).stdin(Stdio::null());
    command
}

/// Runs a program with its output on the terminal and fails when it does.
pub fn stream(program: &str, arguments: &[&str]) -> Result<()> {
    stream_prepared(command(program, arguments))
}

/// Runs a prepared program with its output on the terminal and fails when it does.
pub fn stream_prepared(mut command: Command) -> Result<()> {
    let shown = describe(&command);
    let status = command.status().with_context(|| format!("failed to start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` ended with {status}; its own messages are above");
    }
    Ok(())
}

/// Runs a program and returns all that it wrote, whether it succeeded or not.
pub fn capture(program: &str, arguments: &[&str]) -> Result<Output> {
    let mut command = command(program, arguments);
    let shown = describe(&command);
    command.output().with_context(|| format!("failed to start `{shown}`"))
}

/// Runs a program and returns its stdout as text; fails, with its stderr, when it does.
pub fn read(program: &str, arguments: &[&str]) -> Result<String> {
    let output = capture(program, arguments)?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("`{program} {}` ended with {}:\n{stderr}", arguments.join(" "), output.status);
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("failed to read what `{program}` wrote: it is not UTF-8"))
}

/// Returns a command as a person would type it.
pub fn describe(command: &Command) -> String {
    let mut words: Vec<String> = command
        .get_envs()
        .filter_map(|(name, value)| {
            value.map(|value| format!("{}={}", name.display(), value.display()))
        })
        .collect();
    words.push(command.get_program().display().to_string());
    words.extend(command.get_args().map(|argument| argument.display().to_string()));
    words.join(" ")
}
