//! A run goes from one store to another as lines and is the same there; damaged lines write
//! nothing.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use windlass_model::Phase;
use windlass_ports::digest::sha256_hex;
use windlass_ports::portable::{ImportError, Imported, export};
use windlass_ports::store::Append;
use windlass_testkit::MemoryStore;
use windlass_testkit::store_kit::subject::{NOON, Subject, append, signal};

/// A store with one run of 600 events and two signals, and the run's export.
async fn exported() -> (Subject, Vec<u8>) {
    let subject = Subject::new(MemoryStore::new());
    let lease = subject.leased(1).await;
    subject.append(&lease, 0, 599).await.unwrap();
    let last = append(&lease, 599, vec![vec![0, 255, 10, 13]]);
    let last = Append { phase: Phase::Waiting, due: Some(NOON.after(7)), ..last };
    subject.store.append(last).await.unwrap();
    subject.post(lease.run, &signal(1)).await.unwrap();
    subject.post(lease.run, &signal(2)).await.unwrap();
    let mut lines = Vec::new();
    let mut write = |line: &[u8]| {
        lines.extend_from_slice(line);
        Ok(())
    };
    let exported = export(&*subject.store, lease.run, &mut write).await.unwrap();
    assert_eq!(exported.head.seq, 600);
    assert_eq!(exported.sha256, sha256_hex(&lines));
    (subject, lines)
}

#[tokio::test]
async fn a_run_is_the_same_in_the_other_store() {
    let (from, lines) = exported().await;
    let to = Subject::new(MemoryStore::new());
    let imported = Imported::read(&lines[..]).unwrap();
    let run = imported.run();
    assert_eq!(imported.write(&*to.store, NOON).await.unwrap(), 600);
    assert_eq!(to.store.head(run).await, from.store.head(run).await);
    assert_eq!(to.events(run, 0).await, from.events(run, 0).await);
    assert_eq!(to.store.pending_signals(run).await, from.store.pending_signals(run).await);
    let digest = from.store.head(run).await.unwrap().workflow_digest;
    assert_eq!(to.store.workflow(digest.clone()).await, from.store.workflow(digest).await);
    let again = Imported::read(&lines[..]).unwrap();
    assert_eq!(again.write(&*to.store, NOON).await.unwrap(), 600, "once more changes nothing");
    assert_eq!(to.store.head(run).await.unwrap().seq, 600);
    let lease = to.lease(run, "driver", NOON, None).await.expect("the run is free");
    assert_eq!(to.append(&lease, 600, 1).await, Ok(601), "and goes on there");
}

#[tokio::test]
async fn an_import_that_was_cut_short_is_driven_by_nobody_and_completed_by_another() {
    let (from, lines) = exported().await;
    let to = Subject::new(MemoryStore::new());
    let lease = to.leased(1).await;
    let beginning = from.store.events(lease.run, 0, 300).await.unwrap();
    let bytes = beginning.into_iter().map(|event| event.bytes).collect();
    let half = Append { phase: Phase::Superseded, ..append(&lease, 0, bytes) };
    to.store.append(half).await.unwrap();
    let busy = Imported::read(&lines[..]).unwrap().write(&*to.store, NOON).await;
    assert!(matches!(busy, Err(ImportError::Busy { .. })), "{busy:?}");
    to.store.release_lease(lease.clone()).await.unwrap();
    assert_eq!(Imported::read(&lines[..]).unwrap().write(&*to.store, NOON).await.unwrap(), 600);
    assert_eq!(to.store.head(lease.run).await, from.store.head(lease.run).await);
}

#[tokio::test]
async fn another_history_under_the_same_id_is_refused() {
    let (from, lines) = exported().await;
    let run = Imported::read(&lines[..]).unwrap().run();
    let lease = from.lease(run, "driver", NOON, Some(1)).await.unwrap();
    from.append(&lease, 600, 1).await.unwrap();
    let further = Imported::read(&lines[..]).unwrap().write(&*from.store, NOON).await;
    assert!(matches!(further, Err(ImportError::Differs(_))), "{further:?}");
    let to = Subject::new(MemoryStore::new());
    let other = to.leased(1).await;
    to.store.append(append(&other, 0, vec![b"other".to_vec()])).await.unwrap();
    let differs = Imported::read(&lines[..]).unwrap().write(&*to.store, NOON).await;
    assert!(matches!(differs, Err(ImportError::Differs(_))), "{differs:?}");
}

#[tokio::test]
async fn no_damaged_line_is_imported() {
    let (_, lines) = exported().await;
    let text = String::from_utf8(lines.clone()).unwrap();
    let all: Vec<_> = text.lines().collect();
    let without = |gone: usize| {
        let kept = all.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, line)| *line);
        kept.collect::<Vec<_>>().join("\n") + "\n"
    };
    for gone in [0, 1, 2, 300, all.len() - 3, all.len() - 2, all.len() - 1] {
        assert!(Imported::read(without(gone).as_bytes()).is_err(), "without line {gone}");
    }
    let newer = text.replacen("\"windlass_run\":1", "\"windlass_run\":2", 1);
    let refused = Imported::read(newer.as_bytes()).unwrap_err().to_string();
    assert!(refused.contains("version 2"), "{refused}");
    for at in (0..lines.len()).step_by(499) {
        let mut flipped = lines.clone();
        flipped[at] ^= 1;
        assert!(Imported::read(&flipped[..]).is_err(), "byte {at}");
    }
    for cut in (0..lines.len() - 1).step_by(2003) {
        assert!(Imported::read(&lines[..cut]).is_err(), "cut at {cut}");
    }
    assert!(Imported::read(&lines[..]).is_ok());
}
