//! The journal gives room back while runs go on, and an event lives in it until its run is removed:
//! sled can be lost at any time.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;
use windlass_model::Phase;
use windlass_ports::store::{Append, StoredCheckpoint};
use windlass_store_sled::SledStore;
use windlass_testkit::store_kit::subject::{NOON, Subject, append, run_id};

/// Long after the last thing that happened.
const LATER_MS: u64 = 1_000_000_000_000;

/// Bytes of a large event.
const LARGE: usize = 100_000;

/// Rounds of the load, each of some 300 KB.
const ROUNDS: u64 = 150;

/// What the journal may hold in the end: little lives.
const HELD_BYTES_MAX: u64 = 24 * 1024 * 1024;

fn held(path: &Path) -> u64 {
    let files = fs::read_dir(path.join("journal")).unwrap();
    files.map(|file| file.unwrap().metadata().unwrap().len()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lives_is_kept_and_the_rest_gives_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let subject = Subject::new(SledStore::open(&path).unwrap());
    // A run of the first hour that lives on, one with a checkpoint that is saved again and again,
    // and many that come and are removed.
    let first = subject.leased(1).await;
    subject.append(&first, 0, 200).await.unwrap();
    let second = subject.leased(2).await;
    for round in 0..ROUNDS {
        subject.append(&second, round, 1).await.unwrap();
        let bytes = vec![round as u8; LARGE];
        let checkpoint = StoredCheckpoint { seq: round + 1, bytes };
        subject.store.save_checkpoint(second.run, checkpoint).await.unwrap();
        let passing = subject.leased(100 + round).await;
        let large = vec![vec![round as u8; LARGE]; 2];
        let ended = Append { phase: Phase::Succeeded, ..append(&passing, 0, large) };
        subject.store.append(ended).await.unwrap();
        subject.store.release_lease(passing.clone()).await.unwrap();
        subject.store.remove_run(passing.run, NOON.after(LATER_MS)).await.unwrap();
    }
    drop(subject);
    let written = ROUNDS * 3 * LARGE as u64;
    assert!(held(&path) < HELD_BYTES_MAX && written > 40_000_000, "{} are held", held(&path));
    let oldest = fs::read_dir(path.join("journal")).unwrap();
    let mut names: Vec<_> = oldest.map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_ne!(names[0], "segment-000000000001", "the first segment was given back");

    fs::remove_dir_all(path.join("sled")).unwrap();
    let subject = Subject::new(SledStore::open(&path).unwrap());
    let store = &subject.store;
    assert_eq!(store.events(first.run, 0, usize::MAX).await.unwrap().len(), 200);
    assert_eq!(store.events(second.run, 0, usize::MAX).await.unwrap().len() as u64, ROUNDS);
    let checkpoint = store.latest_checkpoint(second.run).await.unwrap().unwrap();
    assert_eq!(checkpoint.bytes, vec![(ROUNDS - 1) as u8; LARGE]);
    for round in 0..ROUNDS {
        assert!(store.head(run_id(100 + round)).await.is_err(), "a removed run came back");
    }
    let renewed = store.lease(first.run).await.unwrap().unwrap();
    subject.append(&renewed, 200, 3).await.unwrap();
}
