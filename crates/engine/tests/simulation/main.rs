//! Deterministic simulation of the engine: a seed makes a workflow, a world with faults, people,
//! rivals and crashes; the real core, recorder, reader and lease drive the run through it; a
//! checker counts what took place.
//!
//! `WINDLASS_SEED=n cargo test -p windlass-engine --test simulation one_seed -- --nocapture` tells
//! a seed in full.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stdout, reason = "a finding is told")]

mod ready;
mod range;
mod sealing;
mod shell;
mod coverage;
mod happening;
mod actor;
mod rules;
mod mirror;
mod judge;
mod verdict;
mod fenceless;
mod mutant;
mod sim;
mod neighbour;
mod engines;
mod effects;
mod people;
mod campaign;
mod bugs;

use campaign::{search, tale};
use mutant::Mutant;

/// Seeds where nobody names a range. Unoptimized each takes five times as long; `xtask test`
/// runs its
/// slice of 10,000 optimized.
const SEEDS: u64 = if cfg!(debug_assertions) { 3_000 } else { 10_000 };

/// Seeds from which shares are worth asserting.
const SHARES_FROM: u64 = 2_000;

/// Findings that are told in a line each; more say nothing new.
const FINDINGS_TOLD_MAX: usize = 20;

#[test]
fn campaign() {
    let range = range::wanted(SEEDS);
    let (shares, findings) = search(range);
    println!("{}", shares.told());
    for finding in findings.iter().take(FINDINGS_TOLD_MAX) {
        println!("campaign: finding seed={} {}", finding.seed, finding.why);
    }
    println!("campaign: ran={}", shares.seeds());
    if let Some(first) = findings.first() {
        println!("{}", tale(first.seed, Mutant::None));
        println!("replay with WINDLASS_SEED={}", first.seed);
    }
    assert!(findings.is_empty(), "{} of {} seeds failed", findings.len(), shares.seeds());
    if shares.seeds() >= SHARES_FROM {
        let small = shares.too_small();
        assert!(small.is_empty(), "too few seeds met: {small:?}");
    }
}

#[test]
fn one_seed() {
    let Some(seed) = range::single() else { return };
    println!("{}", tale(seed, Mutant::None));
    let (result, ..) = campaign::play(seed, Mutant::None);
    assert_eq!(result, Ok(()));
}
