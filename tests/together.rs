//! Several processes on one store, and signals to them: the same output, and nothing lost.

use crate::home::{Ended, Home, ended};
use crate::runs::{DEPLOY, ledger};
use serde_json::Value;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for another process: a machine under load is slow, a broken one is silent.
const PATIENCE: Duration = Duration::from_secs(60);

/// What takes over: it has the same lock.
const AFTER: &str =
    "name: after\nenvironment: qa\nsteps:\n  - id: one\n    run: echo after >> ledger\n";

/// A process in the background; a test that fails leaves none behind.
struct Background(Option<Child>);

impl Background {
    /// Starts one; its words are kept for later.
    fn start(home: &Home, words: &[&str]) -> Self {
        let mut command = home.command(words);
        Self(Some(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()))
    }

    /// Sends it a signal.
    fn send(&self, signal: &str) {
        let pid = self.0.as_ref().unwrap().id().to_string();
        let sent = std::process::Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end.
    fn end(mut self) -> Ended {
        ended(self.0.take().unwrap().wait_with_output().unwrap())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// Asks until the answer is as wanted; each asking waits for a process, so nothing spins.
fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "no {what} in time");
    }
}

/// The run that is in a phase, from another process.
fn run_in(home: &Home, phase: &str) -> Option<String> {
    let listed = home.windlass(&["list", "--json", "--phase", phase]).expect(0).stdout;
    let line: Value = serde_json::from_str(listed.lines().next()?).unwrap();
    Some(line["run"].as_str().unwrap().to_owned())
}

/// A script that goes on until the test lets it.
fn gated() -> String {
    let gate = "echo wrote >> ledger; while [ -f ledger ] && [ ! -f gate ]; do sleep 0.05; done";
    DEPLOY.replace("    run: echo wrote >> ledger", &format!("    run: \"{gate}\""))
}

/// Of a run that another process drives the new one does not begin before it is over.
#[test]
fn who_takes_over_begins_nothing_before_the_other_runs_end_is_durable() {
    let home = Home::new();
    home.file("deploy.yaml", &gated());
    let first = Background::start(&home, &["start", "deploy.yaml", "--json"]);
    let old = until("running run", || run_in(&home, "running"));
    until("line in the ledger", || (ledger(&home) == ["wrote"]).then_some(()));
    home.file(
        "after.yaml",
        "name: after\nenvironment: qa\nsteps:\n  - id: one\n    run: echo after >> ledger\n",
    );
    let new = home.windlass(&["start", "after.yaml", "--yes", "--json", "--takes-over", &old]);
    let new = new.expect(0).json()["run"].as_str().unwrap().to_owned();
    assert_eq!(first.end().code, Some(9));
    let at = |run: &str, kind: &str| {
        let history = home.windlass(&["history", run, "--json"]).expect(0).stdout;
        let mut events = history.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let event = events.find(|event| event["type"] == kind).unwrap();
        event["at"].as_str().unwrap().to_owned()
    };
    assert!(at(&old, "run_superseded") <= at(&new, "run_started"));
    assert_eq!(ledger(&home), ["wrote", "after"]);
    let shown = home.windlass(&["show", &old, "--json"]).expect(0).json();
    assert_eq!(shown["why"], format!("{new} took its place"), "{shown}");
    assert!(shown["next"][0].as_str().unwrap().ends_with(&format!("show {new}")), "{shown}");
}

/// One of several who take over at once does; the others begin nothing, neither now nor when it
/// would be their turn.
#[test]
fn d21_one_of_several_who_take_over_at_once_does() {
    let home = Home::new();
    home.file("deploy.yaml", DEPLOY);
    home.file("after.yaml", AFTER);
    for round in 1..=8 {
        let waits = home.windlass(&["start", "deploy.yaml", "--json", "--exit-when-waiting"]);
        let old = waits.expect(4).json()["run"].as_str().unwrap().to_owned();
        let words = ["start", "after.yaml", "--yes", "--json", "--takes-over", &old];
        let all: Vec<Background> = (0..3).map(|_| Background::start(&home, &words)).collect();
        let ended: Vec<Ended> = all.into_iter().map(Background::end).collect();
        let won = ended.iter().filter(|one| one.code == Some(0)).count();
        let refused = ended.iter().filter(|one| one.code == Some(2)).count();
        let said: Vec<&str> = ended.iter().map(|one| one.stderr.as_str()).collect();
        assert_eq!((won, refused), (1, 2), "{said:?}");
        let after = ledger(&home).iter().filter(|line| *line == "after").count();
        assert_eq!(after, round, "{said:?}");
        assert_eq!(run_in(&home, "queued"), None, "nobody waits for a turn");
    }
}

