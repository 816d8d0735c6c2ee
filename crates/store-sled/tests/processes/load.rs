//! The load that is killed: several writers, each with a run of its own, whose every event tells
//! what it must be.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use windlass_model::Seq;
use windlass_ports::Store;
use windlass_ports::store::{Lease, LeaseAnswer, LeaseRequest, StoredCheckpoint};
use windlass_store_sled::{OpenError, Settings, SledStore};
use windlass_testkit::store_kit::subject::{NOON, append, new_run, run_id, signal};

/// Runs that are written at once, at the most.
pub const RUNS: u64 = 8;

/// Runs that are written at once.
fn runs() -> u64 {
    let set = std::env::var("WINDLASS_CRASH_RUNS").ok().and_then(|value| value.parse().ok());
    set.unwrap_or(RUNS).min(RUNS)
}

/// A small source of numbers that can be repeated from its seed.
pub struct Numbers(pub u64);

impl Numbers {
    /// The next number below a limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 33) % limit
    }
}

/// The bytes of an event: where it belongs, which batch it came in, and filler that follows from
/// those.
pub fn event(run: u64, seq: Seq, first: Seq, count: u64) -> Vec<u8> {
    let mut numbers = Numbers(run << 32 | seq);
    let length = match numbers.below(400) {
        0 => 300_000,
        1..=9 => 9_000,
        _ => 300,
    };
    let mut bytes = format!("{run} {seq} {first} {count} ").into_bytes();
    bytes.resize_with(length, || numbers.below(256) as u8);
    bytes
}

/// Reads which batch an event came in.
pub fn batch_of(bytes: &[u8]) -> (Seq, u64) {
    let words = bytes.split(|byte| *byte == b' ').skip(2).take(2);
    let mut numbers = words.map(|word| std::str::from_utf8(word).unwrap().parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

/// What the journal may hold before its room is given back: so little that a child reaches that in
/// its short life, and is killed in it.
const JOURNAL_BYTES_FLOOR: u64 = 128 * 1024;

/// Opens the store as the children do.
pub fn open(folder: &Path) -> Result<SledStore, OpenError> {
    let settings = Settings { journal_bytes_floor: JOURNAL_BYTES_FLOOR, ..Settings::default() };
    SledStore::open_with(folder, settings)
}

/// Writes for ever and tells each acknowledgement in a line `A run seq`.
pub fn write(folder: &Path, seed: u64) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(async {
        let store: Arc<dyn Store> = Arc::new(open(folder).expect("the store opens"));
        say("R");
        let mut writers = tokio::task::JoinSet::new();
        for run in 1..=runs() {
            writers.spawn(write_run(store.clone(), run, Numbers(seed ^ run << 8)));
        }
        writers.join_next().await.unwrap().unwrap();
    });
}

/// One write of a whole line, so that the parent never reads half of one.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    if out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

async fn write_run(store: Arc<dyn Store>, run: u64, mut numbers: Numbers) {
    let lease = take_lease(&store, run).await;
    let mut last = store.head(lease.run).await.unwrap().seq;
    loop {
        let count = 1 + numbers.below(4);
        let question = signal(last + 1);
        store.post_signal(lease.run, question.clone()).await.unwrap();
        let events = (last + 1..=last + count).map(|seq| event(run, seq, last + 1, count));
        let mut append = append(&lease, last, events.collect());
        append.consumed_signals = vec![question.id];
        last = store.append(append).await.unwrap();
        say(&format!("A {run} {last}"));
        if numbers.below(3) == 0 {
            let bytes = event(run, last, 0, 0).repeat(1 + numbers.below(40) as usize);
            let checkpoint = StoredCheckpoint { seq: last, bytes };
            store.save_checkpoint(lease.run, checkpoint).await.unwrap();
        }
    }
}

/// Creates a run where it is not there, and displaces whoever wrote it before.
pub async fn take_lease(store: &Arc<dyn Store>, run: u64) -> Lease {
    store.create_run(new_run(run)).await.unwrap();
    let displaces = store.lease(run_id(run)).await.unwrap().map(|lease| lease.epoch);
    let owner = std::process::id().to_string();
    let request = LeaseRequest { run: run_id(run), owner, now: NOON, ttl_ms: 60_000, displaces };
    match store.acquire_lease(request).await.unwrap() {
        LeaseAnswer::Granted(lease) => lease,
        LeaseAnswer::Held(lease) => panic!("{lease:?} was displaced"),
    }
}
