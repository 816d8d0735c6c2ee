//! The whole engine with its driver, on one thread, over the store in memory.

use crate::stage::engine;
use crate::{Failure, only_this_is_counted};
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use windlass_engine::{Driving, Ending, Engine, Silent};
use windlass_model::{Phase, RunId};
use windlass_testkit::noop;

/// Enough that a run's beginning and end weigh nothing.
const STEPS: usize = 1_000;

/// Enough that the first one, which reads the workflow, weighs little.
const STARTS: u64 = 200;

/// W1: a run of steps in a row, from what is stored of it to its end. The workflow was read before.
pub fn steps() -> Result<u64, Failure> {
    let (runtime, engine) = (runtime()?, engine());
    let run = runtime.block_on(created(&engine, STEPS))?;
    let mut ended = None;
    only_this_is_counted(&mut || ended = Some(runtime.block_on(drive(&engine, run))));
    ended.ok_or("nothing was done")??;
    Ok(STEPS as u64)
}

/// W3: a one-step run from its creation to its end.
pub fn starts() -> Result<u64, Failure> {
    let (runtime, engine) = (runtime()?, engine());
    let def = noop::chain(1);
    let many = async {
        for _ in 0..STARTS {
            let run = engine.create(&def).await?;
            drive(&engine, run).await?;
        }
        Ok::<_, Failure>(())
    };
    let (mut many, mut ended) = (Some(many), None);
    only_this_is_counted(&mut || ended = many.take().map(|many| runtime.block_on(many)));
    ended.ok_or("nothing was done")??;
    Ok(STARTS)
}

/// A history is folded with its whole chain checked, as a resume does; for each event.
pub fn loads() -> Result<u64, Failure> {
    let (runtime, engine) = (runtime()?, engine());
    let run = runtime.block_on(async {
        let run = created(&engine, STEPS).await?;
        drive(&engine, run).await?;
        Ok::<_, Failure>(run)
    })?;
    let reader = engine.reader();
    let mut loaded = None;
    only_this_is_counted(&mut || loaded = Some(runtime.block_on(reader.load_verified(run))));
    Ok(loaded.ok_or("nothing was done")??.run.seq)
}

/// One thread, and a time that moves only where nothing else does.
fn runtime() -> Result<Runtime, Failure> {
    Ok(Builder::new_current_thread().enable_all().start_paused(true).build()?)
}

async fn created(engine: &Engine, steps: usize) -> Result<RunId, Failure> {
    let run = engine.create(&noop::chain(steps)).await?;
    engine.reader().load(run).await?;
    Ok(run)
}

async fn drive(engine: &Engine, run: RunId) -> Result<(), Failure> {
    let driving = Driving { by: "bench".to_owned(), ..Driving::default() };
    match engine.drive(run, driving, Arc::new(Silent)).await? {
        Ending::Rest(Phase::Succeeded) => Ok(()),
        other => Err(format!("{run} ended as {other:?}").into()),
    }
}
