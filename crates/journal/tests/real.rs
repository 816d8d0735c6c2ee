//! The journal on a real folder with the thread that makes segments ahead.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;
use windlass_journal::{Ahead, Journal, JournalError, RealDisk, Sizes};

const SIZES: Sizes = Sizes { least: 8192, most: 32 * 1024 };

fn open(folder: &Path) -> Result<Journal<RealDisk, Ahead<RealDisk>>, JournalError> {
    let disk = RealDisk::open(folder).unwrap();
    Journal::open(&disk, Ahead::start(disk.clone()).unwrap(), SIZES, 5)
}

#[test]
fn segments_are_made_ahead_given_back_and_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = open(&path).unwrap();
    for number in 1..=900_u64 {
        let group = vec![number as u8; 400];
        assert_eq!(journal.commit(&[&number.to_be_bytes(), &group]).unwrap(), number);
        if journal.bytes() > 100_000 {
            journal.release_before(journal.beginning().segment + 1);
        }
    }
    let first = journal.first();
    assert!(first > 500 && journal.active_segment() > 10);
    journal.close().unwrap();
    let held: u64 =
        fs::read_dir(&path).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum();
    assert!(held < 400_000, "{held} bytes are held for 100,000");
    let journal = open(&path).unwrap();
    let mut next = first;
    let all = journal.replay::<JournalError>(first, |frame, payload| {
        assert_eq!((frame, &payload[..8]), (next, &next.to_be_bytes()[..]));
        next += 1;
        Ok(())
    });
    all.unwrap();
    assert_eq!((next, journal.last()), (901, 901), "with the closing frame");
}

#[test]
fn a_group_longer_than_any_segment_is_one_frame() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = open(&path).unwrap();
    let long: Vec<u8> = (0..1_000_000).map(|n| (n % 253) as u8).collect();
    for group in [&b"before"[..], &long, b"after"] {
        journal.commit(&[group]).unwrap();
    }
    // As a killed process leaves it.
    drop(journal);
    let journal = open(&path).unwrap();
    let mut lengths = Vec::new();
    let mut place = journal.beginning();
    let mut payload = Vec::new();
    while place.segment <= journal.active_segment() {
        match journal.read(place, &mut payload).unwrap() {
            Some((_, next)) => {
                lengths.push(payload.len());
                place = next;
            }
            None => place = windlass_journal::Place { segment: place.segment + 1, offset: 0 },
        }
    }
    assert_eq!(lengths, [6, 1_000_000, 5]);
}

#[test]
fn a_journal_that_is_hardly_used_is_small() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let disk = RealDisk::open(&path).unwrap();
    let supplier = Ahead::start(disk.clone()).unwrap();
    let mut journal = Journal::open(&disk, supplier, Sizes::default(), 5).unwrap();
    journal.commit(&[b"one"]).unwrap();
    journal.close().unwrap();
    let files: Vec<_> = fs::read_dir(&path).unwrap().map(|file| file.unwrap()).collect();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].metadata().unwrap().len(), Sizes::default().least);
    // Opened and closed without a group, it is not written to.
    let before = fs::read(files[0].path()).unwrap();
    let supplier = Ahead::start(disk.clone()).unwrap();
    Journal::open(&disk, supplier, Sizes::default(), 6).unwrap().close().unwrap();
    assert!(before == fs::read(files[0].path()).unwrap());
}
