//! Real repositories: a bare one as the remote, a clone with two branches, and somebody else's.

use super::bench::Bench;
use super::context::Known;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

/// Runs git as a person would.
pub fn git(dir: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"])
        .args(arguments)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "git {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Made once, and copied for each test: its addresses are relative.
static TEMPLATE: OnceLock<TempDir> = OnceLock::new();

fn template() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let empty = "--template=";
    git(root, &["init", "--quiet", "--bare", "--initial-branch=main", empty, "remote.git"]);
    git(&root.join("remote.git"), &["config", "core.logAllRefUpdates", "always"]);
    git(root, &["clone", "--quiet", empty, "remote.git", "other"]);
    let other = root.join("other");
    commit(&other, "file", "one\n", "first");
    git(&other, &["push", "--quiet", "origin", "HEAD:main", "HEAD:prod"]);
    commit(&other, "migrations/1.sql", "create table t ();\n", "a migration");
    git(&other, &["push", "--quiet", "origin", "HEAD:main"]);
    git(root, &["clone", "--quiet", empty, "--branch=prod", "remote.git", "clone"]);
    for clone in ["other", "clone"] {
        git(&root.join(clone), &["remote", "set-url", "origin", "../remote.git"]);
    }
    folder
}

fn commit(clone: &Path, file: &str, text: &str, message: &str) -> String {
    let path = clone.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    git(clone, &["add", "--all"]);
    git(clone, &["commit", "--quiet", "--message", message]);
    git(clone, &["rev-parse", "HEAD"])
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&place).unwrap();
            copy(&entry.path(), &place);
        } else {
            std::fs::copy(entry.path(), &place).unwrap();
        }
    }
}

/// The bench with its repositories.
pub struct Repositories {
    pub bench: Bench,
}

impl Repositories {
    /// The remote has `main`, one commit ahead of `prod`; the clone is on `prod`.
    pub fn new() -> Self {
        let mut bench = Bench::new(Known::of(&[("token", "CANARY-token")]));
        copy(TEMPLATE.get_or_init(template).path(), bench.folder.path());
        let settings = json!({
            "path": bench.text("clone"), "url": bench.text("remote.git"),
            "author": "Releases <releases@example.com>",
        });
        bench.bind("app", "git.repository", settings.clone());
        let mut fresh = settings;
        fresh["path"] = json!(bench.text("deep/fresh"));
        bench.bind("fresh", "git.repository", fresh);
        Self { bench }
    }

    pub fn clone(&self) -> PathBuf {
        self.bench.path("clone")
    }

    pub fn remote(&self) -> PathBuf {
        self.bench.path("remote.git")
    }

    /// Somebody else's clone.
    pub fn other(&self) -> PathBuf {
        self.bench.path("other")
    }

    /// Somebody else commits a file.
    pub fn commit(&self, file: &str, text: &str, message: &str) -> String {
        commit(&self.other(), file, text, message)
    }

    /// Somebody else pushes a commit onto a branch of the remote.
    pub fn somebody_pushes(&self, branch: &str, file: &str, text: &str) -> String {
        git(&self.other(), &["fetch", "--quiet", "origin"]);
        git(&self.other(), &["checkout", "--quiet", "--detach", &format!("origin/{branch}")]);
        let commit = self.commit(file, text, "somebody's");
        git(&self.other(), &["push", "--quiet", "origin", &format!("HEAD:{branch}")]);
        commit
    }

    /// References, what is checked out, and the files' state, of one repository.
    pub fn state(repository: &Path) -> Value {
        if !repository.exists() {
            return Value::Null;
        }
        let refs = git(repository, &["for-each-ref", "--format=%(refname) %(objectname)"]);
        let refs = refs.lines().filter(|line| !line.starts_with("refs/remotes/"));
        let refs: Vec<&str> = refs.collect();
        let head = git(repository, &["rev-parse", "--symbolic-full-name", "HEAD"]);
        let bare = git(repository, &["rev-parse", "--is-bare-repository"]) == "true";
        let files = (!bare).then(|| git(repository, &["status", "--porcelain"]));
        json!({"refs": refs, "head": head, "files": files})
    }

    /// How often references moved.
    pub fn moves(repository: &Path) -> usize {
        if !repository.exists() {
            return 0;
        }
        git(repository, &["reflog", "--all"]).lines().count()
    }
}
