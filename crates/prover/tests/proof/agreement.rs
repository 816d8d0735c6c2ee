//! The reduction loses nothing: with it and without it the verdict is the same, and the shortest
//! story is as long.

use crate::proved::verdict;
use windlass_testkit::small::from_seed;

/// Workflows that are tried: a tenth of a second each, most of it without the reduction.
const SEEDS: u64 = 150;

/// Steps of one. Without the reduction a step more takes ten times as long.
const STEPS_MAX: u64 = 4;

/// Situations after which a seed is left out: a few have so many without the reduction.
const STATES_MAX: usize = 15_000;

#[test]
fn with_and_without_the_reduction_the_verdict_is_the_same() {
    let (mut broken, mut compared) = (0, 0);
    for seed in 0..SEEDS {
        let plain = verdict(from_seed(seed, STEPS_MAX), false, STATES_MAX);
        if !plain.not_proved.is_empty() {
            continue;
        }
        let reduced = verdict(from_seed(seed, STEPS_MAX), true, STATES_MAX);
        let [one, other] =
            [&reduced, &plain].map(|verdict| verdict.stories.first().map(|story| story.length));
        assert_eq!(one, other, "seed {seed}");
        assert!(reduced.states <= plain.states, "seed {seed}: it is a reduction");
        broken += u64::from(other.is_some());
        compared += 1;
    }
    assert!(compared > SEEDS * 2 / 3, "{compared} of {SEEDS} were compared");
    assert!(
        broken > compared / 4 && broken < compared * 3 / 4,
        "{broken} of {compared} are broken"
    );
}
