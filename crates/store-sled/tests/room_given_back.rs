//! The journal gives room back while runs go on, and an event lives in it until its run is removed:
//! sled can be lost at any time.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;
use std::time::Duration;
use windlass_model::Phase;
use windlass_ports::store::{Append, StoredCheckpoint};
use windlass_store_sled::{Settings, SledStore};
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

/// Runs that come, write some 300 KB and are removed.
async fn pass(subject: &Subject, rounds: std::ops::Range<u64>) {
    for round in rounds {
        let passing = subject.leased(100 + round).await;
        let large = vec![vec![round as u8; LARGE]; 3];
        let ended = Append { phase: Phase::Succeeded, ..append(&passing, 0, large) };
        subject.store.append(ended).await.unwrap();
        subject.store.release_lease(passing.clone()).await.unwrap();
        subject.store.remove_run(passing.run, NOON.after(LATER_MS)).await.unwrap();
    }
}

/// Bytes of the segments in use, spare ones not counted.
fn in_use(path: &Path) -> u64 {
    let files = fs::read_dir(path.join("journal")).unwrap().map(|file| file.unwrap());
    let segments = files.filter(|file| file.file_name().to_string_lossy().starts_with("segment"));
    // One may be given back at this moment.
    segments.filter_map(|segment| segment.metadata().ok()).map(|meta| meta.len()).sum()
}

/// The name of the oldest segment.
fn oldest(path: &Path) -> String {
    let files = fs::read_dir(path.join("journal")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("segment")).min().unwrap()
}

/// How long giving back may take; a busy machine is no failure.
const PATIENCE: Duration = Duration::from_secs(60);

/// When there is much to give back and nobody writes, it goes on until there is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_at_rest_gives_all_of_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let subject = Subject::new(SledStore::open(&path).unwrap());
    let first = subject.leased(1).await;
    subject.append(&first, 0, 200).await.unwrap();
    pass(&subject, 0..22).await;
    drop(subject);
    let before = in_use(&path);
    assert!(before > 6_000_000, "{before} bytes: below its floor it keeps what it has");
    let settings = Settings { journal_bytes_floor: 64 * 1024, ..Settings::default() };
    let store = SledStore::open_with(&path, settings).unwrap();
    let rests = async {
        while in_use(&path) > before / 2 || *oldest(&path) < *"segment-000000000004" {
            tokio::task::yield_now().await;
        }
    };
    let rested = tokio::time::timeout(PATIENCE, rests).await;
    assert!(rested.is_ok(), "{} of {before} bytes are in use", in_use(&path));
    drop(store);
    fs::remove_dir_all(path.join("sled")).unwrap();
    let store = SledStore::open(&path).unwrap();
    let events = windlass_ports::Store::events(&store, first.run, 0, usize::MAX).await;
    assert_eq!(events.unwrap().len(), 200);
}

/// sled on a sick disk loses rows without a word. What the journal gives room back by is not that
/// word alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_sled_has_lost_in_silence_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let subject = Subject::new(SledStore::open(&path).unwrap());
    let first = subject.leased(1).await;
    let events = vec![vec![7; 300], vec![8; 9000], vec![9; 300]];
    let ended = Append { phase: Phase::Succeeded, ..append(&first, 0, events.clone()) };
    subject.store.append(ended).await.unwrap();
    drop(subject);
    let db = sled::Config::new().path(path.join("sled")).open().unwrap();
    for tree in ["events", "chunks"] {
        let tree = db.open_tree(tree).unwrap();
        let key = tree.iter().keys().nth(1).unwrap().unwrap();
        tree.remove(key).unwrap();
    }
    db.flush().unwrap();
    drop(db);
    let subject = Subject::new(SledStore::open(&path).unwrap());
    pass(&subject, 0..ROUNDS).await;
    drop(subject);
    assert_ne!(oldest(&path), "segment-000000000001", "the first segment was given back");
    fs::remove_dir_all(path.join("sled")).unwrap();
    let store = SledStore::open(&path).unwrap();
    let read = windlass_ports::Store::events(&store, first.run, 0, 9).await.unwrap();
    assert!(read.into_iter().map(|event| event.bytes).eq(events));
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
        pass(&subject, round..round + 1).await;
    }
    drop(subject);
    let written = ROUNDS * 3 * LARGE as u64;
    assert!(held(&path) < HELD_BYTES_MAX && written > 40_000_000, "{} are held", held(&path));
    assert_ne!(oldest(&path), "segment-000000000001", "the first segment was given back");

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
