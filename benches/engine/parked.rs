//! Readings of runs that wait for a signal: in memory, left, woken by the next process.

use crate::figures::Figures;
use crate::meter::{Meter, memory};
use crate::options::Order;
use crate::{Failure, rig};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio::sync::watch;
use windlass_engine::{Engine, Feed, Silent};
use windlass_model::observation::Signal;
use windlass_model::{Event, EventKind, Phase, RunId, Value};
use windlass_ports::store::RunFilter;
use windlass_testkit::noop;

/// The signal that they wait for.
const GO: &str = "go";

/// Runs created and driven at once where there are very many: enough for large groups, little
/// enough that they are not all in memory.
const AT_ONCE: usize = 256;

/// Runs that a list shows: about a screen.
const SCREEN: usize = 50;

/// Runs read of the store at once.
const PAGE: usize = 1_000;

/// Counts the runs that wait, durably.
struct Waiting {
    count: AtomicUsize,
    told: watch::Sender<usize>,
}

impl Feed for Waiting {
    fn event(&self, _run: RunId, event: &Event) {
        if matches!(event.kind, EventKind::SignalAwaited { .. }) {
            let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
            self.told.send_replace(count);
        }
    }
}

/// Has all runs wait in memory. They go on waiting as long as the runtime lives.
pub async fn wait(order: &Order) -> Result<Figures, Failure> {
    let engine = rig::engine(&order.folder).await?;
    let before = memory().get("rss_after_mib");
    let runs = rig::created(&engine, &noop::waiting(GO), order.runs).await?;
    let told = watch::Sender::new(0);
    let mut heard = told.subscribe();
    let waiting = Arc::new(Waiting { count: AtomicUsize::new(0), told });
    for run in runs {
        let (engine, waiting) = (engine.clone(), waiting.clone());
        tokio::spawn(async move { rig::drive(&engine, run, waiting).await });
    }
    heard.wait_for(|count| *count == order.runs).await?;
    let mut figures = memory();
    let grown = figures.get("rss_after_mib").zip(before).map(|(after, before)| after - before);
    figures.set_known("kib_per_waiting_run", grown.map(|mib| mib * 1_024.0 / order.runs as f64));
    Ok(figures)
}

/// Creates runs, drives each until it waits, and leaves it.
pub async fn leave(order: &Order) -> Result<Figures, Failure> {
    let engine = rig::engine(&order.folder).await?;
    let def = Arc::new(noop::waiting(GO));
    let mut meter = Meter::new(&order.folder);
    meter.begin();
    let park = |_| {
        let (engine, def) = (engine.clone(), def.clone());
        async move {
            let run = engine.create(&def).await?;
            rig::drive_until_it_waits(&engine, run, Arc::new(Silent)).await
        }
    };
    let parked = rig::each(0..order.runs, order.in_flight.min(AT_ONCE), park).await;
    meter.end();
    parked?;
    let mut figures = Figures::default();
    let spent = meter.figures(order.runs);
    figures.set_known("parked_per_s", spent.get("steps_per_s"));
    figures.set_known("disk_bytes_per_run", spent.get("disk_bytes_per_step"));
    figures.set_known("parking_rss_peak_mib", spent.get("rss_peak_mib"));
    Ok(figures)
}

/// Signals all runs that wait and drives them to their end.
pub async fn wake(order: &Order, began: Instant) -> Result<Figures, Failure> {
    let engine = rig::engine(&order.folder).await?;
    let opened = began.elapsed();
    let runs = waiting(&engine).await?;
    if runs.len() != order.runs {
        return Err(format!("{} runs wait, and {} were parked", runs.len(), order.runs).into());
    }
    let mut meter = Meter::new(&order.folder);
    meter.begin();
    let woken = rig::each(runs, order.in_flight, |run| go(engine.clone(), run)).await;
    meter.end();
    woken?;
    let mut figures = Figures::default();
    figures.set("seconds", began.elapsed().as_secs_f64());
    figures.set("open_ms", opened.as_secs_f64() * 1_000.0);
    let spent = meter.figures(order.runs);
    figures.set_known("cpu_us_per_run", spent.get("cpu_us_per_step"));
    figures.set_known("device_flushes_per_run", spent.get("device_flushes_per_step"));
    figures.set_known("written_bytes_per_run", spent.get("written_bytes_per_step"));
    figures.extend(memory());
    Ok(figures)
}

/// Opens a store of parked runs, shows a screen of them, and wakes the oldest of these.
pub async fn look(order: &Order, began: Instant) -> Result<Figures, Failure> {
    let engine = rig::engine(&order.folder).await?;
    let mut figures = Figures::default();
    figures.set("open_ms", began.elapsed().as_secs_f64() * 1_000.0);
    figures.set_known("open_rss_mib", memory().get("rss_after_mib"));
    let since = Instant::now();
    let listed = engine.store().runs(RunFilter { limit: SCREEN, ..RunFilter::default() }).await?;
    figures.set("list_ms", since.elapsed().as_secs_f64() * 1_000.0);
    let oldest = listed.last().ok_or("no run is listed")?.run;
    let since = Instant::now();
    go(engine, oldest).await?;
    figures.set("wake_one_ms", since.elapsed().as_secs_f64() * 1_000.0);
    figures.extend(memory());
    Ok(figures)
}

/// The runs that wait, page by page.
async fn waiting(engine: &Engine) -> Result<Vec<RunId>, Failure> {
    let mut found: Vec<RunId> = Vec::new();
    loop {
        let before = found.last().copied();
        let phases = vec![Phase::Waiting];
        let filter = RunFilter { phases, before, limit: PAGE, ..RunFilter::default() };
        let page = engine.store().runs(filter).await?;
        if page.is_empty() {
            return Ok(found);
        }
        found.extend(page.into_iter().map(|head| head.run));
    }
}

async fn go(engine: Arc<Engine>, run: RunId) -> Result<(), Failure> {
    let (name, by) = (GO.to_owned(), "bench".to_owned());
    engine.signal(run, &Signal::Send { name, data: Value::Null, by, note: None }).await?;
    rig::drive(&engine, run, Arc::new(Silent)).await
}
