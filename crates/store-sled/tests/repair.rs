//! Stores are damaged in each way, and what is sound is saved to a new one: all of a run or
//! nothing, never an older state, and the old folder stays as it is.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use windlass_model::Phase;
use windlass_ports::Store;
use windlass_ports::store::Append;
use windlass_store_sled::SledStore;
use windlass_store_sled::repair::{Repaired, repair};
use windlass_testkit::store_kit::subject::{Subject, append, run_id};

/// A closed store: a live run with a lock and a large event, a live one that waits for the lock,
/// and one that has ended.
async fn closed() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let subject = Subject::new(SledStore::open(&path).unwrap());
    let first = subject.leased(1).await;
    subject.append(&first, 0, 2).await.unwrap();
    subject.store.acquire_lock("lock".to_owned(), run_id(1)).await.unwrap();
    subject.store.append(append(&first, 2, vec![vec![7; 400_000], vec![8; 9_000]])).await.unwrap();
    let third = subject.leased(3).await;
    let ended = Append { phase: Phase::Succeeded, ..append(&third, 0, vec![vec![1]; 3]) };
    subject.store.append(ended).await.unwrap();
    let second = subject.leased(2).await;
    subject.store.acquire_lock("lock".to_owned(), run_id(2)).await.unwrap();
    subject.append(&second, 0, 2).await.unwrap();
    (folder, path)
}

fn files(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => drop(found.insert(path.clone(), fs::read(&path).unwrap())),
        }
    }
}

/// Repairs, and sees that the old folder is as it was.
fn repaired(path: &Path) -> (Repaired, PathBuf) {
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    files(path, &mut before);
    let to = path.with_file_name("new");
    let repaired = repair(path, &to, |_, _, _| Ok(())).unwrap();
    files(path, &mut after);
    assert!(before == after, "the old folder was changed");
    (repaired, to)
}

/// The runs of a store with all of their events, and its lock's state.
async fn content(store: &SledStore, runs: &[u64]) -> Vec<(u64, Phase, Vec<Vec<u8>>)> {
    let mut all = Vec::new();
    for n in runs {
        let head = store.head(run_id(*n)).await.unwrap();
        let events = store.events(run_id(*n), 0, usize::MAX).await.unwrap();
        assert_eq!(events.len() as u64, head.seq);
        all.push((*n, head.phase, events.into_iter().map(|event| event.bytes).collect()));
    }
    all
}

/// Everything of a whole store is in the new one, which is written to.
async fn is_all_there(path: &Path) {
    let (_copy, sound) = closed().await;
    let (repaired, to) = repaired(path);
    assert_eq!((repaired.copied.len(), &repaired.left[..]), (3, &[][..]), "{repaired:?}");
    let subject = Subject::new(SledStore::open(&to).unwrap());
    let store = SledStore::open(&sound).unwrap();
    let expected = content(&store, &[1, 2, 3]).await;
    drop(subject);
    let new = SledStore::open(&to).unwrap();
    assert_eq!((new.mended(), new.damaged()), (None, vec![]));
    assert!(content(&new, &[1, 2, 3]).await == expected);
    let lock = new.lock("lock".to_owned()).await.unwrap();
    assert_eq!((lock.holder, lock.queue), (Some(run_id(1)), vec![run_id(2)]));
    drop(new);
    let subject = Subject::new(SledStore::open(&to).unwrap());
    let lease = subject.store.lease(run_id(1)).await.unwrap().unwrap();
    subject.append(&lease, 4, 1).await.unwrap();
}

fn flip(file: &Path, at: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[at] ^= 1;
    fs::write(file, bytes).unwrap();
}

/// The first segment, and where the frame begins that has a number in it.
fn frame(path: &Path, number: u64) -> (PathBuf, usize) {
    let file = path.join("journal/segment-000000000001");
    let bytes = fs::read(&file).unwrap();
    let is_it = |at: &usize| {
        bytes[*at..].starts_with(b"wlj1") && bytes[at + 24..at + 32] == number.to_be_bytes()
    };
    let at = (0..bytes.len()).step_by(512).find(is_it).unwrap();
    (file, at)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_is_gone_or_garbage_costs_nothing() {
    let (_folder, path) = closed().await;
    fs::remove_dir_all(path.join("sled")).unwrap();
    is_all_there(&path).await;
    let (_folder, path) = closed().await;
    fs::write(path.join("sled/db"), vec![0xa5; 100_000]).unwrap();
    is_all_there(&path).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_journal_has_lost_comes_from_the_index() {
    for number in [1, 3, 5] {
        let (_folder, path) = closed().await;
        let (file, at) = frame(&path, number);
        flip(&file, at + 10);
        is_all_there(&path).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_both_have_lost_is_named_and_no_older_state_is_copied() {
    let (_folder, path) = closed().await;
    fs::remove_dir_all(path.join("sled")).unwrap();
    let (_, whole) = closed().await;
    drop(whole);
    let mut last = 1;
    while std::panic::catch_unwind(|| frame(&path, last + 1)).is_ok() {
        last += 1;
    }
    for number in 2..last {
        let (file, at) = frame(&path, number);
        flip(&file, at + 70);
        let (repaired, to) = repaired(&path);
        let lost = &repaired.lost[0];
        let place = ("segment-000000000001", at as u64, number..=number);
        assert_eq!((lost.file.as_str(), lost.offset, lost.frames.clone()), place);
        let new = SledStore::open(&to).unwrap();
        for run in &repaired.copied {
            let events = new.head(*run).await.unwrap().seq;
            let expected = [4, 2, 3][(1..=3).position(|n| run_id(n) == *run).unwrap()];
            assert_eq!(events, expected, "frame {number}: an older state of {run} was copied");
        }
        for left in &repaired.left {
            assert!(!repaired.copied.contains(&left.run) && !left.why.is_empty());
            assert!(new.head(left.run).await.is_err());
        }
        drop(new);
        fs::remove_dir_all(&to).unwrap();
        flip(&file, at + 70);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_whose_file_is_damaged_is_named_with_its_last_sound_event() {
    let (_folder, path) = closed().await;
    let object = fs::read_dir(path.join("objects")).unwrap().next().unwrap().unwrap();
    flip(&object.path(), 1000);
    let (repaired, to) = repaired(&path);
    let left = &repaired.left[0];
    assert_eq!((repaired.left.len(), left.run, left.last_sound), (1, run_id(1), 2));
    assert!(left.why.contains(object.file_name().to_str().unwrap()), "{}", left.why);
    assert_eq!(repaired.copied, [run_id(2), run_id(3)]);
    assert_eq!(repaired.locks, [("lock".to_owned(), Some(run_id(1)))]);
    let new = SledStore::open(&to).unwrap();
    content(&new, &[2, 3]).await;
    let lock = new.acquire_lock("lock".to_owned(), run_id(2)).await.unwrap();
    assert_eq!(lock.holder, Some(run_id(2)), "who waited asks again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_written_over_nor_beside_a_holder() {
    let (_folder, path) = closed().await;
    let here = path.with_file_name("here");
    fs::create_dir(&here).unwrap();
    let said = repair(&path, &here, |_, _, _| Ok(())).unwrap_err();
    assert!(said.contains("is there already"), "{said}");
    let _held = SledStore::open(&path).unwrap();
    let said = repair(&path, &path.with_file_name("new"), |_, _, _| Ok(())).unwrap_err();
    assert!(said.contains("end the process"), "{said}");
    assert!(!path.with_file_name("new").exists());
}
