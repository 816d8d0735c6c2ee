//! One flipped bit anywhere in a closed store's files. In sled's: everything is read as it was, if
//! need be after the index was made anew from the journal. Elsewhere: it is refused with a
//! sentence, or everything is read as it was. Never an older state in silence, never a panic. sled
//! alone opens a third of these in an older state.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use windlass_model::{Phase, RunId};
use windlass_ports::store::{
    Append, Lease, LeaseRequest, LockState, RunFilter, RunHead, StoredCheckpoint, StoredEvent,
    StoredSignal,
};
use windlass_ports::{Store, StoreError};
use windlass_store_sled::SledStore;
use windlass_testkit::store_kit::subject::{NOON, Subject, append, run_id, signal};

/// Flips of a test run.
const FLIPS: u64 = 300;

const RUNS: u64 = 12;
const ROUNDS: u64 = 12;

/// Everything that a store tells.
#[derive(Debug, PartialEq)]
struct Whole {
    heads: Vec<RunHead>,
    runs: Vec<OneRun>,
    lock: LockState,
}

#[derive(Debug, PartialEq)]
struct OneRun {
    events: Vec<StoredEvent>,
    signals: Vec<StoredSignal>,
    lease: Option<Lease>,
    checkpoint: Option<StoredCheckpoint>,
    workflow: Vec<u8>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_bit_is_noticed_or_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let pristine = folder.path().join("pristine");
    fill(&pristine).await;
    let before = read(&open(&pristine).unwrap()).await.unwrap();
    assert_eq!(before.heads.len() as u64, RUNS);
    let files = files_below(&pristine);
    let (mut harmless, mut refused, mut noticed, mut rebuilt) = (0, 0, 0, 0);
    for flip in 0..FLIPS {
        let flipped = folder.path().join("flipped");
        copy(&pristine, &flipped);
        let (file, bit) = place(&files, flip);
        let path = flipped.join(file);
        let mut bytes = fs::read(&path).unwrap();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, bytes).unwrap();
        let what = format!("flip {flip}: bit {bit} of {}", file.display());
        let in_index = file.starts_with("sled");
        match open(&flipped) {
            Err(sentence) => {
                assert!(sentence.starts_with("failed to open the store"), "{what}: {sentence}");
                assert!(!in_index, "{what}: {sentence}");
                refused += 1;
            }
            Ok(store) => match read(&store).await {
                Err(StoreError::Corrupt(_)) if in_index => {
                    drop(store);
                    let again = open(&flipped).unwrap();
                    assert!(again.mended().is_some(), "{what}");
                    assert!(read(&again).await.unwrap() == before, "{what}: another state");
                    rebuilt += 1;
                }
                Err(StoreError::Corrupt(_)) => {
                    none_is_driven(&store, &before, &what).await;
                    noticed += 1;
                }
                Err(other) => panic!("{what}: {other}"),
                Ok(after) => {
                    assert!(after == before, "{what}: opened in another state");
                    assert_eq!(store.damaged(), [], "{what}");
                    if store.mended().is_some() { rebuilt += 1 } else { harmless += 1 }
                }
            },
        }
        fs::remove_dir_all(&flipped).unwrap();
    }
    println!(
        "{FLIPS} flips: {harmless} harmless, {rebuilt} made anew, {refused} refused, {noticed} \
         told when read"
    );
    assert!(harmless > 0 && refused > 0 && rebuilt > 0, "the flips hit nothing");
}

/// A damaged run gives no lease and takes no event.
async fn none_is_driven(store: &SledStore, before: &Whole, what: &str) {
    for (run, _) in store.damaged() {
        let owner = "driver".to_owned();
        let request = LeaseRequest { run, owner, now: NOON, ttl_ms: 1, displaces: Some(1) };
        let lease = store.acquire_lease(request).await;
        assert!(matches!(lease, Err(StoreError::Corrupt(_))), "{what}: {lease:?}");
        let at = before.heads.iter().position(|head| head.run == run).unwrap();
        let lease = before.runs[at].lease.clone().unwrap();
        let one = append(&lease, before.heads[at].seq, vec![b"next".to_vec()]);
        assert!(store.append(one).await.is_err(), "{what}");
    }
}

fn open(path: &Path) -> Result<SledStore, String> {
    SledStore::open(path).map_err(|error| error.to_string())
}

/// A store with live and ended runs, each grown a little at a time as real ones do, and closed
/// cleanly.
async fn fill(path: &Path) {
    let store = SledStore::open(path).unwrap();
    let subject = Subject::new(store);
    let mut leases = Vec::new();
    for n in 1..=RUNS {
        leases.push(subject.leased(n).await);
        subject.store.acquire_lock("qa4".to_owned(), run_id(n)).await.unwrap();
    }
    for round in 0..ROUNDS {
        for (n, lease) in (1..).zip(&leases) {
            let size = if (n, round) == (3, 5) { 300_000 } else { 300 + 40 * round as usize };
            let events = (0..8).map(|at| vec![(n * 31 + round * 7 + at) as u8; size / 8]).collect();
            let ended = n % 2 == 0 && round + 1 == ROUNDS;
            let phase = if ended { Phase::Succeeded } else { Phase::Running };
            let one = Append { phase, ..append(lease, round * 8, events) };
            subject.store.append(one).await.unwrap();
            if round % 3 == 0 {
                subject.post(lease.run, &signal(round)).await.unwrap();
                let bytes = vec![n as u8; 500 * round as usize];
                let checkpoint = StoredCheckpoint { seq: round * 8, bytes };
                subject.store.save_checkpoint(lease.run, checkpoint).await.unwrap();
            }
        }
    }
    subject
        .store
        .renew_lease(Lease { expires: NOON.after(9_999_999), ..leases[0].clone() })
        .await
        .unwrap();
}

async fn read(store: &SledStore) -> Result<Whole, StoreError> {
    let heads = store.runs(RunFilter { limit: 100, ..RunFilter::default() }).await?;
    let mut runs = Vec::new();
    for head in &heads {
        let run: RunId = head.run;
        runs.push(OneRun {
            events: store.events(run, 0, usize::MAX).await?,
            signals: store.pending_signals(run).await?,
            lease: store.lease(run).await?,
            checkpoint: store.latest_checkpoint(run).await?,
            workflow: store.workflow(head.workflow_digest.clone()).await?,
        });
    }
    let lock = store.lock("qa4".to_owned()).await?;
    Ok(Whole { heads, runs, lock })
}

/// Where the n-th flip goes: into the large files by their size, and now and then into a small one.
fn place(files: &[(PathBuf, u64)], flip: u64) -> (&Path, usize) {
    let number = (flip + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23) >> 8;
    let (path, length) = if flip.is_multiple_of(4) {
        &files[(flip / 4) as usize % files.len()]
    } else {
        let whole: u64 = files.iter().map(|(_, length)| length).sum();
        let mut at = number.wrapping_mul(0xff51_afd7_ed55_8ccd) % whole;
        let found = files.iter().find(|(_, length)| {
            let here = at < *length;
            at = at.saturating_sub(*length);
            here
        });
        found.unwrap()
    };
    (path, (number % (length * 8)) as usize)
}

/// All files that are not empty, with their lengths, by name.
fn files_below(root: &Path) -> Vec<(PathBuf, u64)> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let meta = entry.metadata().unwrap();
            if meta.is_dir() {
                folders.push(entry.path());
            } else if meta.len() > 0 {
                files.push((entry.path().strip_prefix(root).unwrap().to_path_buf(), meta.len()));
            }
        }
    }
    files.sort();
    files
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
