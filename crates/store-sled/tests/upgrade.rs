//! Stores that earlier windlasses wrote. The second format, in which sled held the only copy: it
//! opens, all of it is there, also where the taking over was cut off, and an earlier windlass does
//! not open it then. The third, with a journal: it opens as it is, and where its index is gone.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use flate2::read::GzDecoder;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use windlass_model::Phase;
use windlass_ports::Store;
use windlass_store_sled::SledStore;
use windlass_testkit::store_kit::subject::{Subject, run_id, signal};

/// The store of format 2.
fn golden() -> (TempDir, PathBuf) {
    unpacked("store-2.tar.gz")
}

fn unpacked(name: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let packed = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let packed = GzDecoder::new(fs::File::open(packed).unwrap());
    tar::Archive::new(packed).unpack(folder.path()).unwrap();
    let path = folder.path().join("store");
    (folder, path)
}

/// Three runs are there of four; the second has ended.
async fn check(path: &Path) {
    let subject = Subject::new(SledStore::open(path).unwrap());
    let store = &subject.store;
    for n in 1..=3_u8 {
        let run = run_id(n.into());
        let head = store.head(run).await.unwrap();
        let (last, phase) = match n {
            1 => (13, Phase::Running),
            2 => (13, Phase::Succeeded),
            _ => (12, Phase::Running),
        };
        assert_eq!((head.seq, head.phase), (last, phase), "run {n}");
        let events = store.events(run, 0, usize::MAX).await.unwrap();
        assert_eq!(events.len() as u64, last, "run {n}");
        assert_eq!(events[10].bytes, vec![n; 300]);
        assert_eq!(events[11].bytes, vec![n; 9_000]);
        let checkpoint = store.latest_checkpoint(run).await.unwrap().unwrap();
        assert_eq!((checkpoint.seq, checkpoint.bytes), (12, vec![n; 5_000]));
        let pending: Vec<_> = subject.pending(run).await.into_iter().collect();
        let expected = if n == 2 { vec![] } else { vec![signal(1).id, signal(3).id] };
        assert_eq!(pending, expected, "run {n}");
        // What was consumed is not delivered again.
        subject.post(run, &signal(2)).await.unwrap();
        assert_eq!(subject.pending(run).await.len(), expected.len(), "run {n}");
    }
    let large = store.events(run_id(1), 12, 1).await.unwrap();
    assert_eq!(large[0].bytes, vec![7; 300_000]);
    assert!(store.head(run_id(4)).await.is_err(), "it was removed");
    let lock = store.lock("qa4".to_owned()).await.unwrap();
    assert_eq!((lock.holder, lock.queue), (Some(run_id(1)), vec![run_id(2), run_id(3)]));
    let lease = store.lease(run_id(1)).await.unwrap().unwrap();
    subject.append(&lease, 13, 1).await.unwrap();
}

fn assert_taken_over(path: &Path) {
    assert!(fs::read_to_string(path.join("format")).unwrap().contains("\"windlass_store\":3"));
    assert!(!path.join("mark").exists());
}

#[tokio::test]
async fn a_store_of_the_second_format_is_taken_over() {
    let (_folder, path) = golden();
    check(&path).await;
    assert_taken_over(&path);
    let store = SledStore::open(&path).unwrap();
    assert!(store.mended().is_none(), "{:?}", store.mended());
    assert_eq!(store.head(run_id(1)).await.unwrap().seq, 14);
}

#[tokio::test]
async fn a_store_of_the_third_format_opens() {
    for without_index in [false, true] {
        let (_folder, path) = unpacked("store-3.tar.gz");
        if without_index {
            fs::remove_dir_all(path.join("sled")).unwrap();
        }
        check(&path).await;
        let store = SledStore::open(&path).unwrap();
        assert_eq!(store.head(run_id(1)).await.unwrap().seq, 14, "without index: {without_index}");
    }
}

#[tokio::test]
async fn a_taking_over_that_was_cut_off_is_begun_again() {
    // With half a journal of the first attempt.
    let (_folder, path) = golden();
    fs::create_dir(path.join("journal")).unwrap();
    fs::write(path.join("journal").join("segment-000000000001"), b"half").unwrap();
    check(&path).await;
    assert_taken_over(&path);
    // With the journal whole, and sled still as it was.
    let (_folder, path) = golden();
    let (_other, whole) = golden();
    drop(SledStore::open(&whole).unwrap());
    fs::create_dir(path.join("journal")).unwrap();
    for entry in fs::read_dir(whole.join("journal")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), path.join("journal").join(entry.file_name())).unwrap();
    }
    fs::copy(whole.join("format"), path.join("format")).unwrap();
    check(&path).await;
    assert_taken_over(&path);
}

#[test]
fn an_old_store_that_is_not_whole_is_refused() {
    for gone in ["sled/db", "sled/conf", "mark"] {
        let (_folder, path) = golden();
        fs::write(path.join(gone), b"").unwrap();
        let refused = SledStore::open(&path).map(|_| ()).unwrap_err().to_string();
        assert!(refused.contains("failed to open the store"), "{gone}: {refused}");
        assert!(fs::read_to_string(path.join("format")).unwrap().contains(":2"), "{gone}");
    }
}
