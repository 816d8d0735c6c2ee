//! What a store makes of a folder in which something is missing, left over or foreign.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use windlass_ports::Store;
use windlass_store_sled::{OpenError, SharedStore, SledStore};
use windlass_testkit::store_kit::subject::{Subject, append, new_run, run_id};

/// A closed store with a few events.
async fn closed() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let subject = Subject::new(SledStore::open(&path).unwrap());
    let lease = subject.leased(1).await;
    subject.append(&lease, 0, 50).await.unwrap();
    (folder, path)
}

fn refused(path: &Path) -> String {
    match SledStore::open(path) {
        Ok(_) => panic!("the store opened"),
        Err(error) => error.to_string(),
    }
}

async fn events(store: &dyn Store) -> usize {
    store.events(run_id(1), 0, usize::MAX).await.unwrap().len()
}

#[tokio::test]
async fn a_half_written_snapshot_is_cleared() {
    let (_folder, path) = closed().await;
    fs::write(path.join("sled").join("snap.00000000000F0000.generating"), b"half").unwrap();
    assert_eq!(events(&SledStore::open(&path).unwrap()).await, 50);
}

#[tokio::test]
async fn damaged_snapshots_are_set_aside_and_the_index_is_made_anew() {
    let (_folder, path) = closed().await;
    drop(SledStore::open(&path).unwrap());
    let sled = path.join("sled");
    let names = || fs::read_dir(&sled).unwrap().map(|entry| entry.unwrap().path());
    let snapshot = names().find(|path| path.to_string_lossy().contains("snap.")).unwrap();
    fs::write(&snapshot, b"no snapshot").unwrap();
    assert_eq!(events(&SledStore::open(&path).unwrap()).await, 50);
    let aside = path.join("damaged").join(snapshot.file_name().unwrap());
    assert_eq!(fs::read(aside).unwrap(), b"no snapshot", "kept for whoever looks into it");
}

#[tokio::test]
async fn a_newer_format_is_refused() {
    let (_folder, path) = closed().await;
    let format = path.join("format");
    let present = fs::read_to_string(&format).unwrap();
    let newer = present.replace("\"windlass_store\":3", "\"windlass_store\":4");
    fs::write(&format, newer).unwrap();
    assert!(refused(&path).contains("windlass import-run"));
}

#[tokio::test]
async fn nothing_is_begun_anew_where_something_was() {
    for gone in ["journal/segment-000000000001", "format"] {
        let (_folder, path) = closed().await;
        fs::remove_file(path.join(gone)).unwrap();
        let sentence = refused(&path);
        assert!(sentence.contains("delete nothing"), "{gone}: {sentence}");
        let (_folder, path) = closed().await;
        fs::write(path.join(gone), b"").unwrap();
        let sentence = refused(&path);
        assert!(sentence.contains("failed to open the store"), "{gone}: {sentence}");
    }
}

#[tokio::test]
async fn whatever_becomes_of_sled_it_is_made_anew() {
    for gone in ["sled/db", "sled/conf"] {
        for content in [None, Some(&b""[..]), Some(b"garbage")] {
            let (_folder, path) = closed().await;
            match content {
                None => fs::remove_file(path.join(gone)).unwrap(),
                Some(bytes) => fs::write(path.join(gone), bytes).unwrap(),
            }
            let store = SledStore::open(&path).unwrap();
            let said = store.mended().unwrap();
            assert!(said.contains("made anew from the journal"), "{gone}: {said}");
            assert_eq!(fs::read_to_string(path.join("damaged/why")).unwrap(), said);
            assert_eq!(events(&store).await, 50, "{gone}");
        }
    }
    let (_folder, path) = closed().await;
    fs::remove_dir_all(path.join("sled")).unwrap();
    assert_eq!(events(&SledStore::open(&path).unwrap()).await, 50);
    let again = SledStore::open(&path).unwrap();
    assert!(again.mended().is_none(), "once is enough");
}

/// Copies a part of a store's folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// A store with one more event, in which a part is replaced by what it was before.
async fn with_older(part: &str) -> (TempDir, PathBuf) {
    let (folder, path) = closed().await;
    let older = folder.path().join("older");
    copy(&path.join(part), &older);
    let subject = Subject::new(SledStore::open(&path).unwrap());
    let lease = subject.lease(run_id(1), "b", Default::default(), Some(1)).await.unwrap();
    subject.append(&lease, 50, 1).await.unwrap();
    drop(subject);
    fs::remove_dir_all(path.join(part)).unwrap();
    fs::rename(&older, path.join(part)).unwrap();
    (folder, path)
}

#[tokio::test]
async fn an_older_copy_of_the_journal_is_refused() {
    let (_folder, path) = with_older("journal").await;
    let sentence = refused(&path);
    assert!(sentence.contains("older state") && sentence.contains("import-run"), "{sentence}");
}

#[tokio::test]
async fn an_older_copy_of_sled_is_brought_to_where_the_journal_is() {
    let (_folder, path) = with_older("sled").await;
    let store = SledStore::open(&path).unwrap();
    assert_eq!((events(&store).await, store.mended()), (51, None));
}

