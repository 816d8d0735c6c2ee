//! Readings of a store with long histories: written until the writer is killed, and opened anew.

use crate::figures::Figures;
use crate::meter::memory;
use crate::options::Order;
use crate::{Failure, machine, rig};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio::sync::watch;
use windlass_engine::{Feed, Silent};
use windlass_model::{Event, EventKind, RunId};
use windlass_ports::store::RunFilter;
use windlass_testkit::noop;

/// Part of the steps after which the writer may be killed, in tenths: work is in flight then.
const TENTHS: usize = 9;

/// Counts steps that are done, durably.
struct Done {
    count: AtomicUsize,
    enough: usize,
    told: watch::Sender<bool>,
}

impl Feed for Done {
    fn event(&self, _run: RunId, event: &Event) {
        let done = matches!(event.kind, EventKind::AttemptSucceeded { .. });
        if done && self.count.fetch_add(1, Ordering::Relaxed) + 1 == self.enough {
            self.told.send_replace(true);
        }
    }
}

/// Writes histories, and goes on as long as the runtime lives.
pub async fn write(order: &Order) -> Result<Figures, Failure> {
    let engine = rig::engine(&order.folder).await?;
    let runs = rig::created(&engine, &noop::chain(order.steps), order.runs).await?;
    let told = watch::Sender::new(false);
    let mut heard = told.subscribe();
    let enough = order.runs * order.steps * TENTHS / 10;
    let done = Arc::new(Done { count: AtomicUsize::new(0), enough, told });
    let in_flight = order.in_flight;
    let drive = move |run| {
        let (engine, done) = (engine.clone(), done.clone());
        async move { rig::drive(&engine, run, done).await }
    };
    tokio::spawn(async move { rig::each(runs, in_flight, drive).await });
    heard.wait_for(|enough| *enough).await?;
    Ok(Figures::default())
}

/// Opens the store, reads the longest history, and drives what was broken off to its end.
pub async fn reopen(order: &Order, began: Instant) -> Result<Figures, Failure> {
    let mut figures = Figures::default();
    let engine = rig::engine(&order.folder).await?;
    figures.set("open_ms", began.elapsed().as_secs_f64() * 1_000.0);
    figures.set_known("open_rss_mib", memory().get("rss_after_mib"));
    let heads =
        engine.store().runs(RunFilter { limit: order.runs, ..RunFilter::default() }).await?;
    let events: u64 = heads.iter().map(|head| head.seq).sum();
    figures.set("events", events as f64);
    figures.set("store_mib", machine::disk_bytes(&order.folder) as f64 / (1_024.0 * 1_024.0));
    let longest = heads.iter().max_by_key(|head| head.seq).ok_or("the store has no runs")?;
    let since = Instant::now();
    engine.reader().load_verified(longest.run).await?;
    figures.set("load_us_per_event", since.elapsed().as_secs_f64() * 1e6 / longest.seq as f64);
    let open: Vec<RunId> =
        heads.iter().filter(|head| !head.phase.ended()).map(|head| head.run).collect();
    figures.set("broken_off", open.len() as f64);
    let since = Instant::now();
    let drive = |run| {
        let engine = engine.clone();
        async move { rig::drive(&engine, run, Arc::new(Silent)).await }
    };
    rig::each(open, order.in_flight, drive).await?;
    figures.set("finish_ms", since.elapsed().as_secs_f64() * 1_000.0);
    figures.extend(memory());
    Ok(figures)
}
