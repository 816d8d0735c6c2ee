//! A file that holds a large record is damaged or gone. Nothing else holds its content, so that its
//! run is named and not driven; all else goes on, and the index is left as it is.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use windlass_journal::{Inline, Journal, JournalError, RealDisk, Sizes};
use windlass_ports::store::{AppendError, StoreError};
use windlass_store_sled::SledStore;
use windlass_testkit::store_kit::subject::{Subject, append, run_id};

/// A closed store with a run that has a large event, and one that has none.
async fn closed() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let subject = Subject::new(SledStore::open(&path).unwrap());
    let first = subject.leased(1).await;
    subject.append(&first, 0, 2).await.unwrap();
    subject.store.append(append(&first, 2, vec![vec![7; 400_000]])).await.unwrap();
    let second = subject.leased(2).await;
    subject.append(&second, 0, 2).await.unwrap();
    (folder, path)
}

fn object(path: &Path) -> PathBuf {
    let mut files = fs::read_dir(path.join("objects")).unwrap().map(|file| file.unwrap().path());
    let only = files.next().unwrap();
    assert!(files.next().is_none());
    only
}

async fn is_told_and_the_rest_goes_on(path: &Path, name: &str) {
    for open in ["first", "second"] {
        let subject = Subject::new(SledStore::open(path).unwrap());
        let store = &subject.store;
        assert!(!path.join("damaged").exists(), "the {open} open set sled aside");
        let told = fs::read_to_string(path.join("unsound")).unwrap();
        for part in [run_id(1).to_string().as_str(), "event 3", name] {
            assert!(told.contains(part), "{told}");
        }
        assert_eq!(told.lines().count(), 1, "{told}");
        assert_eq!(store.events(run_id(1), 0, 2).await.unwrap().len(), 2, "what is sound is read");
        let read = store.events(run_id(1), 2, 1).await;
        assert!(matches!(&read, Err(StoreError::Corrupt(why)) if why.contains(name)), "{read:?}");
        let lease = store.lease(run_id(1)).await.unwrap().unwrap();
        let driven = store.append(append(&lease, 3, vec![vec![1]])).await;
        assert!(matches!(driven, Err(AppendError::Store(StoreError::Corrupt(_)))), "{driven:?}");
        let other = store.lease(run_id(2)).await.unwrap().unwrap();
        let seq = store.head(run_id(2)).await.unwrap().seq;
        subject.append(&other, seq, 1).await.unwrap();
        assert!(!path.join("suspect").exists(), "the index is not the cause");
    }
}

#[tokio::test]
async fn a_damaged_file_is_named_with_its_run_and_the_index_is_left_alone() {
    let (_folder, path) = closed().await;
    let object = object(&path);
    let whole = fs::read(&object).unwrap();
    let mut bytes = whole.clone();
    bytes[1000] ^= 1;
    fs::write(&object, bytes).unwrap();
    is_told_and_the_rest_goes_on(&path, object.file_name().unwrap().to_str().unwrap()).await;
    // Brought back from a backup, the run is as good as ever.
    fs::write(&object, whole).unwrap();
    let store = SledStore::open(&path).unwrap();
    assert_eq!(store.damaged(), []);
    assert!(!path.join("unsound").exists());
}

#[tokio::test]
async fn a_file_that_is_gone_is_told_in_the_same_way() {
    let (_folder, path) = closed().await;
    let object = object(&path);
    fs::remove_file(&object).unwrap();
    is_told_and_the_rest_goes_on(&path, object.file_name().unwrap().to_str().unwrap()).await;
}

/// Bytes before the rows of a frame, and before a row's key; and the number of the events' table.
const HEIGHT_BYTES: usize = 32;
const ROW_BYTES: usize = 5;
const EVENTS: u8 = 3;

/// Writes the first event of a run into the journal again, with another last byte.
fn tamper(path: &Path, run: u64) {
    let disk = RealDisk::open(&path.join("journal")).unwrap();
    let mut journal = Journal::open(&disk, Inline(disk.clone()), Sizes::default(), 0).unwrap();
    let key = [run_id(run).0.as_bytes().as_slice(), &1_u64.to_be_bytes()].concat();
    let (mut height, mut event) = (Vec::new(), Vec::new());
    let read = journal.replay::<JournalError>(0, |_, payload| {
        height = payload[..HEIGHT_BYTES].to_vec();
        let is_it =
            |at: &usize| payload[*at] == EVENTS && payload[at + ROW_BYTES..].starts_with(&key);
        let mut places = HEIGHT_BYTES..payload.len().saturating_sub(ROW_BYTES + key.len());
        if let Some(at) = places.find(is_it) {
            let value = usize::from(u16::from_be_bytes([payload[at + 3], payload[at + 4]]));
            event = payload[at..at + ROW_BYTES + key.len() + value].to_vec();
        }
        Ok(())
    });
    read.unwrap();
    *event.last_mut().unwrap() ^= 1;
    journal.commit(&[&height, &event]).unwrap();
    journal.close().unwrap();
}

/// Making the index anew from a journal that has no better is done once, not at each open.
#[tokio::test]
async fn damage_that_the_journal_shares_makes_the_index_anew_once() {
    let (_folder, path) = closed().await;
    tamper(&path, 2);
    let mended: Vec<bool> = (0..3)
        .map(|_| {
            let store = SledStore::open(&path).unwrap();
            assert_eq!(store.damaged().len(), 1);
            store.mended().is_some()
        })
        .collect();
    assert_eq!(mended, [true, false, false]);
}
