//! The checker can fail: each deliberate bug is found within a bounded number of seeds.

use crate::campaign::first_found;
use crate::mutant::Mutant;

/// Seeds within which a bug must show. The correct engine passes all of them.
const SEEDS_MAX: u64 = 1_000;

#[track_caller]
fn is_found(mutant: Mutant, saying: &[&str]) {
    let Some(finding) = first_found(mutant, SEEDS_MAX) else {
        panic!("{mutant:?} was not found in {SEEDS_MAX} seeds");
    };
    println!("{mutant:?}: seed {}: {}", finding.seed, finding.why);
    assert!(saying.iter().any(|text| finding.why.contains(text)), "found by chance: {finding:?}");
}

#[test]
fn retry_in_place_of_probe_is_found() {
    is_found(Mutant::RetryInPlaceOfProbe, &["a second effect", "a second compensation"]);
}

#[test]
fn act_before_intent_is_found() {
    is_found(Mutant::ActBeforeIntent, &["before its intent is durable"]);
}

#[test]
fn epoch_not_checked_is_found() {
    is_found(Mutant::EpochNotChecked, &["whose lease was gone"]);
}

#[test]
fn compensation_armed_at_success_only_is_found() {
    is_found(Mutant::ArmedAtSuccessOnly, &["is left", "was "]);
}

#[test]
fn lock_not_asked_is_found() {
    let saying = ["begins while another run works", "got the lock while this one is at work"];
    is_found(Mutant::LockNotAsked, &saying);
}

#[test]
fn checkpoint_out_of_step_is_found() {
    is_found(Mutant::CheckpointOutOfStep, &["not the history's fold", "cannot follow"]);
}
