//! The bytes of a small journal, as they are on the disk: a change of the format is seen here, and
//! journals of today open for ever.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use windlass_journal::{Inline, Journal, JournalError, RealDisk, Sizes};

const SIZES: Sizes = Sizes { least: 4096, most: 4096 };

const FILE: &str = "segment-000000000001";

fn open(folder: &Path) -> Journal<RealDisk, Inline<RealDisk>> {
    let disk = RealDisk::open(folder).unwrap();
    Journal::open(&disk, Inline(disk.clone()), SIZES, 0x0123_4567_89ab_cdef).unwrap()
}

fn groups() -> [Vec<u8>; 3] {
    [b"first".to_vec(), Vec::new(), (0..600).map(|n| (n % 251) as u8).collect()]
}

#[test]
fn today_writes_these_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = open(folder.path());
    for group in groups() {
        journal.commit(&[&group]).unwrap();
    }
    journal.close().unwrap();
    let written = std::fs::read(folder.path().join(FILE)).unwrap();
    let golden = golden();
    assert!(written == std::fs::read(golden).unwrap(), "the format has changed");
}

#[test]
fn these_bytes_are_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(golden(), folder.path().join(FILE)).unwrap();
    let mut journal = open(folder.path());
    let mut read = Vec::new();
    let all = journal.replay::<JournalError>(0, |frame, payload| {
        read.push((frame, payload.to_vec()));
        Ok(())
    });
    all.unwrap();
    assert!(read.into_iter().eq((1..).zip(groups())));
    // Frame 4 is the closing one.
    assert_eq!((journal.last(), journal.commit(&[b"more"]).unwrap()), (4, 5));
}

fn golden() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(FILE)
}
