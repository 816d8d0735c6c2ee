//! The power is cut after every single thing that a journal does to its disk, and what was not
//! synced is kept, dropped, reordered or torn: what is found again is a prefix that holds all that
//! was acknowledged, and the journal goes on from there.

use crate::story::{Story, open};
use windlass_testkit::{Cut, Prng, SimDisk};

/// Groups of the workload.
const GROUPS: u64 = 320;

/// Journals that are cut off again and again.
const SEEDS: u64 = 60;

/// Cuts after each deed of which each unsynced sector is left by chance.
const SAMPLES: usize = 2;

#[test]
fn after_any_cut_there_is_a_prefix_with_all_that_was_acknowledged() {
    let mut story = Story::begin(1);
    let (mut spares, mut reused) = (0, 0);
    for _ in 0..GROUPS {
        story.go_on();
        let files = story.disk.files();
        let now = files.iter().filter(|(name, _)| name.contains("spare")).count();
        reused += usize::from(now < spares);
        spares = now;
    }
    story.close();
    let switched = story.segments_begun();
    assert!(
        switched > 20 && reused > 3,
        "{switched} segments, {reused} times a spare one was used"
    );
    let mut prng = Prng::new(2);
    let mut cuts = 0;
    for deeds in 0..=story.disk.deeds() {
        let kinds = [Cut::Nothing, Cut::All, Cut::Writes];
        for kept in [kinds[deeds % 3]].into_iter().chain([Cut::Sectors; SAMPLES]) {
            let what = format!("cut after {deeds} deeds, {kept:?}");
            let left = story.disk.cut_after(deeds, kept, &mut prng);
            story.check(&left, deeds, &what);
            cuts += 1;
        }
    }
    println!("{cuts} cuts at {} places, {switched} segments", story.disk.deeds() + 1);
}

/// A journal that was cut off is written to, and cut off again: what the first cut has left of a
/// torn frame must never stand in the way.
#[test]
fn a_second_cut_is_like_the_first() {
    let mut prng = Prng::new(3);
    for seed in 0..SEEDS {
        let mut story = Story::begin(seed);
        for _ in 0..prng.between(1, 60) {
            story.go_on();
        }
        for round in 0..6 {
            let deeds = prng.between(story.begun as u64, story.disk.deeds() as u64);
            let left = story.disk.cut_after(deeds as usize, Cut::Sectors, &mut prng);
            story = story.resume(left, deeds as usize, &format!("seed {seed}, round {round}"));
            for _ in 0..prng.between(1, 12) {
                story.go_on();
            }
        }
    }
}

/// After any error nothing is acknowledged any more; once the disk is well again, everything that
/// was is there.
#[test]
fn an_error_is_final_and_loses_nothing() {
    let mut deeds = 1;
    loop {
        let mut story = Story::begin(4);
        story.disk.fail_after(deeds);
        let failed = (0..40).any(|_| !story.try_to_go_on());
        if !failed {
            break;
        }
        let said = story.journal().commit(&[b"more"]).unwrap_err().to_string();
        assert!(said.contains("takes nothing any more"), "{said}");
        assert!(said.contains("sick"), "{said}");
        let disk: SimDisk = story.disk.cut_after(story.disk.deeds(), Cut::All, &mut Prng::new(5));
        story.check(&disk, story.disk.deeds(), &format!("sick after {deeds} deeds"));
        deeds += 1;
    }
    assert!(deeds > 80, "{deeds} places");
    drop(open(&SimDisk::default()));
}
