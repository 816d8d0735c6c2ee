//! One session of a campaign: takes chunk after chunk until the time is over or a matrix has been
//! seen whole. It must not know how a chunk is run, nor read a clock: both are handed in.

use super::range::Range;
use super::said::Said;
use super::state::{Open, State};
use anyhow::{Result, bail};

/// What a session needs to know and to have done for it.
pub trait Ground {
    /// Runs a range; says what the test said and whether it passed.
    fn run(&mut self, range: Range) -> Result<(Said, bool)>;
    /// Returns the seconds since the session's start.
    fn seconds(&self) -> u64;
    /// Makes the state durable: a killed session must not search the same again, or be forgotten.
    fn save(&mut self, state: &State) -> Result<()>;
}

/// How a session goes.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// How many cases are run at once.
    pub chunk: u64,
    /// After how many seconds no further chunk is begun.
    pub seconds_max: u64,
}

/// Runs a session; `state.open` holds it when it ends, for the diary.
pub fn run(ground: &mut dyn Ground, state: &mut State, terms: Terms) -> Result<()> {
    while ground.seconds() < terms.seconds_max {
        let total = state.open.as_ref().and_then(|open| open.total);
        let from = state.next;
        let to = total.map_or(from + terms.chunk, |total| total.min(from + terms.chunk));
        let (said, passed) = ground.run(Range::new(from, to))?;
        let ran = judge(&said, passed, Range::new(from, to))?;
        state.next = from + ran;
        if let Some(open) = &mut state.open {
            take(open, state.next, &said, ground.seconds());
        }
        let over = said.total.is_some_and(|total| state.next >= total);
        if over {
            // The whole matrix has been seen: the next session begins it anew.
            state.next = 0;
        }
        ground.save(state)?;
        if over {
            break;
        }
    }
    Ok(())
}

/// Returns how many cases of a range were run; a test that ran fewer than it should is no test.
pub fn judge(said: &Said, passed: bool, range: Range) -> Result<u64> {
    if let Some(line) = said.unreadable.first() {
        bail!("failed to read `campaign: {line}`; the test and xtask's campaign.rs differ");
    }
    let clipped = said.total.map_or(range, |total| Range { to: range.to.min(total), ..range });
    if !passed && said.findings.is_empty() {
        bail!("the test failed in {range} without naming a case; its own messages are above");
    }
    if passed && !said.findings.is_empty() {
        bail!("the test passed in {range} although it found {}", said.findings.join("; "));
    }
    if said.ran != clipped.cases() {
        bail!("the test ran {} cases of {}; does it still exist?", said.ran, clipped.cases());
    }
    Ok(clipped.cases())
}

fn take(open: &mut Open, to: u64, said: &Said, seconds: u64) {
    open.to = to;
    open.total = said.total.or(open.total);
    open.findings.extend(said.findings.iter().cloned());
    open.seconds = seconds;
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
