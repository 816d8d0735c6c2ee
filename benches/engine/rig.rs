//! An engine on an embedded store with the one action that does nothing, and how its runs are
//! driven.

use crate::Failure;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use uuid::Uuid;
use windlass_engine::{Driving, Ending, Engine, Feed, KeyCipher, Outfit, Outfitter, Parts};
use windlass_model::{Phase, RunId, Timestamp, WorkflowDef};
use windlass_ports::secrets::SecretError;
use windlass_ports::{BoxFuture, Clock, Registry, Secret, Secrets};
use windlass_store_sled::SharedStore;
use windlass_testkit::noop;

/// An engine over the store in `folder`. All engines of the benchmark have one name, so that one
/// goes on with the leases of another that was killed.
pub async fn engine(folder: &Path) -> Result<Arc<Engine>, Failure> {
    Ok(Engine::new(Parts {
        store: SharedStore::open(folder).await?,
        outfitter: Arc::new(Bench(noop::registry())),
        cipher: Arc::new(KeyCipher::new([7; 32].into())),
        wall: Arc::new(Wall),
        owner: "bench".to_owned(),
        is_dead: Arc::new(|_| false),
        new_id: Arc::new(Uuid::now_v7),
    }))
}

/// Drives a run to its success.
pub async fn drive(engine: &Engine, run: RunId, feed: Arc<dyn Feed>) -> Result<(), Failure> {
    match engine.drive(run, driving(false), feed).await? {
        Ending::Rest(Phase::Succeeded) => Ok(()),
        other => Err(format!("{run} ended as {other:?}").into()),
    }
}

/// Drives a run until it waits.
pub async fn drive_until_it_waits(
    engine: &Engine,
    run: RunId,
    feed: Arc<dyn Feed>,
) -> Result<(), Failure> {
    match engine.drive(run, driving(true), feed).await? {
        Ending::Waiting => Ok(()),
        other => Err(format!("{run} ended as {other:?}").into()),
    }
}

fn driving(leave_when_waiting: bool) -> Driving {
    Driving { by: "bench".to_owned(), leave_when_waiting, ..Driving::default() }
}

/// Does something with each, at most so many at once; the first failure is told.
pub async fn each<T, W>(
    many: impl IntoIterator<Item = T>,
    in_flight: usize,
    work: impl Fn(T) -> W,
) -> Result<(), Failure>
where
    W: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(in_flight.min(Semaphore::MAX_PERMITS)));
    let mut under_way = JoinSet::new();
    for one in many {
        let permit = room.clone().acquire_owned().await?;
        let work = work(one);
        under_way.spawn(async move {
            let _permit = permit;
            work.await
        });
        // What is done is taken away now and not at the end, so that a million leave no trace.
        while let Some(done) = under_way.try_join_next() {
            done??;
        }
    }
    while let Some(done) = under_way.join_next().await {
        done??;
    }
    Ok(())
}

/// Creates a run of a workflow for each of so many.
pub async fn created(
    engine: &Engine,
    def: &WorkflowDef,
    runs: usize,
) -> Result<Vec<RunId>, Failure> {
    let mut created = Vec::with_capacity(runs);
    for _ in 0..runs {
        created.push(engine.create(def).await?);
    }
    Ok(created)
}

struct Bench(Registry);

impl Outfitter for Bench {
    fn outfit<'a>(
        &'a self,
        _run: RunId,
        _workflow: &'a WorkflowDef,
        _began: Option<Timestamp>,
    ) -> BoxFuture<'a, Result<Outfit, String>> {
        Box::pin(async move {
            Ok(Outfit {
                registry: self.0.clone(),
                clock: Arc::new(Wall),
                secrets: Arc::new(NoSecrets),
                guards: true,
            })
        })
    }
}

struct Wall;

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'_, ()> {
        let span = std::time::Duration::from_millis(until.since(self.now()));
        Box::pin(tokio::time::sleep(span))
    }
}

struct NoSecrets;

impl Secrets for NoSecrets {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret, SecretError>> {
        Box::pin(async move { Err(SecretError::Unknown(name.to_owned())) })
    }
}
