//! The three workloads.

use crate::rig;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use windlass_engine::{Driving, Ending, Engine, Feed, Silent};
use windlass_model::{Event, EventKind, Phase, RunId};

/// Sizes that the command line may change.
#[derive(Clone, Copy)]
pub struct Sizes {
    /// Runs at once in W2.
    pub runs: usize,
    /// Steps of a run, where not the workload's own.
    pub steps: Option<usize>,
}

/// What was measured.
pub struct Reading {
    /// Durable steps per second.
    pub steps_per_s: f64,
    /// Steps in all.
    pub steps: usize,
    /// How long they took.
    pub elapsed_ms: u64,
    /// The median of single starts, for W3.
    pub p50_ms: Option<f64>,
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

/// Single starts that W3 takes its median from.
const W3_STARTS: usize = 200;

type Failure = Box<dyn std::error::Error>;

/// Runs a workload on a fresh store.
pub fn run(name: &str, sizes: Sizes) -> Result<Reading, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = rig::scratch(name)?;
    let reading = runtime.block_on(async {
        let engine = rig::engine(&folder).await?;
        match name {
            "w1" => many(&engine, 1, sizes.steps.unwrap_or(1_000)).await,
            "w2" => many(&engine, sizes.runs, sizes.steps.unwrap_or(10)).await,
            "w3" => starts(&engine).await,
            other => Err(format!("no workload `{other}`: w1, w2 or w3").into()),
        }
    });
    drop(runtime);
    std::fs::remove_dir_all(folder)?;
    reading
}

/// `runs` runs of `steps` steps in a row, all at once. Creating them is not measured.
async fn many(engine: &Arc<Engine>, runs: usize, steps: usize) -> Result<Reading, Failure> {
    let def = rig::chain(steps);
    let mut created = Vec::with_capacity(runs);
    for _ in 0..runs {
        created.push(engine.create(&def).await?);
    }
    let start = Instant::now();
    let drives: Vec<_> = created
        .into_iter()
        .map(|run| {
            let engine = engine.clone();
            tokio::spawn(async move { drive(&engine, run, Arc::new(Silent)).await })
        })
        .collect();
    for drive in drives {
        drive.await??;
    }
    Ok(reading(start.elapsed(), runs * steps, None))
}

async fn starts(engine: &Arc<Engine>) -> Result<Reading, Failure> {
    let def = rig::chain(1);
    let mut spans = Vec::with_capacity(W3_STARTS);
    let start = Instant::now();
    for _ in 0..W3_STARTS {
        let begin = Instant::now();
        let done = Arc::new(Stopwatch::default());
        let run = engine.create(&def).await?;
        drive(engine, run, done.clone()).await?;
        let ended = done.0.get().ok_or("no run succeeded")?;
        spans.push(ended.duration_since(begin));
    }
    let elapsed = start.elapsed();
    spans.sort_unstable();
    let p50 = spans[spans.len() / 2].as_secs_f64() * 1_000.0;
    Ok(reading(elapsed, W3_STARTS, Some(p50)))
}

async fn drive(engine: &Engine, run: RunId, feed: Arc<dyn Feed>) -> Result<(), String> {
    let driving = Driving { by: "bench".to_owned(), ..Driving::default() };
    let ending = engine.drive(run, driving, feed).await.map_err(|e| e.to_string())?;
    match ending {
        Ending::Rest(Phase::Succeeded) => Ok(()),
        other => Err(format!("{run} ended as {other:?}")),
    }
}

fn reading(elapsed: Duration, steps: usize, p50_ms: Option<f64>) -> Reading {
    let steps_per_s = steps as f64 / elapsed.as_secs_f64();
    Reading { steps_per_s, steps, elapsed_ms: elapsed.as_millis() as u64, p50_ms }
}
