//! The cases: which workflow, killed where and how, finished by what.

use super::verdict::{self, Story};
use crate::stage::{Ended, Program, Stage, expect_code};
use std::fmt;

/// What is killed, and what finishes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scenario {
    /// The set-up is killed; `resume` ends it.
    SetupResumed,
    /// The set-up is killed; `rollback` undoes it.
    SetupUndone,
    /// The rollback of a finished set-up is killed; `rollback` ends it.
    SetupRollback,
    /// The restore after a set-up is killed; `resume` ends it.
    RestoreResumed,
    /// The rollback of a finished restore is killed; `rollback` ends it.
    RestoreRollback,
}

/// Where it is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Point {
    /// The n-th request has come, and has done nothing yet.
    BeforeRequest,
    /// The n-th request has done what it does, and is not answered.
    AfterRequest,
    /// A write to a file of the store is about to begin, in whichever thread writes its n-th.
    BeforeWrite,
    /// A write is done and about to be made durable.
    BeforeSync,
}

const SCENARIOS: [Scenario; 5] = [
    Scenario::SetupResumed,
    Scenario::SetupUndone,
    Scenario::SetupRollback,
    Scenario::RestoreResumed,
    Scenario::RestoreRollback,
];
const POINTS: [Point; 4] =
    [Point::BeforeRequest, Point::AfterRequest, Point::BeforeWrite, Point::BeforeSync];

/// Points of one kind in one scenario: more than any of them has, which the last case of each
/// proves by not being killed at all.
const POINTS_EACH: usize = 240;

/// What strace and the shell add to a signal's number where the command under them was killed.
const KILLED_BY_SIGNAL: i32 = 128;

/// Cases in all.
pub const TOTAL: usize = SCENARIOS.len() * POINTS.len() * POINTS_EACH;

/// One case.
pub struct Case {
    scenario: Scenario,
    point: Point,
    nth: usize,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {:?} {}", self.scenario, self.point, self.nth)
    }
}

impl Case {
    /// The case of a number. Neighbours are of different scenarios and kinds, so that any slice has
    /// all.
    pub fn numbered(number: usize) -> Self {
        let kinds = SCENARIOS.len() * POINTS.len();
        let kind = number % kinds;
        Self {
            scenario: SCENARIOS[kind % SCENARIOS.len()],
            point: POINTS[kind / SCENARIOS.len()],
            nth: number / kinds + 1,
        }
    }

    /// Plays the case and judges it; says whether it was killed at all.
    pub fn run(&self) -> Result<bool, String> {
        let stage = Stage::new()?;
        let killed = self.play(&stage)?;
        verdict::invariant_held(&stage)?;
        Ok(killed.code.is_none_or(|code| code >= KILLED_BY_SIGNAL))
    }

    fn play(&self, stage: &Stage) -> Result<Ended, String> {
        let initial = stage.cloud.world()?;
        let (setup, restore) = ("hotfix_qa4_setup", "hotfix_qa4_restore");
        let killed;
        match self.scenario {
            Scenario::SetupResumed => {
                killed = self.kill(stage, &stage.start(setup))?;
                finish_forward(stage, setup, &killed)?;
                verdict::same_as_clean(stage, Story::Setup)?;
            }
            Scenario::SetupUndone => {
                killed = self.kill(stage, &stage.start(setup))?;
                if let Some(run) = stage.newest_run()? {
                    undo(stage, &run)?;
                }
                verdict::put_back(&initial, stage)?;
            }
            Scenario::SetupRollback => {
                let run = clean(stage, setup)?;
                killed = self.kill(stage, &rollback(stage, &run))?;
                undo(stage, &run)?;
                verdict::put_back(&initial, stage)?;
                verdict::same_as_clean(stage, Story::SetupRolledBack)?;
            }
            Scenario::RestoreResumed => {
                clean(stage, setup)?;
                killed = self.kill(stage, &stage.start(restore))?;
                finish_forward(stage, restore, &killed)?;
                verdict::same_as_clean(stage, Story::Restore)?;
            }
            Scenario::RestoreRollback => {
                clean(stage, setup)?;
                let between = stage.cloud.world()?;
                let run = clean(stage, restore)?;
                killed = self.kill(stage, &rollback(stage, &run))?;
                undo(stage, &run)?;
                verdict::put_back(&between, stage)?;
                verdict::same_as_clean(stage, Story::RestoreRolledBack)?;
            }
        }
        Ok(killed)
    }

    /// Runs a command that is killed at the case's point, where it gets there.
    fn kill(&self, stage: &Stage, program: &Program) -> Result<Ended, String> {
        let ended = match self.point {
            Point::BeforeRequest => {
                program.run_armed(|pid| stage.cloud.kill_at_request(pid, self.nth, "before"))
            }
            Point::AfterRequest => {
                program.run_armed(|pid| stage.cloud.kill_at_request(pid, self.nth, "after"))
            }
            Point::BeforeWrite => program.run_killed_at("pwrite64", self.nth),
            Point::BeforeSync => program.run_killed_at("fdatasync", self.nth),
        }?;
        // Writes of the store's own upkeep go on with time; requests and syncs of a run have an
        // end.
        if self.nth == POINTS_EACH && ended.code.is_none() && self.point != Point::BeforeWrite {
            return Err(format!("it was killed at point {POINTS_EACH}: raise POINTS_EACH"));
        }
        Ok(ended)
    }
}

/// A crash-free run; its id.
fn clean(stage: &Stage, workflow: &str) -> Result<String, String> {
    let ended = stage.start(workflow).run()?;
    expect_code(&ended, 0, &format!("start {workflow}"))?;
    stage.newest_run()?.ok_or_else(|| "no run is listed after a start".to_owned())
}

/// Ends what was killed: by `resume` where a run exists, by a new `start` where none does.
fn finish_forward(stage: &Stage, workflow: &str, killed: &Ended) -> Result<(), String> {
    if killed.code == Some(0) {
        return Ok(());
    }
    let listed = stage.windlass(&["list", "--json"]).run()?;
    expect_code(&listed, 0, "list")?;
    let run = listed
        .stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find(|head| head["workflow"] == workflow)
        .and_then(|head| head["run"].as_str().map(str::to_owned));
    let Some(run) = run else { return clean(stage, workflow).map(drop) };
    let resumed = stage.windlass(&["resume", &run, "--yes", "--json"]).run()?;
    expect_code(&resumed, 0, "resume")
}

fn rollback(stage: &Stage, run: &str) -> Program {
    stage.windlass(&["rollback", run, "--yes", "--json"])
}

fn undo(stage: &Stage, run: &str) -> Result<(), String> {
    let head = stage.windlass(&["list", "--json"]).run()?;
    if head.stdout.lines().any(|line| line.contains(run) && line.contains("\"rolled_back\"")) {
        return Ok(());
    }
    let undone = rollback(stage, run).run()?;
    expect_code(&undone, 5, "rollback")
}
