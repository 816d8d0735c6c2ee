//! The cases: what is killed, at which moment, and what finishes it.

use super::place::Place;
use super::verdict;
use crate::stage::{Ended, expect_code};
use std::fmt;

/// What is killed, and what finishes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scenario {
    /// The release is killed; `resume` ends it.
    Resumed,
    /// The release is killed before the old database goes; `rollback` undoes it.
    Undone,
    /// The rollback is killed; `rollback` ends it.
    Rollback,
}

const SCENARIOS: [Scenario; 3] = [Scenario::Resumed, Scenario::Undone, Scenario::Rollback];

/// Cases in all: fifty, and one that makes the scenarios even.
pub const TOTAL: usize = 51;

/// Lines that a release prints up to its question, or a little more.
const LINES: usize = 64;

/// Milliseconds after such a line: longer than most steps take.
const MILLIS: u64 = 120;

/// One case.
pub struct Case {
    scenario: Scenario,
    line: usize,
    millis: u64,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, line, millis } = self;
        write!(f, "{scenario:?}, {millis} ms after line {line}")
    }
}

/// A number that looks drawn, and is the same each time.
fn drawn(number: usize, salt: u64, below: u64) -> u64 {
    let mixed = (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31) ^ salt;
    (mixed.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 32) % below
}

impl Case {
    /// The case of a number.
    pub fn numbered(number: usize) -> Self {
        let line = 1 + usize::try_from(drawn(number, 1, LINES as u64)).unwrap_or(0);
        let scenario = SCENARIOS[number % SCENARIOS.len()];
        Self { scenario, line, millis: drawn(number, 2, MILLIS) }
    }

    /// Plays the case and judges it; says whether it was killed at all.
    pub fn run(&self) -> Result<bool, String> {
        let place = Place::set_up()?;
        // There is a clone already, as on any day but the first.
        place.ask("git", &["clone", "--quiet", "--branch=prod", "remote.git", "clone"])?;
        let before = verdict::world(&place)?;
        let killed = match self.scenario {
            Scenario::Resumed => {
                let killed = self.kill(&place.release(true))?;
                finish(&place)?;
                verdict::same_as_clean(&place)?;
                killed
            }
            Scenario::Undone => {
                let killed = self.kill(&place.release(false))?;
                undo(&place)?;
                verdict::put_back(&place, &before)?;
                killed
            }
            Scenario::Rollback => {
                expect_code(&place.release(false).run()?, 4, "a release up to its question")?;
                let run = place.run()?.ok_or("no run is listed after a start")?.0;
                let killed = self.kill(&place.rollback(&run))?;
                undo(&place)?;
                verdict::put_back(&place, &before)?;
                killed
            }
        };
        verdict::nothing_runs(&place)?;
        Ok(killed.code.is_none())
    }

    fn kill(&self, program: &crate::stage::Program) -> Result<Ended, String> {
        program.run_killed_after(self.line, self.millis)
    }
}

/// Ends what was killed: by `resume` where a run exists, by a new `start` where none does.
fn finish(place: &Place) -> Result<(), String> {
    match place.run()? {
        Some((_, phase)) if phase == "succeeded" => Ok(()),
        Some((run, _)) => expect_code(&place.resume(&run).run()?, 0, "resume"),
        None => expect_code(&place.release(true).run()?, 0, "a release after none"),
    }
}

fn undo(place: &Place) -> Result<(), String> {
    match place.run()? {
        Some((_, phase)) if phase == "rolled_back" => Ok(()),
        Some((run, _)) => expect_code(&place.rollback(&run).run()?, 5, "rollback"),
        None => Ok(()),
    }
}
