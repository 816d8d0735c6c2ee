//! A process ends and the next one opens the journal on the same kernel, before the power goes:
//! what the kernel still shows need not be on the disk.

use crate::story::{all, open};
use windlass_testkit::{Cut, Prng, SimDisk};

fn cuts() -> [Cut; 3] {
    [Cut::Nothing, Cut::Writes, Cut::Sectors]
}

/// After a sync that failed the kernel calls written what is not: whoever opens the journal then,
/// and goes on behind that frame, must not build upon air.
#[test]
fn what_a_failed_sync_left_is_written_again() {
    for kept in cuts() {
        let disk = SimDisk::default();
        let mut journal = open(&disk).unwrap();
        journal.commit(&[b"first"]).unwrap();
        disk.fail_next_sync();
        journal.commit(&[b"second"]).unwrap_err();
        journal.commit(&[b"nothing more"]).unwrap_err();
        drop(journal);
        let mut journal = open(&disk).unwrap();
        let last = journal.commit(&[b"third"]).unwrap();
        drop(journal);
        let left = disk.cut_after(disk.deeds(), kept, &mut Prng::new(1));
        let found = all(&open(&left).unwrap());
        assert_eq!(found[&last], b"third", "{kept:?}");
        assert_eq!(found[&1], b"first", "{kept:?}");
    }
}

/// A frame that nobody synced says that old segments are not needed: they go once it is durable,
/// and not before.
#[test]
fn segments_go_after_the_frame_that_lets_them_go() {
    let mut prng = Prng::new(7);
    for sample in 0..20 {
        let disk = SimDisk::default();
        let mut journal = open(&disk).unwrap();
        for n in 0..12_u8 {
            journal.commit(&[&[n; 1500]]).unwrap();
        }
        let (acknowledged, oldest) = (journal.last(), journal.oldest_segment());
        journal.release_before(oldest + 1);
        journal.stage(&[b"not synced"]).unwrap();
        drop(journal);
        let before = disk.deeds();
        drop(open(&disk).unwrap());
        for deeds in before..=disk.deeds() {
            for kept in cuts() {
                let left = disk.cut_after(deeds, kept, &mut prng);
                let journal = open(&left)
                    .unwrap_or_else(|error| panic!("{sample}: {kept:?} after {deeds}: {error}"));
                assert!(journal.last() >= acknowledged, "{sample}: {kept:?} after {deeds}");
            }
        }
    }
}