#[test]
fn while_a_run_is_on_others_look_answer_and_queue() {
    let home = Home::new();
    home.file("deploy.yaml", &gated());
    let first = Background::start(&home, &["start", "deploy.yaml"]);
    let run = until("running run", || run_in(&home, "running"));
    until("line in the ledger", || (ledger(&home) == ["wrote"]).then_some(()));
    let shown = home.windlass(&["show", &run, "--json"]).expect(0).json();
    assert_eq!((&shown["driven"], &shown["phase"]), (&true.into(), &"running".into()));
    let next = shown["next"].to_string();
    assert!(next.contains("--watch") && !next.contains("resume"), "somebody drives it: {next}");
    assert!(home.windlass(&["history", &run, "--json"]).expect(0).stdout.lines().count() >= 2);
    home.windlass(&["history", &run, "--verify"]).expect(0);

    let second = Background::start(&home, &["start", "deploy.yaml", "--json"]);
    let queued = until("queued run", || run_in(&home, "queued"));
    assert_ne!(queued, run);
    let told = until("word of the queue", || {
        let told = home.windlass(&["history", &queued, "--json"]).expect(0).stdout;
        told.contains("run_queued").then_some(told)
    });
    assert!(told.contains(&run), "it says behind whom: {told}");
    let waits = home.windlass(&["show", &queued, "--json"]).expect(0).json();
    let why = waits["why"].as_str().unwrap_or_default();
    assert!(why.contains(&format!("behind {run} (running)")), "{waits}");

    home.file("gate", "");
    let first = first.end().expect(4);
    assert!(first.stdout.contains("waiting"), "{}", first.stdout);
    home.windlass(&["answer", &run, "tested", "--yes"]).expect(0);
    let second = second.end().expect(4);
    assert_eq!(second.json()["phase"], "waiting");
    assert_eq!(ledger(&home), ["wrote", "announced", "wrote"]);
}

#[test]
fn an_answer_from_another_process_reaches_the_one_that_drives() {
    let home = Home::new();
    let side_by_side = gated().replace("  - id: tested\n", "  - id: tested\n    needs: []\n");
    let text = side_by_side
        .replace("  - id: announce\n", "  - id: announce\n    needs: [write, tested]\n");
    home.file("deploy.yaml", &text);
    let driver = Background::start(&home, &["start", "deploy.yaml"]);
    let run = until("running run", || run_in(&home, "running"));
    until("question", || {
        let told = home.windlass(&["history", &run, "--json"]).expect(0).stdout;
        told.contains("signal_awaited").then_some(())
    });
    let heard = home.windlass(&["answer", &run, "tested", "--yes", "--as", "ann"]).expect(0);
    assert!(heard.stderr.contains("ann answered true"), "{}", heard.stderr);
    home.windlass(&["answer", &run, "tested", "--yes"]).expect(2);
    home.file("gate", "");
    driver.end().expect(0);
    assert_eq!(ledger(&home), ["wrote", "announced"]);
}

#[test]
fn a_run_is_paused_from_another_process_and_watched() {
    let home = Home::new();
    home.file("deploy.yaml", &gated());
    let driver = Background::start(&home, &["start", "deploy.yaml"]);
    let run = until("running run", || run_in(&home, "running"));
    until("line in the ledger", || (ledger(&home) == ["wrote"]).then_some(()));
    let watcher = Background::start(&home, &["resume", &run, "--json"]);
    home.windlass(&["pause", &run]).expect(0);
    home.file("gate", "");
    driver.end().expect(8);
    let watched = watcher.end().expect(8);
    assert_eq!(watched.json()["phase"], "paused");
    let cancelled = home.windlass(&["cancel", &run, "--json"]).expect(0).json();
    assert_eq!(cancelled["phase"], "rolled_back");
    assert_eq!(ledger(&home), ["wrote", "unwrote"]);
}

#[test]
fn the_first_interrupt_pauses_and_resume_goes_on() {
    for signal in ["-INT", "-TERM"] {
        let home = Home::new();
        home.file("deploy.yaml", &gated());
        let child = Background::start(&home, &["start", "deploy.yaml", "--json"]);
        until("line in the ledger", || (ledger(&home) == ["wrote"]).then_some(()));
        child.send(signal);
        let run = until("wish to pause", || {
            let run = run_in(&home, "running")?;
            let told = home.windlass(&["history", &run, "--json"]).expect(0).stdout;
            told.contains("pause_requested").then_some(run)
        });
        home.file("gate", "");
        let paused = child.end().expect(8);
        assert_eq!(paused.json()["phase"], "paused");
        home.windlass(&["resume", &run]).expect(4);
        assert_eq!(ledger(&home), ["wrote"], "{signal}: nothing is done twice");
    }
}

#[test]
fn the_second_interrupt_lets_go_at_once() {
    let home = Home::new();
    home.file("deploy.yaml", &gated());
    let child = Background::start(&home, &["start", "deploy.yaml", "--json"]);
    until("line in the ledger", || (ledger(&home) == ["wrote"]).then_some(()));
    child.send("-INT");
    let run = until("wish to pause", || {
        let run = run_in(&home, "running")?;
        let told = home.windlass(&["history", &run, "--json"]).expect(0).stdout;
        told.contains("pause_requested").then_some(run)
    });
    child.send("-INT");
    let left = child.end().expect(8);
    assert!(left.stderr.contains("let go"), "{}", left.stderr);
    // The gate is still closed: nobody waited for the script.
    assert!(!home.path().join("gate").exists());
    home.windlass(&["history", &run, "--verify"]).expect(0);
    // Whatever the script was about, a resume leaves nothing of it running.
    let resumed = home.windlass(&["resume", &run, "--json"]);
    assert!(["stuck", "failed"].contains(&resumed.json()["phase"].as_str().unwrap()));
    assert_eq!(ledger(&home), ["wrote"]);
}
