//! How a simulator is started. It must not know what it simulates.

use crate::seed::WorldSeed;
use crate::world::World;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// How a simulator is started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// Where its world is kept; none keeps it in memory only.
    pub state_dir: Option<PathBuf>,
    /// Simulated seconds per real second; 0 stands still until somebody moves the clock.
    pub time_scale: f64,
    /// What the clock of a new world shows first; none is the machine's time.
    pub clock_start: Option<Timestamp>,
    /// How a new world begins; a world that is kept goes on as it is.
    pub seed: WorldSeed,
    /// A world as another simulator left it at rest, to go on from in place of a new one.
    pub world: Option<Box<World>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            state_dir: None,
            time_scale: 1.0,
            clock_start: None,
            seed: WorldSeed::hotfix(),
            world: None,
        }
    }
}
