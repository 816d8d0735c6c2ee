//! Who has what was before a frame opens a journal by its last segments alone. What has rotted in
//! the others is found by a check, and a walk passes over it.

use crate::story::{Simulated, Story, all, open, open_from};
use windlass_journal::{Checked, JournalError, check};
use windlass_testkit::{Prng, SimDisk};

/// Places that are flipped.
const SAMPLES: u64 = 400;

fn closed() -> SimDisk {
    let mut story = Story::begin(12);
    (0..120).for_each(|_| story.commit(900));
    story.close();
    story.disk
}

/// Names of the segments.
fn segments(disk: &SimDisk) -> Vec<(String, usize)> {
    let files = disk.files().into_iter();
    files.filter(|(name, _)| name.starts_with("segment")).collect()
}

#[test]
fn rot_in_full_segments_is_found_by_a_check_and_does_not_stop_an_open() {
    let disk = closed();
    let before = all(&open(&disk).unwrap());
    let last = *before.keys().last().unwrap();
    let files = segments(&disk);
    let full = files.len() as u64 - 1;
    let sound = check(&disk).unwrap();
    assert!(full > 5 && sound.segments == full && sound.frames < last, "{sound:?}");
    let mut prng = Prng::new(13);
    let (mut found, mut harmless) = (0, 0);
    for _ in 0..SAMPLES {
        let (name, length) = &files[prng.below(full) as usize];
        let at = prng.below(*length as u64) as usize;
        let rotten = disk.copy();
        rotten.flip(name, at, 1 + prng.below(255) as u8);
        let told = check(&rotten);
        match (open(&rotten.copy()), &told) {
            (Ok(_), Ok(same)) => {
                assert_eq!(*same, sound);
                harmless += 1;
            }
            (Err(_), Err(JournalError::Damaged { file, offset, .. })) => {
                assert!(file == name && *offset <= at as u64, "byte {at} of {name}: {told:?}");
                found += 1;
            }
            (opened, _) => panic!("byte {at} of {name}: {:?}, {told:?}", opened.map(|_| ())),
        }
        // The beginnings are read by each open.
        match open_from(last, &rotten) {
            Ok(journal) => assert_eq!(journal.last_group(), last),
            Err(error) => {
                assert!(at < 64, "byte {at} of {name}: {error}");
            }
        }
    }
    assert!(found > 200 && harmless > 0, "{found} found, {harmless} harmless");
}

/// The groups of the oldest segment, and what was passed over.
fn walk(journal: &Simulated) -> (Vec<u64>, Vec<u64>) {
    let mut walk = journal.walk_oldest().unwrap().unwrap();
    let (mut read, mut passed, mut payload) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        match walk.next(&mut payload) {
            Ok(Some(frame)) => read.push(frame),
            Ok(None) => return (read, passed),
            Err(JournalError::Damaged { .. }) => passed.extend(walk.skip().unwrap()),
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn a_walk_passes_over_what_is_damaged_and_over_nothing_else() {
    let disk = closed();
    let journal = open(&disk).unwrap();
    let (whole, none) = walk(&journal);
    let last = journal.last_group();
    assert!(whole.len() >= 3 && none.is_empty());
    let (name, length) = segments(&disk).swap_remove(0);
    let mut damaged = 0;
    for at in 64..length {
        let rotten = disk.copy();
        rotten.flip(&name, at, 1);
        let (read, passed) = walk(&open_from(last, &rotten).unwrap());
        assert!(passed.len() <= 1, "byte {at}: {passed:?}");
        damaged += passed.len();
        let mut both = [read, passed].concat();
        both.sort_unstable();
        assert_eq!(both, whole, "byte {at}");
    }
    assert!(damaged > 1000, "{damaged} damaged");
}

#[test]
fn nothing_is_checked_where_nothing_is_full() {
    let disk = SimDisk::default();
    let mut journal = open(&disk).unwrap();
    journal.commit(&[b"one"]).unwrap();
    assert_eq!(check(&disk).unwrap(), Checked::default());
}
