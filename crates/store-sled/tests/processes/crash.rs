//! Kills a loaded store at random moments: nothing acknowledged is lost, no batch is half there, no
//! number is missing, every byte is what was written, and no answered signal comes back.

use crate::child::Killed;
use crate::load::{Numbers, RUNS, batch_of, event, open};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};
use windlass_ports::Store;
use windlass_store_sled::SledStore;
use windlass_testkit::store_kit::subject::{run_id, signal};

/// Kills in CI.
const ROUNDS: u64 = 20;

/// A fresh store now and then, so that its creation is killed too.
const ROUNDS_OF_A_STORE: u64 = 10;

/// Longest life of a child at work; a fresh one is killed while it makes the store or soon after.
const LIFE_MS: u64 = 400;

/// How long an open may take; a busy machine is no failure.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn no_kill_loses_what_was_acknowledged() {
    let set = |name: &str| std::env::var(name).ok().and_then(|value| value.parse().ok());
    let rounds = set("WINDLASS_CRASH_ROUNDS").unwrap_or(ROUNDS);
    let seed = set("WINDLASS_CRASH_SEED").unwrap_or(u64::from(std::process::id()));
    println!("{rounds} kills, WINDLASS_CRASH_SEED={seed}");
    let mut numbers = Numbers(seed);
    let (mut acknowledged, mut events, mut unopened, mut given_back) = (0, 0, 0, 0);
    let mut slowest = Duration::ZERO;
    let mut folder = tempfile::tempdir().unwrap();
    let mut known = BTreeMap::new();
    for round in 0..rounds {
        let fresh = round % ROUNDS_OF_A_STORE == 0;
        if fresh {
            (folder, known) = (tempfile::tempdir().unwrap(), BTreeMap::new());
        }
        let store = folder.path().join("store");
        let life = Duration::from_millis(numbers.below(LIFE_MS));
        let seed = numbers.below(u64::from(u32::MAX)).to_string();
        let child = Killed::start(&["write", store.to_str().unwrap(), &seed]);
        let lines = live(child, life, fresh);
        unopened += u64::from(lines.is_empty());
        acknowledged += lines.iter().filter(|line| hear(&mut known, line)).count();
        let begun = Instant::now();
        let opened = open(&store);
        let opened = opened.unwrap_or_else(|error| panic!("round {round}: {error}"));
        slowest = slowest.max(begun.elapsed());
        events = runtime().block_on(check(&opened, &known));
        drop(opened);
        assert_no_blobs(&store);
        given_back = given_back.max(oldest_segment(&store) - 1);
    }
    assert!(given_back > 0 || rounds < ROUNDS, "no child has lived to give room back");
    println!(
        "{acknowledged} appends acknowledged, {events} events in the last store, nothing lost; \
         killed before it opened: {unopened}; slowest open {slowest:?}; segments given back in a \
         store: {given_back}"
    );
}

/// Takes note of an acknowledgement; says whether the line was one.
fn hear(known: &mut BTreeMap<u64, u64>, line: &str) -> bool {
    let words: Vec<&str> = line.split(' ').collect();
    let ["A", run, seq] = words[..] else { return false };
    known.insert(run.parse().unwrap(), seq.parse().unwrap());
    true
}

/// Checks a store against what its writer had said before it was cut off.
pub fn check_lines(store: &Path, lines: &Path) {
    let mut known = BTreeMap::new();
    let text = std::fs::read_to_string(lines).unwrap();
    let acknowledged = text.lines().filter(|line| hear(&mut known, line)).count();
    let opened = SledStore::open(store).unwrap_or_else(|error| panic!("{error}"));
    let events = runtime().block_on(check(&opened, &known));
    println!("{acknowledged} appends acknowledged, {events} events, nothing lost");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Lets a child live so long, from its start or from the moment when the store is open, then kills
/// it.
fn live(child: Killed, life: Duration, from_its_start: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if !from_its_start {
        lines.push(child.lines.recv_timeout(PATIENCE).expect("the child opens the store"));
    }
    let begun = Instant::now();
    loop {
        match child.lines.recv_timeout(life.saturating_sub(begun.elapsed())) {
            Ok(line) => lines.push(line),
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => panic!("the child ended by itself: {lines:?}"),
        }
    }
    lines.extend(child.kill());
    lines
}

async fn check(store: &SledStore, acknowledged: &BTreeMap<u64, u64>) -> usize {
    let mut all = 0;
    for run in 1..=RUNS {
        let acknowledged = acknowledged.get(&run).copied().unwrap_or(0);
        let Ok(head) = store.head(run_id(run)).await else {
            assert_eq!(acknowledged, 0, "run {run} is gone");
            continue;
        };
        assert!(head.seq >= acknowledged, "run {run}: at {}, told {acknowledged}", head.seq);
        let events = store.events(run_id(run), 0, usize::MAX).await.unwrap();
        assert_eq!(events.len() as u64, head.seq, "run {run}");
        all += events.len();
        let (mut first, mut count) = (1, 0);
        for (found, seq) in events.iter().zip(1..) {
            if seq == first + count {
                (first, count) = batch_of(&found.bytes);
                assert_eq!(first, seq, "run {run}: a batch without its beginning");
            }
            let expected = event(run, seq, first, count);
            assert!(found.seq == seq && found.bytes == expected, "run {run}: event {seq} differs");
        }
        assert_eq!(first + count, head.seq + 1, "run {run}: half a batch");
        let next = signal(head.seq + 1).id;
        for pending in store.pending_signals(run_id(run)).await.unwrap() {
            assert_eq!(pending.id, next, "run {run}: an answered signal came back");
        }
        if let Some(checkpoint) = store.latest_checkpoint(run_id(run)).await.unwrap() {
            let one = event(run, checkpoint.seq, 0, 0);
            assert!(checkpoint.bytes.chunks(one.len()).all(|part| part == one), "run {run}");
        }
    }
    all
}

/// The number of the journal's oldest segment.
fn oldest_segment(store: &Path) -> u64 {
    let names = std::fs::read_dir(store.join("journal")).unwrap();
    let names = names.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter_map(|name| name.strip_prefix("segment-")?.parse().ok()).min().unwrap()
}

/// sled never syncs what it puts there.
fn assert_no_blobs(store: &Path) {
    let blobs = std::fs::read_dir(store.join("sled").join("blobs")).unwrap().count();
    assert_eq!(blobs, 0, "sled made files for large values");
}
