//! Histories that are not what was written, and checkpoints that do not fit them.

use crate::stage::{Stage, run_to_end};
use crate::steps::{act, row};
use std::sync::Arc;
use windlass_engine::chain::HASH_BYTES;
use windlass_engine::{LoadError, Reader};
use windlass_model::{RunId, Seq};
use windlass_ports::Store;
use windlass_ports::store::{
    Append, LeaseAnswer, LeaseRequest, NewRun, StoredCheckpoint, StoredEvent,
};
use windlass_testkit::MemoryStore;

/// A finished run, and a way to forge copies of it.
struct Original {
    stage: Stage,
    run: RunId,
    events: Vec<StoredEvent>,
}

async fn original() -> Original {
    let stage = Stage::new();
    let steps = vec![act("a", "world.set", "old"), act("b", "world.copy", "b")];
    let (run, _) = run_to_end(&stage, &row(steps)).await;
    let events = stage.store.events(run, 0, usize::MAX).await.unwrap();
    Original { stage, run, events }
}

impl Original {
    /// A store that holds these records as the run's history.
    async fn forged(&self, records: Vec<Vec<u8>>) -> Arc<dyn Store> {
        let store = MemoryStore::new();
        let there = &self.stage.store;
        let head = there.head(self.run).await.unwrap();
        let workflow = there.workflow(head.workflow_digest.clone()).await.unwrap();
        let (phase, updated_at) = (head.phase, head.updated_at);
        let head = windlass_ports::store::RunHead { seq: 0, ..head };
        store.create_run(NewRun { head, workflow }).await.unwrap();
        let owner = "forger".to_owned();
        let (run, now, ttl_ms) = (self.run, updated_at, 1_000);
        let request = LeaseRequest { run, owner, now, ttl_ms, displaces: None };
        let LeaseAnswer::Granted(lease) = store.acquire_lease(request).await.unwrap() else {
            panic!("a new run's lease is free");
        };
        let append = Append {
            run,
            expected: 0,
            epoch: lease.epoch,
            events: records,
            phase,
            updated_at,
            due: None,
            consumed_signals: Vec::new(),
        };
        store.append(append).await.unwrap();
        Arc::new(store)
    }

    fn records(&self) -> Vec<Vec<u8>> {
        self.events.iter().map(|event| event.bytes.clone()).collect()
    }
}

fn first_bad(result: Result<Seq, LoadError>) -> Seq {
    match result {
        Err(LoadError::Chain { fault, .. }) => fault.first_bad(),
        other => panic!("the forgery was not seen: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn one_flipped_byte_is_found_where_it_stands_and_the_run_is_not_resumed() {
    let original = original().await;
    for at in 0..original.events.len() {
        for byte in [0, HASH_BYTES, HASH_BYTES + 9, usize::MAX] {
            let mut records = original.records();
            let byte = byte.min(records[at].len() - 1);
            records[at][byte] ^= 1;
            let store = original.forged(records).await;
            let reader = Reader::new(store);
            assert_eq!(first_bad(reader.verify(original.run).await), at as Seq + 1);
            assert!(reader.load_verified(original.run).await.is_err());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_and_a_swapped_event_are_found() {
    let original = original().await;
    let mut records = original.records();
    records.remove(2);
    let reader = Reader::new(original.forged(records).await);
    assert_eq!(first_bad(reader.verify(original.run).await), 3);
    let mut records = original.records();
    records.swap(2, 3);
    let reader = Reader::new(original.forged(records).await);
    assert_eq!(first_bad(reader.verify(original.run).await), 3);
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_that_does_not_fit_is_as_good_as_none() {
    let original = original().await;
    let store = original.forged(original.records()).await;
    let whole = Reader::new(store.clone()).load(original.run).await.unwrap();
    let mut bytes = whole.hash.to_vec();
    bytes.extend(windlass_model::checkpoint::write(&whole.run).unwrap());
    let good = StoredCheckpoint { seq: whole.run.seq, bytes };
    let mut other_hash = good.bytes.clone();
    other_hash[0] ^= 1;
    let early = |bytes: Vec<u8>| StoredCheckpoint { seq: good.seq - 1, bytes };
    for bad in [early(good.bytes.clone()), early(b"no checkpoint".to_vec()), early(other_hash)] {
        store.save_checkpoint(original.run, bad).await.unwrap();
        let loaded = Reader::new(store.clone()).load(original.run).await.unwrap();
        assert_eq!((loaded.run, loaded.hash), (whole.run.clone(), whole.hash));
        assert_eq!(loaded.checkpointed, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_of_another_history_is_not_followed() {
    let original = original().await;
    let engine = original.stage.engine("reader");
    let before = engine.reader().load_at(original.run, 3).await.unwrap();
    let mut bytes = vec![9; HASH_BYTES];
    bytes.extend(windlass_model::checkpoint::write(&before.run).unwrap());
    let store = original.forged(original.records()).await;
    store.save_checkpoint(original.run, StoredCheckpoint { seq: 3, bytes }).await.unwrap();
    let loaded = Reader::new(store.clone()).load(original.run).await.unwrap();
    let whole = Reader::new(store).load_verified(original.run).await.unwrap();
    assert_eq!((loaded.run, loaded.hash), (whole.run, whole.hash));
}
