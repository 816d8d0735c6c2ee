//! `xtask test --only rehearsals`: every shipped workflow of the cloud is rehearsed by the release
//! binary, killed before and after each of its writes, and with each of its steps gone wrong in
//! each way. It must not know what makes a rehearsal a good one: that is the binary's own.

use crate::stopwatch::Stopwatch;
use crate::talk::say;
use crate::{process, repo};
use anyhow::{Context, Result};

/// What was built by the part before.
const BINARY: &str = "target/release/windlass";

/// Where the shipped workflows lie.
const WORKFLOWS: &str = "workflows";

/// A home of its own, made anew.
const HOME: &str = "target/xtask/rehearsals";

/// Rehearses them all; the remark says how many there were and which took longest.
pub fn check() -> Result<Option<String>> {
    let files = files()?;
    let home = repo::at(HOME);
    std::fs::create_dir_all(&home).with_context(|| format!("failed to make {HOME}"))?;
    let binary = repo::at(BINARY).display().to_string();
    let mut longest = (0.0, "");
    for file in &files {
        let wild = ["--crash", "everywhere", "--fail", "everywhere"];
        let words = [&["rehearse", file, "--env", "rehearsal"], &wild[..]].concat();
        let mut command = process::command(&binary, &words);
        command.env("HOME", &home).env("WINDLASS_STORE", home.join("store"));
        let since = Stopwatch::start();
        process::stream_prepared(command)?;
        let seconds = since.seconds();
        say(format!("{file}: {seconds:.1} s\n"));
        if seconds > longest.0 {
            longest = (seconds, file);
        }
    }
    let (seconds, file) = longest;
    Ok(Some(format!("{} files; {file} took longest: {seconds:.1} s", files.len())))
}

/// The shipped workflows, in the order of their names.
fn files() -> Result<Vec<String>> {
    let folder = repo::at(WORKFLOWS);
    let mut files = Vec::new();
    for entry in
        std::fs::read_dir(&folder).with_context(|| format!("failed to read {WORKFLOWS}"))?
    {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".yaml") {
            files.push(format!("{WORKFLOWS}/{name}"));
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_eight_are_found() {
        let files = files().unwrap();
        assert_eq!(files.len(), 8, "{files:?}");
        assert!(files.contains(&"workflows/release.yaml".to_owned()), "{files:?}");
    }
}
