//! What one attempt of a script leaves on disk: that it began, how it ended, what it gave.
//!
//! It outlives windlass, so that a resume knows the outcome of a script that ended meanwhile; once
//! the run has ended nobody asks any more. It holds no secret of the environment; what a script
//! writes into its outputs is the script's affair and is cleaned when read.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use windlass_model::{RequestId, RunId};

/// The largest file of outputs that is read: names and a few values, no report.
const OUTPUTS_BYTES_MAX: u64 = 65_536;

/// The folder of one attempt, in that of its run.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

fn of_run(state: &Path, run: RunId) -> PathBuf {
    state.join("shell").join(run.to_string())
}

/// Removes what the ended scripts of a run left. A script that began and has not ended may be at
/// work still, without anybody who follows it: its folder stays.
pub fn clear_ended(state: &Path, run: RunId) -> io::Result<()> {
    let of_run = of_run(state, run);
    let entries = match std::fs::read_dir(&of_run) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    let mut stay = false;
    for entry in entries {
        let folder = Folder(entry?.path());
        match folder.has_begun() && folder.status().is_none() {
            true => stay = true,
            false => std::fs::remove_dir_all(folder.path())?,
        }
    }
    if !stay {
        std::fs::remove_dir(of_run)?;
    }
    Ok(())
}

/// Removes whatever the scripts of a run left.
pub fn clear_all(state: &Path, run: RunId) -> io::Result<()> {
    match std::fs::remove_dir_all(of_run(state, run)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

impl Folder {
    /// The folder of an attempt, whether it is there or not.
    pub fn of(state: &Path, run: RunId, request: RequestId) -> Self {
        Self(of_run(state, run).join(request.to_string()))
    }

    /// Makes it anew, for this user alone.
    pub fn create(&self, script: &str) -> io::Result<()> {
        match std::fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
        std::fs::write(self.script(), script)?;
        std::fs::write(self.outputs(), "")
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The script.
    pub fn script(&self) -> PathBuf {
        self.0.join("script")
    }

    /// Where the script writes `key=value` lines.
    pub fn outputs(&self) -> PathBuf {
        self.0.join("outputs")
    }

    /// Whether it is there.
    pub fn exists(&self) -> bool {
        self.0.exists()
    }

    /// Whether the gate was passed.
    pub fn has_begun(&self) -> bool {
        self.0.join("begun").exists()
    }

    /// The exit status, once the script has ended.
    pub fn status(&self) -> Option<i32> {
        std::fs::read_to_string(self.0.join("status")).ok()?.trim().parse().ok()
    }

    /// Puts clean outputs in the place of those that the script wrote.
    pub fn write_outputs(&self, outputs: &BTreeMap<String, String>) -> io::Result<()> {
        let lines = outputs.iter().map(|(name, value)| format!("{name}={value}\n"));
        let part = self.0.join("outputs.part");
        std::fs::write(&part, lines.collect::<String>())?;
        std::fs::rename(part, self.outputs())
    }

    /// The outputs; a line that is none is an error that names it.
    pub fn read_outputs(&self) -> Result<BTreeMap<String, String>, String> {
        let path = self.outputs();
        let size = std::fs::metadata(&path).map(|meta| meta.len()).unwrap_or(0);
        if size > OUTPUTS_BYTES_MAX {
            return Err(format!(
                "$WINDLASS_OUTPUT has {size} bytes; {OUTPUTS_BYTES_MAX} are the limit"
            ));
        }
        let text = match std::fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(format!("$WINDLASS_OUTPUT cannot be read: {error}")),
        };
        let mut outputs = BTreeMap::new();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let pair = line.split_once('=').filter(|(key, _)| is_name(key));
            let Some((key, value)) = pair else {
                return Err(format!("line {} of $WINDLASS_OUTPUT is no `name=value`", number + 1));
            };
            outputs.insert(key.to_owned(), value.to_owned());
        }
        Ok(outputs)
    }
}

/// Whether a text can be a variable's or an output's name.
pub fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    first && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> RunId {
        RunId(uuid::Uuid::from_u128(7))
    }

    #[test]
    fn what_ended_scripts_left_goes_and_what_may_be_at_work_stays_until_all_goes() {
        let state = tempfile::tempdir().unwrap();
        clear_ended(state.path(), run()).unwrap();
        clear_all(state.path(), run()).unwrap();
        let all: Vec<Folder> = (1..=3)
            .map(|n| Folder::of(state.path(), run(), RequestId(uuid::Uuid::from_u128(n))))
            .collect();
        let another = RunId(uuid::Uuid::from_u128(8));
        let foreign = Folder::of(state.path(), another, RequestId(uuid::Uuid::from_u128(9)));
        all.iter().chain([&foreign]).for_each(|folder| folder.create("true").unwrap());
        let [waits, works, ended] = &all[..] else { panic!("three") };
        for folder in [works, ended] {
            std::fs::write(folder.path().join("begun"), "").unwrap();
        }
        std::fs::write(ended.path().join("status"), "0\n").unwrap();
        clear_ended(state.path(), run()).unwrap();
        assert_eq!(all.iter().map(Folder::exists).collect::<Vec<_>>(), [false, true, false]);
        assert!(!waits.exists() && foreign.exists());
        std::fs::write(works.path().join("status"), "0\n").unwrap();
        clear_ended(state.path(), run()).unwrap();
        assert!(!works.path().parent().unwrap().exists(), "nor is anything left of the run");
        works.create("true").unwrap();
        std::fs::write(works.path().join("begun"), "").unwrap();
        clear_all(state.path(), run()).unwrap();
        assert!(!works.exists() && foreign.exists());
    }

    #[test]
    fn outputs_are_names_and_values() {
        let state = tempfile::tempdir().unwrap();
        let folder = Folder::of(state.path(), run(), RequestId(uuid::Uuid::from_u128(1)));
        assert_eq!((folder.status(), folder.has_begun()), (None, false));
        assert!(folder.read_outputs().unwrap().is_empty());
        folder.create("true").unwrap();
        std::fs::write(folder.outputs(), "a=1\n\nb=x=y\na=2\n").unwrap();
        let outputs = folder.read_outputs().unwrap();
        assert_eq!((outputs["a"].as_str(), outputs["b"].as_str()), ("2", "x=y"));
        std::fs::write(folder.outputs(), "a=1\nno pair\n").unwrap();
        assert!(folder.read_outputs().unwrap_err().contains("line 2"));
        folder.create("true").unwrap();
        assert!(folder.read_outputs().unwrap().is_empty(), "made anew");
    }
}
