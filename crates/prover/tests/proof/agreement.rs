//! The reduction loses nothing: with it and without it the verdict is the same, and the shortest
//! story is as long.

use crate::proved::verdict;
use windlass_testkit::small::from_seed;

/// Workflows that are tried: a tenth of a second each, most of it without the reduction.
const SEEDS: u64 = 120;

/// Steps of one. Without the reduction a step more takes ten times as long.
const STEPS_MAX: u64 = 4;

#[test]
fn with_and_without_the_reduction_the_verdict_is_the_same() {
    let mut broken = 0;
    for seed in 0..SEEDS {
        let [reduced, plain] = [true, false].map(|reduced| {
            let verdict = verdict(from_seed(seed, STEPS_MAX), reduced);
            assert!(verdict.not_proved.is_empty(), "seed {seed}: within the bound");
            verdict.stories.first().map(|story| story.length)
        });
        assert_eq!(reduced, plain, "seed {seed}");
        broken += u64::from(plain.is_some());
    }
    assert!(broken > SEEDS / 4 && broken < SEEDS * 3 / 4, "{broken} of {SEEDS} are broken");
}
