//! A byte of a full segment of the journal rots while the index is whole: the store opens, a check
//! names the place, and the giving back of room takes the rows that are lost there out of the
//! index.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use windlass_model::Phase;
use windlass_ports::Store;
use windlass_ports::store::Append;
use windlass_store_sled::check::check_journal;
use windlass_store_sled::{Settings, SledStore};
use windlass_testkit::store_kit::subject::{NOON, Subject, append, run_id};

/// Long after the last thing that happened.
const LATER_MS: u64 = 1_000_000_000_000;

/// Events of the first run, each in a frame of its own.
const EVENTS: u64 = 40;

const FIRST: &str = "journal/segment-000000000001";

/// Room is given back at once.
fn open(path: &Path) -> SledStore {
    let settings = Settings { journal_bytes_floor: 512 * 1024, ..Settings::default() };
    SledStore::open_with(path, settings).unwrap()
}

fn event(seq: u64) -> Vec<u8> {
    format!("event {seq} of the first run ").repeat(20).into_bytes()
}

/// A run that comes, writes some 300 KB and is removed.
async fn pass(subject: &Subject, n: u64) {
    let passing = subject.leased(n).await;
    let large = vec![vec![n as u8; 100_000]; 3];
    let ended = Append { phase: Phase::Succeeded, ..append(&passing, 0, large) };
    subject.store.append(ended).await.unwrap();
    subject.store.release_lease(passing.clone()).await.unwrap();
    subject.store.remove_run(passing.run, NOON.after(LATER_MS)).await.unwrap();
}

/// A closed store whose first segment holds a live run, and is full.
async fn closed() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let subject = Subject::new(open(&path));
    let first = subject.leased(1).await;
    for seq in 1..=EVENTS {
        subject.store.append(append(&first, seq - 1, vec![event(seq)])).await.unwrap();
    }
    pass(&subject, 100).await;
    drop(subject);
    assert!(path.join(FIRST).exists() && path.join("journal/segment-000000000002").exists());
    (folder, path)
}

/// Flips a byte of an event in the first segment.
fn rot(path: &Path, seq: u64) {
    let mut bytes = fs::read(path.join(FIRST)).unwrap();
    let event = event(seq);
    let at = (0..bytes.len()).find(|at| bytes[*at..].starts_with(&event)).unwrap();
    bytes[at + 50] ^= 4;
    fs::write(path.join(FIRST), bytes).unwrap();
}

async fn whole(store: &dyn Store) {
    let events = store.events(run_id(1), 0, usize::MAX).await.unwrap();
    assert!(events.into_iter().map(|event| event.bytes).eq((1..=EVENTS).map(event)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_have_rotted_are_written_anew_from_the_index() {
    let (_folder, path) = closed().await;
    assert!(check_journal(&path).unwrap().unwrap().segments > 0);
    rot(&path, 20);
    rot(&path, 21);
    let said = check_journal(&path).unwrap_err().to_string();
    assert!(said.contains("segment-000000000001 is damaged at byte"), "{said}");
    let subject = Subject::new(open(&path));
    whole(&*subject.store).await;
    for n in 200.. {
        pass(&subject, n).await;
        if !path.join(FIRST).exists() {
            break;
        }
        assert!(n < 300, "the first segment is not given back");
    }
    drop(subject);
    assert!(check_journal(&path).is_ok());
    fs::remove_dir_all(path.join("sled")).unwrap();
    whole(&open(&path)).await;
}

/// Both copies have rotted: what is left of the index is not set aside for a journal that cannot
/// replace it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_is_not_set_aside_for_a_journal_that_is_damaged() {
    let (_folder, path) = closed().await;
    rot(&path, 20);
    fs::write(path.join("suspect"), "a record").unwrap();
    let refused = SledStore::open(&path).map(|_| ()).unwrap_err().to_string();
    assert!(refused.contains("segment-000000000001 is damaged"), "{refused}");
    assert!(path.join("sled/db").exists() && !path.join("damaged").exists());
    fs::remove_file(path.join("suspect")).unwrap();
    whole(&open(&path)).await;
}
