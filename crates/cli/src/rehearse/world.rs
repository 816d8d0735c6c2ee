//! A simulated cloud for one rehearsal, on a thread of its own, so that it goes on while the engine
//! dies. Its clock stands still but for the jumps of the rehearsal's time.

use super::pace::Pace;
use super::rehearsed::{Rehearsed, Treatment};
use super::stand_in::{StandIn, is_simulated};
use crate::compose::control::Control;
use crate::compose::outfit::{catalog, registry};
use crate::compose::secrets::NamedSecrets;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use windlass_azure_sim::{Config, LedgerEntry, serve};
use windlass_engine::{Outfit, Outfitter};
use windlass_executors::Deps;
use windlass_model::catalog::ActionTraits;
use windlass_model::step::Compensate;
use windlass_model::{Millis, RunId, Timestamp, Work, WorkflowDef};
use windlass_ports::{Action, BoxFuture, Clock, Registry, Secrets};

/// How the world of a rehearsal begins.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// When, by its own clock.
    pub at: Timestamp,
    /// A world as it was left; a new one where absent.
    pub left: Option<Value>,
}

/// A simulated cloud. Dropping it ends it.
#[derive(Debug)]
pub struct World {
    address: SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl World {
    /// Begins a world whose clock shows when it begins: a new one, or one as others left it.
    pub fn begin(beginning: &Beginning) -> Result<Self, String> {
        let world = match &beginning.left {
            Some(left) => serde_json::from_value(left.clone()).map_err(|e| e.to_string())?,
            None => None,
        };
        let clock_start = beginning.at.to_string().parse().ok();
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            let said = one_thread().and_then(|runtime| {
                runtime.block_on(async {
                    let config =
                        Config { time_scale: 0.0, clock_start, world, ..Config::default() };
                    let running = serve(config).await.map_err(|error| error.to_string())?;
                    drop(tell.send(Ok(running.address())));
                    // Ends too where whoever wanted it went away.
                    drop(stopped.await);
                    running.stop().await;
                    Ok(())
                })
            });
            if let Err(why) = said {
                drop(tell.send(Err(why)));
            }
        });
        let address = told.recv().map_err(|error| error.to_string()).and_then(|told| told);
        Ok(Self { address: address?, stop: Some(stop), thread: Some(thread) })
    }

    /// Its control, for the runtime that asks.
    pub fn control(&self) -> Result<Control, String> {
        Control::at(self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so.
            drop(thread.join());
        }
    }
}

/// A runtime of one thread, which a rehearsal's time needs.
pub fn one_thread() -> Result<tokio::runtime::Runtime, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| format!("failed to start a rehearsal: {error}"))
}

/// Moves a world's clock on.
pub async fn advance(control: &Control, span: Millis) -> Result<(), String> {
    let body = json!({ "advance_seconds": span as f64 / 1_000.0 });
    control.post("/clock", &body).await.map(drop)
}

/// Every change that took place.
pub async fn ledger(control: &Control) -> Result<Vec<LedgerEntry>, String> {
    control.get("/ledger").await
}

/// All that it holds.
pub async fn everything(control: &Control) -> Result<Value, String> {
    control.get("/world").await
}

/// The actions that a workflow's steps and their compensations call.
fn actions_of(workflow: &WorkflowDef) -> impl Iterator<Item = (&str, &ActionTraits)> {
    let work = workflow.steps.iter().filter_map(|step| match &step.work {
        Work::Action { uses, traits, .. } => Some((uses.as_str(), traits)),
        _ => None,
    });
    let undo = workflow.steps.iter().filter_map(|step| match &step.compensate {
        Compensate::Custom { uses, traits, .. } => Some((uses.as_str(), traits)),
        _ => None,
    });
    work.chain(undo)
}

/// Makes the outfits of one rehearsal.
pub struct Wardrobe {
    /// Where the simulated cloud listens.
    pub address: SocketAddr,
    /// What is done to each action.
    pub treatment: Treatment,
    /// For what actions leave on this machine.
    pub state_dir: PathBuf,
}

impl Outfitter for Wardrobe {
    fn outfit<'a>(
        &'a self,
        _run: RunId,
        workflow: &'a WorkflowDef,
        _began: Option<Timestamp>,
    ) -> BoxFuture<'a, Result<Outfit, String>> {
        Box::pin(std::future::ready(self.make(workflow)))
    }
}

impl Wardrobe {
    fn make(&self, workflow: &WorkflowDef) -> Result<Outfit, String> {
        let environment = &workflow.environment;
        let pace: &Pace = &self.treatment.pace;
        let clock: Arc<dyn Clock> = Arc::new(pace.clone());
        let secrets: Arc<dyn Secrets> = Arc::new(NamedSecrets::new(environment.secrets.clone()));
        let deps = Deps {
            clock: clock.clone(),
            secrets: secrets.clone(),
            state_dir: self.state_dir.clone(),
            http: None,
        };
        let real = registry(environment, Some(self.address), deps)?;
        let mut treated = Registry::default();
        let mut treat = |action: Arc<dyn Action>| {
            treated.add_action(Arc::new(Rehearsed::new(action, self.treatment.clone())));
        };
        for action in real.actions().filter(|action| is_simulated(&action.spec().kind)) {
            treat(action.clone());
        }
        let known = catalog();
        for (kind, traits) in actions_of(workflow).filter(|(kind, _)| !is_simulated(kind)) {
            treat(Arc::new(StandIn::of(kind, traits, &known)));
        }
        // Nobody is to be told of a rehearsal.
        let told = workflow.steps.iter().flat_map(|step| &step.notify);
        for spec in told.filter_map(|notice| known.actions.get(&notice.uses)) {
            treat(Arc::new(StandIn::of(&spec.kind, &spec.traits, &known)));
        }
        real.resources().for_each(|resource| treated.add_resource(resource.clone()));
        Ok(Outfit { registry: treated, clock, secrets, guards: false })
    }
}
