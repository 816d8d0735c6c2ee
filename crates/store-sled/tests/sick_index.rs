//! What becomes of a store when sled finds its own files damaged in the middle of work, and when
//! the system does not let it have them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::os::unix::fs::{FileExt, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use windlass_model::Phase;
use windlass_ports::Store;
use windlass_ports::store::Append;
use windlass_store_sled::{OpenError, SledStore};
use windlass_testkit::store_kit::subject::{NOON, Subject, append, run_id};

/// Long after the last thing that happened.
const LATER_MS: u64 = 1_000_000_000_000;

/// What events of the ended run hold, so that they are found in sled's file.
const MARK: &[u8] = b"an event of a run that ended long ago";

/// A closed store with a live run and one that ended.
async fn closed() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let subject = Subject::new(SledStore::open(&path).unwrap());
    let live = subject.leased(1).await;
    subject.append(&live, 0, 50).await.unwrap();
    let ended = subject.leased(2).await;
    // Its first and its last ones share pages with the rows of others.
    let content = |n: u64| if (150..250).contains(&n) { MARK.repeat(8) } else { vec![1; 300] };
    let events = (0..400).map(content).collect();
    let last = Append { phase: Phase::Succeeded, ..append(&ended, 0, events) };
    subject.store.append(last).await.unwrap();
    subject.store.release_lease(ended).await.unwrap();
    drop(subject);
    (folder, path)
}

/// Damages the pages of sled that hold events from the middle of the ended run; returns how many
/// places.
fn damage(path: &Path) -> usize {
    let db = path.join("sled/db");
    let bytes = fs::read(&db).unwrap();
    let places = (0..bytes.len() - MARK.len()).filter(|at| bytes[*at..].starts_with(MARK));
    let db = fs::OpenOptions::new().write(true).open(&db).unwrap();
    places.map(|at| db.write_all_at(&[bytes[at] ^ 1], at as u64).unwrap()).count()
}

/// Waits until the store says that it cannot write.
async fn broken(store: &SledStore) -> String {
    loop {
        match store.broken() {
            Some(why) => return why,
            None => tokio::task::yield_now().await,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_that_the_committer_meets_is_mended_by_the_next_open() {
    let (_folder, path) = closed().await;
    let store = SledStore::open(&path).unwrap();
    assert_eq!(store.mended(), None);
    // sled has not read these pages: nobody has looked at the ended run.
    assert!(damage(&path) > 100);
    // Its rows are read to be cleared, by the committer itself.
    store.remove_run(run_id(2), NOON.after(LATER_MS)).await.unwrap();
    let why = broken(&store).await;
    assert!(why.contains("its index"), "{why}");
    drop(store);
    assert!(path.join("suspect").exists());
    let store = SledStore::open(&path).unwrap();
    let mended = store.mended().unwrap().to_owned();
    assert!(mended.contains("made anew from the journal: they were found damaged"), "{mended}");
    assert!(store.head(run_id(2)).await.is_err(), "it was removed");
    assert_eq!(store.events(run_id(1), 0, usize::MAX).await.unwrap().len(), 50);
    drop(store);
    let store = SledStore::open(&path).unwrap();
    assert_eq!((store.mended(), store.broken()), (None, None), "once is enough");
}

#[tokio::test]
async fn what_the_system_refuses_is_said_and_nothing_is_set_aside() {
    for name in ["sled/db", "sled/conf"] {
        let (_folder, path) = closed().await;
        let (file, kept) = (path.join(name), path.join("kept"));
        fs::rename(&file, &kept).unwrap();
        // Nobody, root neither, opens a link that leads to itself.
        symlink(&file, &file).unwrap();
        let refused = SledStore::open(&path).map(|_| ()).unwrap_err();
        let OpenError::Io { what, source, .. } = &refused else { panic!("{refused}") };
        assert_eq!(source.raw_os_error(), Some(rustix::io::Errno::LOOP.raw_os_error()));
        assert!(what.contains("`sled`"), "{what}");
        assert!(refused.to_string().contains("free space"), "{refused}");
        assert!(!path.join("damaged").exists(), "{name}: set aside");
        fs::remove_file(&file).unwrap();
        fs::rename(&kept, &file).unwrap();
        let store = SledStore::open(&path).unwrap();
        assert_eq!(store.mended(), None, "{name}: nothing was wrong with it");
    }
}
