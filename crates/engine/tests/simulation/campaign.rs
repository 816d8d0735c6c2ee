//! Many seeds on a few threads, and what is said about them.

use crate::coverage::{Met, Shares};
use crate::mutant::Mutant;
use crate::range::Range;
use crate::sim::Sim;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;

/// A seed that failed.
#[derive(Clone, Debug)]
pub struct Finding {
    pub seed: u64,
    pub why: String,
}

/// Plays one seed.
pub fn play(seed: u64, mutant: Mutant) -> (Result<(), String>, Met, u64) {
    let played = catch_unwind(AssertUnwindSafe(|| {
        let mut sim = Sim::new(seed, mutant, false);
        let result = sim.play();
        (result, sim.met, sim.happenings)
    }));
    played.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|t| (*t).to_owned()));
        (Err(format!("panic: {}", text.unwrap_or_default())), Met::default(), 0)
    })
}

/// Plays all seeds of a range; goes on after a finding.
pub fn search(range: Range) -> (Shares, Vec<Finding>) {
    let threads = thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let total = Mutex::new((Shares::default(), Vec::new()));
    thread::scope(|scope| {
        for thread in 0..threads {
            let total = &total;
            scope.spawn(move || {
                let mut shares = Shares::default();
                let mut findings = Vec::new();
                for (nth, seed) in range.seeds().enumerate() {
                    if nth as u64 % threads != thread {
                        continue;
                    }
                    let (result, met, happenings) = play(seed, Mutant::None);
                    shares.add(met, happenings);
                    findings.extend(result.err().map(|why| Finding { seed, why }));
                }
                let mut total = total.lock().unwrap();
                total.0.merge(&shares);
                total.1.extend(findings);
            });
        }
    });
    let (shares, mut findings) = total.into_inner().unwrap();
    findings.sort_by_key(|finding| finding.seed);
    (shares, findings)
}

/// The first seed that shows a deliberate bug.
pub fn first_found(mutant: Mutant, seeds: u64) -> Option<Finding> {
    (0..seeds).find_map(|seed| {
        let (result, ..) = play(seed, mutant);
        result.err().map(|why| Finding { seed, why })
    })
}

/// A seed told in full: its workflow, all that happened, its history, and what did not hold.
pub fn tale(seed: u64, mutant: Mutant) -> String {
    let mut sim = Sim::new(seed, mutant, true);
    let result = catch_unwind(AssertUnwindSafe(|| sim.play()));
    let mut text = format!("seed {seed}\n{}\n", sim.workflow_text());
    for line in sim.tale.take().unwrap_or_default() {
        text.push_str(&line);
        text.push('\n');
    }
    for event in &sim.mirror.events {
        text.push_str(&serde_json::to_string(event).unwrap());
        text.push('\n');
    }
    text.push_str(&format!("seed {seed}: {result:?}\n"));
    text
}
