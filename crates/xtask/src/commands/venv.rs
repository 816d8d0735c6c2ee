//! A Python environment of a chore's own, with the packages that a file names. It must not know
//! what they are for.

use crate::{process, repo};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The interpreter that knows the packages, or why there is none.
pub fn installed(home: &Path, requirements: &str) -> Result<Result<PathBuf, String>> {
    let python = home.join("bin/python");
    let wanted = std::fs::read_to_string(repo::at(requirements))
        .with_context(|| format!("failed to read {requirements}"))?;
    let mark = home.join("installed.txt");
    if python.exists() && std::fs::read_to_string(&mark).is_ok_and(|known| known == wanted) {
        return Ok(Ok(python));
    }
    let place = home.display().to_string();
    if let Some(why) = complaint("python3", &["-m", "venv", "--clear", &place])? {
        return Ok(Err(format!("python3 makes no environment of its own ({why})")));
    }
    let inner = python.display().to_string();
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    if let Some(why) = complaint(&inner, &[&install[..], &[requirements]].concat())? {
        return Ok(Err(format!("pip cannot install {requirements} ({why})")));
    }
    std::fs::write(&mark, wanted).with_context(|| format!("failed to write {}", mark.display()))?;
    Ok(Ok(python))
}

/// The last line that a program complained with; none where it succeeded.
pub fn complaint(program: &str, arguments: &[&str]) -> Result<Option<String>> {
    let Ok(output) = process::capture(program, arguments) else {
        return Ok(Some(format!("there is no {program}")));
    };
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
    Ok((!output.status.success()).then(|| last.trim().to_owned()))
}
