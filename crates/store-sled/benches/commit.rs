//! How fast the store acknowledges, beside what the disk can do: one writer after another, many
//! runs at once, and a run from its creation to its end. Prints one line of JSON a workload.
//!
//! `cargo bench -p windlass-store-sled --bench commit`; WINDLASS_BENCH_DIR moves it to another
//! disk.

#![expect(
    clippy::disallowed_methods,
    reason = "a bench measures real time and takes its folder from outside"
)]
#![expect(clippy::expect_used, reason = "a bench may panic")]
#![expect(clippy::print_stdout, reason = "the figures are its output")]

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use windlass_model::{Phase, RunId, Timestamp};
use windlass_ports::Store;
use windlass_ports::store::{Append, Lease, LeaseAnswer, LeaseRequest};
use windlass_store_sled::SledStore;
use windlass_testkit::store_kit::subject::{NOON, new_run};

const RAW: usize = 500;
const STEPS: u64 = 1000;
const RUNS: u64 = 1000;
const STEPS_EACH: u64 = 10;
const STARTS: u64 = 200;

/// A finished step and the next one's intent are two events in one append.
const EVENT: [u8; 256] = [0x5a; 256];

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(bench());
}

async fn bench() {
    let base = std::env::var_os("WINDLASS_BENCH_DIR").map_or_else(std::env::temp_dir, Into::into);
    let folder = tempfile::tempdir_in(base).expect("a folder");
    let raw = raw(folder.path());
    let (raw_per_s, raw_p50) = (rate(&raw), percentile(&raw, 50));
    println!(r#"{{"workload":"raw","syncs_per_s":{raw_per_s:.0},"p50_us":{raw_p50}}}"#);
    let store = SledStore::open(&folder.path().join("store")).expect("a store");
    let store: Arc<dyn Store> = Arc::new(store);

    let w1 = one_run(&store, 0, STEPS).await;
    let ratio = rate(&w1) / raw_per_s;
    let (p50, p99) = (percentile(&w1, 50), percentile(&w1, 99));
    let per_s = rate(&w1);
    let rates = format!(r#""steps_per_s":{per_s:.0},"of_raw":{ratio:.2}"#);
    println!(r#"{{"workload":"w1",{rates},"p50_us":{p50},"p99_us":{p99}}}"#);

    let begun = Instant::now();
    let mut runs = tokio::task::JoinSet::new();
    let mut leases = Vec::new();
    for n in 1..=RUNS {
        let store = store.clone();
        runs.spawn(async move { lease(&store, n).await });
    }
    while let Some(lease) = runs.join_next().await {
        leases.push(lease.expect("a lease"));
    }
    let created = RUNS as f64 / begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let mut runs = tokio::task::JoinSet::new();
    for lease in leases {
        let store = store.clone();
        runs.spawn(async move { steps(&store, &lease, STEPS_EACH).await });
    }
    while let Some(run) = runs.join_next().await {
        run.expect("a run");
    }
    let per_s = (RUNS * STEPS_EACH) as f64 / begun.elapsed().as_secs_f64();
    println!(r#"{{"workload":"w2","steps_per_s":{per_s:.0},"runs_created_per_s":{created:.0}}}"#);

    let mut starts = Vec::new();
    for n in 0..STARTS {
        let begun = Instant::now();
        one_run(&store, RUNS + 1 + n, 2).await;
        starts.push(begun.elapsed());
    }
    let p50 = percentile(&starts, 50);
    let syncs = p50 as f64 / raw_p50 as f64;
    println!(r#"{{"workload":"w3","p50_us":{p50},"raw_syncs":{syncs:.1}}}"#);
}

/// What the disk gives: append and fdatasync, nothing else.
fn raw(folder: &Path) -> Vec<Duration> {
    let mut file = File::create(folder.join("raw")).expect("a file");
    let each = |_| {
        let begun = Instant::now();
        file.write_all(&EVENT).expect("written");
        file.sync_data().expect("synced");
        begun.elapsed()
    };
    (0..RAW).map(each).collect()
}

async fn lease(store: &Arc<dyn Store>, n: u64) -> Lease {
    let new = new_run(n);
    let run: RunId = new.head.run;
    let owner = "bench".to_owned();
    let request = LeaseRequest { run, owner, now: NOON, ttl_ms: 60_000, displaces: None };
    match store.create_leased(new, request).await.expect("answered") {
        LeaseAnswer::Granted(lease) => lease,
        LeaseAnswer::Held(_) => unreachable!("a new run is free"),
    }
}

async fn one_run(store: &Arc<dyn Store>, n: u64, count: u64) -> Vec<Duration> {
    let lease = lease(store, n).await;
    steps(store, &lease, count).await
}

async fn steps(store: &Arc<dyn Store>, lease: &Lease, count: u64) -> Vec<Duration> {
    let mut times = Vec::new();
    for step in 0..count {
        let last = step + 1 == count;
        let append = Append {
            run: lease.run,
            expected: step * 2,
            epoch: lease.epoch,
            events: vec![EVENT.to_vec(), EVENT.to_vec()],
            phase: if last { Phase::Succeeded } else { Phase::Running },
            updated_at: Timestamp(NOON.0 + i64::try_from(step).unwrap_or(0)),
            due: None,
            consumed_signals: Vec::new(),
        };
        let begun = Instant::now();
        store.append(append).await.expect("appended");
        times.push(begun.elapsed());
    }
    times
}

fn rate(times: &[Duration]) -> f64 {
    times.len() as f64 / times.iter().sum::<Duration>().as_secs_f64()
}

fn percentile(times: &[Duration], percent: usize) -> u128 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[(sorted.len() - 1) * percent / 100].as_micros()
}