/// The last frame of a clean close says nothing that would be missed.
#[tokio::test]
async fn a_closing_frame_that_has_rotted_is_harmless() {
    const SECTOR: usize = 512;
    let (_folder, path) = closed().await;
    // An index that is made anew stands where the journal ends.
    fs::remove_dir_all(path.join("sled")).unwrap();
    drop(SledStore::open(&path).unwrap());
    let segment = path.join("journal/segment-000000000001");
    let mut bytes = fs::read(&segment).unwrap();
    let is_frame = |at: &usize| bytes[at * SECTOR..].starts_with(b"wlj1");
    let last = (0..bytes.len() / SECTOR).rfind(is_frame).unwrap();
    assert_eq!(bytes[last * SECTOR + 7], 2, "the kind of a closing frame");
    bytes[last * SECTOR + 30] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let store = SledStore::open(&path).unwrap();
    assert_eq!((events(&store).await, store.mended()), (50, None));
}

#[tokio::test]
async fn a_creation_that_was_cut_short_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    fs::create_dir_all(path.join("sled")).unwrap();
    fs::write(path.join("creating"), b"").unwrap();
    fs::write(path.join("sled").join("db"), b"half").unwrap();
    let subject = Subject::new(SledStore::open(&path).unwrap());
    subject.run(1).await;
    assert!(!path.join("creating").exists());
}

/// What lets a creation be begun again lets nothing be wiped that was ever open.
#[tokio::test]
async fn what_a_creation_left_at_its_end_wipes_no_store() {
    let (_folder, path) = closed().await;
    fs::write(path.join("creating"), b"").unwrap();
    drop(SledStore::open(&path).unwrap());
    let format = fs::read(path.join("format")).unwrap();
    fs::remove_file(path.join("format")).unwrap();
    let sentence = refused(&path);
    assert!(sentence.contains("its file `format` is gone"), "{sentence}");
    fs::write(path.join("format"), format).unwrap();
    assert_eq!(events(&SledStore::open(&path).unwrap()).await, 50);
}

#[tokio::test]
async fn a_store_that_is_open_is_not_opened_again() {
    let (_folder, path) = closed().await;
    let first = SledStore::open(&path).unwrap();
    let second = SledStore::open(&path).err();
    let pid = std::process::id();
    assert!(matches!(second, Some(OpenError::Held { holder: Some(there), .. }) if there == pid));
    drop(first);
    assert_eq!(events(&SledStore::open(&path).unwrap()).await, 50);
}

#[tokio::test]
async fn objects_that_no_event_names_are_swept() {
    let (_folder, path) = closed().await;
    let subject = Subject::new(SledStore::open(&path).unwrap());
    let lease = subject.lease(run_id(1), "b", Default::default(), Some(1)).await.unwrap();
    let large = vec![vec![1; 400_000]];
    assert!(subject.store.append(append(&lease, 3, large.clone())).await.is_err());
    subject.store.append(append(&lease, 50, large)).await.unwrap();
    let objects = || fs::read_dir(path.join("objects")).unwrap().count();
    assert_eq!(objects(), 2, "the refused one wrote its object first");
    drop(subject);
    let store = SledStore::open(&path).unwrap();
    assert_eq!((objects(), events(&store).await), (1, 51));
}

#[tokio::test]
async fn the_folder_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let _store = SharedStore::open(&path).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&path.join("socket"))), (0o700, 0o600));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_path_is_served_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a".repeat(90)).join("store");
    let holder = SharedStore::open(&path).await.unwrap();
    let guest = SharedStore::open(&path).await.unwrap();
    assert!(holder.holder().here && !guest.holder().here);
    let subject = Subject::durable(guest, (), |store| Box::pin(std::future::ready(store)));
    subject.run(1).await;
    let pointer = fs::read_to_string(path.join("socket.path")).unwrap();
    assert!(Path::new(&pointer).exists() && pointer.len() < 104, "{pointer}");
    holder.close().await;
    assert!(!Path::new(&pointer).exists(), "gone with its holder");
    assert_eq!(subject.store.head(run_id(1)).await.map(|head| head.seq), Ok(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_follows_a_holder_that_closes() {
    let (_folder, path) = closed().await;
    let holder = SharedStore::open(&path).await.unwrap();
    let guest = SharedStore::open(&path).await.unwrap();
    let cursor = guest.wakes(0, 0).await.unwrap().cursor;
    let waiting = {
        let guest = guest.clone();
        tokio::spawn(async move { guest.wakes(cursor, 20_000).await })
    };
    assert_eq!(events(&*guest).await, 50);
    guest.create_run(new_run(2)).await.unwrap();
    holder.close().await;
    let woken = waiting.await.unwrap().unwrap();
    assert!(woken.lost, "a cursor of the old holder's time: {woken:?}");
    assert!(guest.holder().here);
    let third = SharedStore::open(&path).await.unwrap();
    assert!(!third.holder().here);
    assert_eq!(events(&*(third as Arc<dyn Store>)).await, 50);
}
