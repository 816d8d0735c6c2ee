//! What scripts leave on the disk: there for as long as a resume may ask for it, and then gone.

use crate::home::Home;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Longer than a shell needs to begin, on a machine that is busy.
const BEGUN_WITHIN: Duration = Duration::from_secs(60);

fn folders(scripts: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(scripts).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

fn begun(run: &Path) -> usize {
    folders(run).iter().filter(|attempt| attempt.join("begun").exists()).count()
}

#[test]
fn a_run_that_ended_leaves_nothing_of_its_scripts() {
    let home = Home::new();
    home.file(
        "two.yaml",
        "name: two\nsteps:\n  - id: a\n    run: 'true'\n  - id: b\n    run: 'true'\n",
    );
    home.windlass(&["start", "two.yaml", "--yes"]).expect(0);
    let scripts = home.path().join(".local/share/windlass/scripts/shell");
    assert!(scripts.exists(), "they were there");
    assert_eq!(folders(&scripts), Vec::<PathBuf>::new());
}

#[test]
fn what_a_resume_asks_for_stays_and_a_script_that_never_ended_goes_with_its_run() {
    let home = Home::new();
    let file =
        "name: long\nsteps:\n  - id: quick\n    run: 'true'\n  - id: slow\n    run: sleep 1000\n";
    home.file("long.yaml", file);
    let mut start = home.command(&["start", "long.yaml", "--yes", "--json"]);
    let mut child = start.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let first: serde_json::Value = serde_json::from_str(&lines.next().unwrap()).unwrap();
    let run = first["run"].as_str().unwrap().to_owned();
    let left = home.path().join(".local/share/windlass/scripts/shell").join(&run);
    let since = Instant::now();
    while begun(&left) < 2 && since.elapsed() < BEGUN_WITHIN {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(begun(&left), 2);
    home.windlass(&["resume", &run, "--yes"]).expect(6);
    assert_eq!(begun(&left), 2, "a stuck run has not ended");
    home.windlass(&["step", "skip", &run, "slow", "--reason", "it only sleeps"]);
    home.windlass(&["resume", &run, "--yes"]).expect(0);
    let stays = folders(&left);
    assert!(stays.len() == 1 && !stays[0].join("status").exists(), "{stays:?}");
    home.windlass(&["prune", "--older-than", "0s", "--yes"]).expect(0);
    assert!(!left.exists());
}
