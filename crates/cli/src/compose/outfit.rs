//! What a run gets to work in its environment: actions, clock and secrets; the simulator first,
//! where the environment asks for it. No other code asks which world it talks to.

use super::clocks::{ScaledClock, SystemClock};
use super::control::Control;
use super::places::Places;
use super::plugins;
use super::secrets::NamedSecrets;
use super::simulator;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use windlass_engine::{Outfit, Outfitter};
use windlass_executors::shell::folder::{clear_all, clear_ended};
use windlass_executors::{Deps, HttpClient};
use windlass_model::{Catalog, Environment, RunId, Timestamp, Value, WorkflowDef};
use windlass_ports::{BoxFuture, Clock, Registry, Secrets};

/// Makes outfits on this machine.
pub struct Workshop {
    places: Places,
}

impl Workshop {
    /// A workshop that keeps simulated worlds in these folders.
    pub fn new(places: Places) -> Self {
        Self { places }
    }
}

impl Outfitter for Workshop {
    fn outfit<'a>(
        &'a self,
        run: RunId,
        workflow: &'a WorkflowDef,
        began: Option<Timestamp>,
    ) -> BoxFuture<'a, Result<Outfit, String>> {
        let environment = &workflow.environment;
        Box::pin(async move {
            let secrets: Arc<dyn Secrets> =
                Arc::new(NamedSecrets::new(environment.secrets.clone()));
            let control = match environment.simulator {
                true => {
                    let folder = self.places.simulator(&environment.name);
                    Some(simulator::ensure(&folder, environment).await?)
                }
                false => None,
            };
            let began = match (&control, began) {
                (Some(control), None) => Some(cloud_time(control).await?),
                (_, began) => began,
            };
            let clock: Arc<dyn Clock> = match ScaledClock::of(run, environment, began) {
                Some(scaled) => Arc::new(scaled),
                None => Arc::new(SystemClock),
            };
            let simulated = control.map(|control| control.address());
            let deps = Deps {
                clock: clock.clone(),
                secrets: secrets.clone(),
                state_dir: self.places.scripts.clone(),
                http: None,
            };
            let mut registry = registry(environment, simulated, deps)?;
            plugins::add_to(&mut registry, workflow).await?;
            Ok(Outfit { registry, clock, secrets, guards: true })
        })
    }

    fn ended(&self, run: RunId) -> BoxFuture<'_, ()> {
        Box::pin(clear(self.places.scripts.clone(), run, clear_ended))
    }
}

/// Removes what the scripts of a run left, without holding a worker up. What stays is in nobody's
/// way: a prune of the run tries again.
async fn clear(scripts: PathBuf, run: RunId, clear: fn(&Path, RunId) -> io::Result<()>) {
    let cleared = tokio::task::spawn_blocking(move || clear(&scripts, run)).await;
    if let Err(error) = cleared.unwrap_or_else(|error| Err(io::Error::other(error))) {
        tracing::warn!(%run, %error, "what scripts of the run left was not removed");
    }
}

/// Removes whatever the scripts of a run that is not there any more left.
pub async fn forget_scripts(places: &Places, run: RunId) {
    clear(places.scripts.clone(), run, clear_all).await;
}

/// What the clock of a simulated cloud shows now: it goes on while no run looks.
pub async fn cloud_time(control: &Control) -> Result<Timestamp, String> {
    let now = control.status().await?.now;
    Timestamp::parse(&now.to_string())
        .ok_or_else(|| format!("the simulator's clock shows `{now}`, which is no time"))
}

/// Everything that files can name.
pub fn catalog() -> Catalog {
    windlass_executors::catalog()
}

/// The actions of an environment, which find its simulator under the name `simulator`, wherever it
/// listens: addresses that it gave out before stay good when it comes back at another port.
pub fn registry(
    environment: &Environment,
    simulated: Option<SocketAddr>,
    deps: Deps,
) -> Result<Registry, String> {
    let Some(address) = simulated else {
        return windlass_executors::registry(environment, deps).map_err(|e| e.to_string());
    };
    let http = HttpClient::knowing(simulator::HOST, address).map_err(|e| e.to_string())?;
    let mut environment = environment.clone();
    environment.providers.values_mut().for_each(spell_out);
    let deps = Deps { http: Some(http), ..deps };
    windlass_executors::registry(&environment, deps).map_err(|e| e.to_string())
}

/// `simulator` alone, where an address belongs, is short for its address.
fn spell_out(value: &mut Value) {
    match value {
        Value::String(text) if text == simulator::HOST => {
            *text = format!("http://{}", simulator::HOST);
        }
        Value::Array(list) => list.iter_mut().for_each(spell_out),
        Value::Object(map) => map.values_mut().for_each(spell_out),
        _ => {}
    }
}
