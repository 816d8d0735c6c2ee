//! Readings of steps and of starts.

use crate::figures::Figures;
use crate::meter::Meter;
use crate::options::Order;
use crate::{Failure, rig};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use windlass_engine::{Feed, Silent};
use windlass_model::{Event, EventKind, RunId, WorkflowDef};
use windlass_testkit::noop;

/// Drives batches of runs, all of a batch at once as far as the order lets it. Creating them is not
/// measured.
pub async fn batches(order: &Order, def: &WorkflowDef) -> Result<Figures, Failure> {
    let engine = rig::engine(&order.folder).await?;
    let mut meter = Meter::new(&order.folder);
    let mut steps = 0;
    while steps == 0 || meter.wall() < order.at_least {
        let runs = rig::created(&engine, def, order.runs).await?;
        let drive = |run: RunId| {
            let engine = engine.clone();
            async move { rig::drive(&engine, run, Arc::new(Silent)).await }
        };
        meter.begin();
        let driven = rig::each(runs, order.in_flight, drive).await;
        meter.end();
        driven?;
        steps += order.runs * order.steps;
    }
    Ok(meter.figures(steps))
}

/// Stops when the run's success is durable and published: what a user waits for.
#[derive(Default)]
struct Stopwatch(OnceLock<Instant>);

impl Feed for Stopwatch {
    fn event(&self, _run: RunId, event: &Event) {
        if event.kind == EventKind::RunSucceeded {
            self.0.get_or_init(Instant::now);
        }
    }
}

/// Starts one-step runs, one after another, each from its creation to its end.
pub async fn starts(order: &Order) -> Result<Figures, Failure> {
    let engine = rig::engine(&order.folder).await?;
    let def = noop::chain(1);
    let mut spans = Vec::new();
    let mut meter = Meter::new(&order.folder);
    meter.begin();
    let began = Instant::now();
    while spans.len() < order.runs || began.elapsed() < order.at_least {
        let begin = Instant::now();
        let done = Arc::new(Stopwatch::default());
        let run = engine.create(&def).await?;
        rig::drive(&engine, run, done.clone()).await?;
        let ended = done.0.get().ok_or("no run succeeded")?;
        spans.push(ended.duration_since(begin));
    }
    meter.end();
    let mut figures = meter.figures(spans.len());
    spans.sort_unstable();
    figures.set("p50_ms", percentile(&spans, 50));
    figures.set("p99_ms", percentile(&spans, 99));
    Ok(figures)
}

fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    sorted[(sorted.len() - 1) * percent / 100].as_secs_f64() * 1_000.0
}
