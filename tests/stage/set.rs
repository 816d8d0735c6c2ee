//! A stage: a home of its own with a simulator of its own, which nothing else on the machine sees.

use super::cloud::Cloud;
use super::program::{Ended, Program};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// One case's home.
pub struct Stage {
    home: TempDir,
    environment: String,
    /// Its simulated cloud.
    pub cloud: Cloud,
}

/// The workflow that a case runs, from the repository's root.
pub fn workflow(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows").join(format!("{name}.yaml"))
}

impl Stage {
    /// A fresh home whose simulator runs.
    pub fn new() -> Result<Self, String> {
        let home = TempDir::new().map_err(|e| e.to_string())?;
        Self::of(home, environment().to_string_lossy().into_owned())
    }

    /// One whose time is so many times as fast as real time, for cases in which something must be
    /// well within a deadline of minutes on a busy machine too.
    pub fn at_pace(scale: u32) -> Result<Self, String> {
        let home = TempDir::new().map_err(|e| e.to_string())?;
        let text = std::fs::read_to_string(environment()).map_err(|e| e.to_string())?;
        let slower = text.replace("time_scale: 3600\n", &format!("time_scale: {scale}\n"));
        assert_ne!(slower, text, "the environment says how fast its time is");
        let file = home.path().join("rehearsal.yaml");
        std::fs::write(&file, slower).map_err(|e| e.to_string())?;
        Self::of(home, file.to_string_lossy().into_owned())
    }

    /// One whose world and history are those of another stage, which lies still meanwhile.
    pub fn copy(other: &Self) -> Result<Self, String> {
        let home = TempDir::new().map_err(|e| e.to_string())?;
        let folder = other.home.path();
        copy_files(folder, home.path()).map_err(|e| format!("failed to copy a stage: {e}"))?;
        let within = Path::new(&other.environment).strip_prefix(folder);
        let environment = match within {
            Ok(file) => home.path().join(file).to_string_lossy().into_owned(),
            Err(_) => other.environment.clone(),
        };
        Self::of(home, environment)
    }

    fn of(home: TempDir, environment: String) -> Result<Self, String> {
        let simulate = |verb: &'static str, more: &[&str]| {
            let words = [&["simulate", verb, "--env", &environment], more].concat();
            program(home.path(), &words).run()
        };
        let started = simulate("start", &[])?;
        if started.code != Some(0) {
            return Err(format!("the simulator did not start: {}", started.stderr));
        }
        let status = simulate("status", &["--json"])?;
        let status: Value = serde_json::from_str(status.stdout.trim()).map_err(|e| {
            format!("`simulate status --json` is no object: {e}: {}", status.stdout)
        })?;
        Ok(Self { cloud: Cloud::from_status(&status)?, home, environment })
    }

    /// A command of windlass in this home.
    pub fn windlass(&self, words: &[&str]) -> Program {
        program(self.home.path(), words)
    }

    /// `start` of a workflow, all prompts answered.
    pub fn start(&self, name: &str) -> Program {
        self.start_with(name, &[])
    }

    /// The same with more words.
    pub fn start_with(&self, name: &str, more: &[&str]) -> Program {
        let file = workflow(name);
        let file = file.to_string_lossy();
        let words = ["start", &file, "--env", &self.environment, "--yes", "--json"];
        self.windlass(&[&words, more].concat())
    }

    /// The file of the environment whose simulator runs.
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        self.home.path()
    }

    /// The newest run of this home, where there is one.
    pub fn newest_run(&self) -> Result<Option<String>, String> {
        let listed = self.windlass(&["list", "--json"]).run()?;
        expect_code(&listed, 0, "list")?;
        let Some(line) = listed.stdout.lines().next() else { return Ok(None) };
        let head: Value = serde_json::from_str(line).map_err(|e| e.to_string())?;
        Ok(head["run"].as_str().map(str::to_owned))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.cloud.stop();
    }
}

/// Files and folders; a socket belongs to the process that listens on it.
fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (path, there) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            std::fs::create_dir(&there)?;
            std::fs::set_permissions(&there, entry.metadata()?.permissions())?;
            copy_files(&path, &there)?;
        } else if kind.is_file() {
            std::fs::copy(&path, &there)?;
        }
    }
    Ok(())
}

/// The command ended with this code, or its last words are the finding.
pub fn expect_code(ended: &Ended, code: i32, what: &str) -> Result<(), String> {
    if ended.code == Some(code) {
        return Ok(());
    }
    let last: Vec<&str> = ended.stdout.lines().rev().take(3).collect();
    let said: String =
        ended.stderr.chars().rev().take(600).collect::<Vec<_>>().into_iter().rev().collect();
    Err(format!(
        "{what} ended with {:?} in place of {code}; stdout ends {last:?}; stderr ends {said}",
        ended.code
    ))
}

/// The environment, by its path: a home has no `workflows` folder of its own.
fn environment() -> PathBuf {
    workflow("environments/rehearsal")
}

fn program(home: &Path, words: &[&str]) -> Program {
    Program::new(home, words)
}
