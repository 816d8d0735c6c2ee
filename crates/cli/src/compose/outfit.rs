//! What a run gets to work in its environment: actions, clock and secrets; the simulator first,
//! where the environment asks for it. No other code asks which world it talks to.

use super::clocks::{ScaledClock, SystemClock};
use super::places::Places;
use super::secrets::NamedSecrets;
use super::simulator;
use std::net::SocketAddr;
use std::sync::Arc;
use windlass_engine::{Outfit, Outfitter};
use windlass_model::{Catalog, Environment, RunId};
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
        environment: &'a Environment,
    ) -> BoxFuture<'a, Result<Outfit, String>> {
        Box::pin(async move {
            let clock: Arc<dyn Clock> = match ScaledClock::of(run, environment) {
                Some(scaled) => Arc::new(scaled),
                None => Arc::new(SystemClock),
            };
            let secrets: Arc<dyn Secrets> =
                Arc::new(NamedSecrets::new(environment.secrets.clone()));
            let simulated = match environment.simulator {
                true => {
                    let folder = self.places.simulator(&environment.name);
                    Some(simulator::ensure(&folder, environment).await?.address())
                }
                false => None,
            };
            let registry = registry(environment, simulated, clock.clone(), secrets.clone())?;
            Ok(Outfit { registry, clock, secrets })
        })
    }
}

/// Everything that files can name.
pub fn catalog() -> Catalog {
    Catalog::default()
}

fn registry(
    _environment: &Environment,
    _simulated: Option<SocketAddr>,
    _clock: Arc<dyn Clock>,
    _secrets: Arc<dyn Secrets>,
) -> Result<Registry, String> {
    Ok(Registry::default())
}
