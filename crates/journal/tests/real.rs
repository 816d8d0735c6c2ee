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
            journal.release_before(journal.oldest_segment() + 1);
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
    let all = journal.replay::<JournalError>(0, |_, payload| {
        lengths.push(payload.len());
        Ok(())
    });
    all.unwrap();
    assert_eq!(lengths, [6, 1_000_000, 5]);
}

/// Segments grow with what is held: a spare one of the first hour is too short for ever, and must
/// not keep the place of one that is not.
#[test]
fn a_spare_segment_that_is_too_short_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = open(&path).unwrap();
    journal.commit(&[b"one"]).unwrap();
    journal.close().unwrap();
    for number in 1..=2 {
        fs::write(path.join(format!("spare-{number:012}")), [0; 512]).unwrap();
    }
    let mut journal = open(&path).unwrap();
    for _ in 0..100 {
        journal.commit(&[&[7; 4000]]).unwrap();
        if journal.bytes() > 100_000 {
            journal.release_before(journal.oldest_segment() + 1);
        }
    }
    journal.close().unwrap();
    let files = fs::read_dir(&path).unwrap().map(|file| file.unwrap());
    let spare = files.filter(|file| file.file_name().to_string_lossy().starts_with("spare"));
    let lengths: Vec<u64> = spare.map(|file| file.metadata().unwrap().len()).collect();
    assert!(!lengths.is_empty() && lengths.iter().all(|length| *length > 512), "{lengths:?}");
}

#[test]
fn no_file_is_kept_open_of_a_segment_that_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let opened = || {
        let links = fs::read_dir("/proc/self/fd").unwrap().map(|link| link.unwrap().path());
        links.filter(|link| fs::read_link(link).is_ok_and(|to| to.starts_with(&path))).count()
    };
    let mut journal = open(&path).unwrap();
    for _ in 0..400 {
        journal.commit(&[&[7; 4000]]).unwrap();
    }
    assert!(journal.active_segment() > 20 && opened() <= 4, "{} are open", opened());
    drop(journal);
    let journal = open(&path).unwrap();
    assert!(journal.active_segment() > 20 && opened() <= 4, "{} are open", opened());
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
