//! Kills the holder of a shared store again and again, while two other processes write: one of them
//! follows it, nobody loses what was acknowledged, and nothing is written twice.

use crate::child::Killed;
use crate::load::{event, say, take_lease};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use windlass_model::Seq;
use windlass_ports::Store;
use windlass_store_sled::SharedStore;
use windlass_testkit::store_kit::subject::{append, run_id};

/// Holders that die, or close.
const ROUNDS: u64 = 12;

/// Processes beside this one.
const CHILDREN: usize = 2;

/// Appends of each writer that must come through after a change of holder.
const APPENDS: usize = 5;

/// How long a store may be without a holder before the test fails; a busy machine is no failure.
const PATIENCE: Duration = Duration::from_secs(60);

/// The child: appends one event after another to its run and tells each acknowledgement.
pub fn share(folder: &Path, run: u64) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(async {
        let store: Arc<dyn Store> = SharedStore::open(folder).await.expect("the store opens");
        let lease = take_lease(&store, run).await;
        for seq in 1.. {
            let one = append(&lease, seq - 1, vec![event(run, seq, seq, 1)]);
            assert_eq!(store.append(one).await, Ok(seq));
            say(&format!("A {run} {seq}"));
        }
    });
}

pub fn a_holder_that_dies_is_followed_by_a_guest() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let mut told = BTreeMap::new();
        let mut children: Vec<(u64, Killed)> = Vec::new();
        let mut followed = [0, 0];
        let mut store = None;
        for round in 1..=ROUNDS {
            while children.len() < CHILDREN {
                let run = 100 * round + children.len() as u64;
                let child = Killed::start(&["share", path.to_str().unwrap(), &run.to_string()]);
                hear(&child, 1, &mut told);
                children.push((run, child));
            }
            let ours = match store.take() {
                Some(store) => store,
                None => SharedStore::open(&path).await.unwrap(),
            };
            write_some(&ours, round).await;
            let holder = ours.holder();
            followed[usize::from(holder.here)] += 1;
            if holder.here {
                ours.close().await;
            } else {
                let at = children.iter().position(|(_, child)| child.pid() == holder.pid).unwrap();
                let (run, child) = children.remove(at);
                let waiting = ours.wait_events(run_id(run), u64::MAX - 1, 200);
                let (last, killed) = tokio::join!(waiting, async { child.kill() });
                last.expect("a reader that waits is answered by the next holder");
                take_in(killed, &mut told);
                write_some(&ours, 10_000 + round).await;
                assert_ne!(ours.holder().pid, holder.pid);
                store = Some(ours);
            }
            children.iter().for_each(|(_, child)| hear(child, APPENDS, &mut told));
        }
        children.into_iter().for_each(|(_, child)| take_in(child.kill(), &mut told));
        drop(store);
        let store: Arc<dyn Store> = SharedStore::open(&path).await.unwrap();
        check(&store, &told).await;
        println!(
            "{ROUNDS} holders went, {} killed and {} closed; {} runs whole",
            followed[0],
            followed[1],
            told.len()
        );
        assert!(followed[0] > 0);
    });
}

/// Appends to a run of this process through whoever holds the store.
async fn write_some(store: &Arc<SharedStore>, run: u64) {
    let store: Arc<dyn Store> = store.clone();
    let lease = take_lease(&store, run).await;
    for seq in 1..=APPENDS as Seq {
        let one = append(&lease, seq - 1, vec![event(run, seq, seq, 1)]);
        assert_eq!(store.append(one).await, Ok(seq));
    }
}

/// Waits until a child has told so many more acknowledgements.
fn hear(child: &Killed, count: usize, told: &mut BTreeMap<u64, Seq>) {
    for _ in 0..count {
        take_in([child.lines.recv_timeout(PATIENCE).expect("the child goes on")], told);
    }
}

fn take_in(lines: impl IntoIterator<Item = String>, told: &mut BTreeMap<u64, Seq>) {
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let ["A", run, seq] = words[..] else { panic!("{line}") };
        let (run, seq): (u64, Seq) = (run.parse().unwrap(), seq.parse().unwrap());
        let before = told.insert(run, seq).unwrap_or(0);
        assert_eq!(seq, before + 1, "run {run}");
    }
}

async fn check(store: &Arc<dyn Store>, told: &BTreeMap<u64, Seq>) {
    for (run, told) in told {
        let events = store.events(run_id(*run), 0, usize::MAX).await.unwrap();
        let last = events.len() as Seq;
        assert!(last == *told || last == told + 1, "run {run}: {last} events, {told} told");
        for (found, seq) in events.iter().zip(1..) {
            assert!(found.seq == seq && found.bytes == event(*run, seq, seq, 1), "run {run} {seq}");
        }
    }
}
