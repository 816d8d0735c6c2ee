//! Ended runs are checked piece by piece: all of them, none twice in a pass, and what is broken is
//! named with its first bad event.

use crate::stage::{Stage, run_to_end};
use crate::steps::{act, row};
use std::sync::Arc;
use uuid::Uuid;
use windlass_engine::audit::{Audited, Auditor, Broken};
use windlass_engine::chain::{HASH_BYTES, genesis, link};
use windlass_engine::codec::{decode, encode};
use windlass_model::{Event, Phase, RunId, Seq, Timestamp};
use windlass_ports::Store;
use windlass_ports::store::{
    Append, LeaseAnswer, LeaseRequest, NewRun, RunHead, StoreError, StoredEvent,
};
use windlass_testkit::MemoryStore;
use windlass_testkit::{Fault, FaultyStore, Plan};

const NOW: Timestamp = Timestamp(1_795_000_000_000);

/// A run that ended, of which copies are made.
struct Sample {
    head: RunHead,
    workflow: Vec<u8>,
    events: Vec<Event>,
}

impl Sample {
    async fn new() -> Self {
        let stage = Stage::new();
        let (run, _) = run_to_end(&stage, &row(vec![act("a", "world.set", "old")])).await;
        let head = stage.store.head(run).await.unwrap();
        let workflow = stage.store.workflow(head.workflow_digest.clone()).await.unwrap();
        let stored = stage.store.events(run, 0, usize::MAX).await.unwrap();
        let read = |e: &StoredEvent| decode(e.seq, &e.bytes[HASH_BYTES..]);
        let events = stored.iter().map(|e| read(e).unwrap()).collect();
        Self { head, workflow, events }
    }

    /// Keeps a copy of so many events, one of them with a changed byte, in a store.
    async fn copy(&self, to: &dyn Store, n: u128, phase: Phase, length: u64, bad: Option<Seq>) {
        let run = run_id(n);
        let head = RunHead { run, seq: 0, ..self.head.clone() };
        to.create_run(NewRun { head, workflow: self.workflow.clone() }).await.unwrap();
        let mut hash = genesis(run, &self.head.workflow_digest);
        let mut records = Vec::new();
        for (seq, event) in (1..=length).zip(self.events.iter().cycle()) {
            let event = encode(&Event { seq, ..event.clone() }).unwrap();
            let (next, mut record) = link(&hash, run, seq, &event);
            if bad == Some(seq) {
                *record.last_mut().unwrap() ^= 1;
            }
            hash = next;
            records.push(record);
        }
        let owner = "copier".to_owned();
        let request = LeaseRequest { run, owner, now: NOW, ttl_ms: 1_000, displaces: None };
        let LeaseAnswer::Granted(lease) = to.acquire_lease(request).await.unwrap() else {
            panic!("a new run's lease is free");
        };
        let append = Append {
            run,
            expected: 0,
            epoch: lease.epoch,
            events: records,
            phase,
            updated_at: NOW,
            due: None,
            consumed_signals: Vec::new(),
        };
        to.append(append).await.unwrap();
    }
}

fn run_id(n: u128) -> RunId {
    RunId(Uuid::from_u128(n | 7 << 76))
}

fn named(audited: &Audited) -> Vec<(RunId, Option<Seq>)> {
    audited.broken().into_iter().map(|Broken { run, first_bad, .. }| (*run, *first_bad)).collect()
}

#[tokio::test]
async fn a_pass_goes_through_all_that_ended_and_names_what_is_broken() {
    let sample = Sample::new().await;
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    for n in 1..=45 {
        let phase = if n == 30 { Phase::Failed } else { Phase::RolledBack };
        let bad = if n == 7 { Some(3) } else { (n == 30).then_some(2) };
        sample.copy(&*store, n, phase, 5, bad).await;
    }
    let mut audited = Audited::default();
    let mut auditor = Auditor::default();
    let mut pieces = 1;
    while !auditor.piece(&store, &mut audited, NOW.after(pieces)).await.unwrap() {
        assert!(audited.whole_at().is_none());
        pieces += 1;
    }
    assert!((3..=5).contains(&pieces), "a piece is some of them, not one and not all: {pieces}");
    let last = audited.last.clone().unwrap();
    assert_eq!((last.sound, last.broken_count), (43, 1), "a live run is its engine's affair");
    assert_eq!((last.began, last.at), (NOW.after(1), NOW.after(pieces)));
    assert_eq!(named(&audited), [(run_id(7), Some(3))]);

    // The next pass begins anew; what the last one found stays until it has gone through.
    auditor.piece(&store, &mut audited, NOW).await.unwrap();
    assert_eq!(named(&audited), [(run_id(7), Some(3))]);
    assert_eq!(audited.pass.unwrap().done_with, Some(run_id(25)));
}

#[tokio::test]
async fn a_long_run_is_gone_on_with_where_the_piece_before_ended() {
    let sample = Sample::new().await;
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    sample.copy(&*store, 1, Phase::Succeeded, 5, None).await;
    sample.copy(&*store, 2, Phase::Succeeded, 2_500, Some(2_400)).await;
    let mut audited = Audited::default();
    let mut auditor = Auditor::default();
    for _ in 0..2 {
        assert!(!auditor.piece(&store, &mut audited, NOW).await.unwrap());
        assert_eq!((named(&audited), audited.pass.as_ref().unwrap().done_with), (vec![], None));
    }
    auditor.piece(&store, &mut audited, NOW).await.unwrap();
    assert_eq!(named(&audited), [(run_id(2), Some(2_400))]);

    // Who comes after a crash knows only what was noted: the first run is its next.
    let mut another = Auditor::default();
    let mut noted: Audited =
        serde_json::from_value(serde_json::to_value(&audited).unwrap()).unwrap();
    while !another.piece(&store, &mut noted, NOW).await.unwrap() {}
    let last = noted.last.unwrap();
    assert_eq!((last.sound, last.broken_count), (1, 1));

    // The first one sees that somebody else has gone on, and does not count twice.
    let over = auditor.piece(&store, &mut audited, NOW).await.unwrap();
    assert!(!over && audited.pass.as_ref().unwrap().sound == 1);
}

#[tokio::test]
async fn a_store_that_is_away_says_nothing_of_its_runs() {
    let sample = Sample::new().await;
    let inner: Arc<dyn Store> = Arc::new(MemoryStore::new());
    sample.copy(&*inner, 1, Phase::Succeeded, 5, None).await;
    let faulty = Arc::new(FaultyStore::new(inner, Plan::default().at(1, Fault::DownBefore)));
    let store: Arc<dyn Store> = faulty.clone();
    let append = Append {
        run: run_id(1),
        expected: 5,
        epoch: 1,
        events: vec![b"down".to_vec()],
        phase: Phase::Succeeded,
        updated_at: NOW,
        due: None,
        consumed_signals: Vec::new(),
    };
    store.append(append).await.unwrap_err();
    let mut audited = Audited::default();
    let mut auditor = Auditor::default();
    let away = auditor.piece(&store, &mut audited, NOW).await;
    assert!(matches!(away, Err(StoreError::Unavailable(_))), "{away:?}");
    assert_eq!(named(&audited), []);
    faulty.heal();
    while !auditor.piece(&store, &mut audited, NOW).await.unwrap() {}
    assert_eq!(audited.last.unwrap().sound, 1);
}
