//! A home of its own for one test: what windlass writes goes there and nowhere else. The simulator
//! that a test started there ends with it.

use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// How a command ended.
pub struct Ended {
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it gave as data.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
}

impl Ended {
    /// The last line of its data as JSON.
    pub fn json(&self) -> Value {
        let last = self.stdout.lines().last().unwrap_or_default();
        serde_json::from_str(last)
            .unwrap_or_else(|e| panic!("no JSON ({e}): {last:?}\n{}", self.stderr))
    }

    /// Panics with all that was said unless the exit code is this.
    pub fn expect(self, code: i32) -> Self {
        let Self { code: got, stdout, stderr } = &self;
        assert_eq!(*got, Some(code), "--- stdout\n{stdout}--- stderr\n{stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
        self
    }
}

/// The home.
pub struct Home {
    folder: TempDir,
}

impl Home {
    /// An empty one.
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// Its folder, in which commands run.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// `windlass` with these words, ready to be run.
    pub fn command<S: AsRef<OsStr>>(&self, words: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
        let home = self.path();
        command.args(words).env_clear().current_dir(home).stdin(Stdio::null());
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("HOME", home).env("USER", "tester");
        command
    }

    /// Runs `windlass` to its end.
    pub fn windlass<S: AsRef<OsStr>>(&self, words: &[S]) -> Ended {
        ended(self.command(words).output().unwrap())
    }

    /// Writes a file into the home and returns its path.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Runs a workflow of two echoing steps to its end; returns the run.
    pub fn finished_run(&self) -> String {
        self.file("two.yaml", TWO_STEPS);
        let ended = self.windlass(&["start", "two.yaml", "--yes", "--json"]).expect(0);
        ended.json()["run"].as_str().unwrap().to_owned()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.path().join(".local/share/windlass/simulator").exists() {
            // It may not run any more; whoever sees a leftover process sees its folder in its
            // words.
            drop(self.command(&["simulate", "stop", "--env", "rehearsal"]).output());
        }
    }
}

/// A workflow that touches nothing.
pub const TWO_STEPS: &str =
    "name: two\nsteps:\n  - id: first\n    run: echo one\n  - id: second\n    run: echo two\n";

/// What a process left.
pub fn ended(output: Output) -> Ended {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A path from the repository's root.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path).canonicalize().unwrap()
}
