//! Packages that were sent to an app's deployment host. They must not know how they are sent.

use super::build::Deployed;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a deployment stands, with the numbers of the deployment host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PackageState {
    /// It runs.
    Building,
    /// It failed.
    Failed,
    /// It is over.
    Succeeded,
}

impl PackageState {
    /// The number on the wire.
    pub fn number(self) -> u64 {
        match self {
            Self::Building => 1,
            Self::Failed => 3,
            Self::Succeeded => 4,
        }
    }
}

/// One deployment of a package.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PackageDeployment {
    /// Its id.
    pub id: String,
    /// What whoever sent it wrote.
    pub message: String,
    /// The way it came.
    pub deployer: String,
    /// When it came.
    pub received: Timestamp,
    /// From when on it stands under its own id; before, while it is unpacked, under a passing one.
    pub stands: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// Where it stands.
    pub state: PackageState,
    /// How it will fail, or has failed.
    #[serde(default)]
    pub failure: Option<String>,
    /// Whether it is the one that runs.
    pub active: bool,
    /// What it holds.
    pub holds: Deployed,
    /// The request that sent it.
    pub request_id: Option<String>,
}
