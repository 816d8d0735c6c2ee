//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::create::{self, CreateRelease};
use super::deploy::{self, Deploy};
use crate::devops::client::DevOps;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_ports::{Registry, erase};

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    vec![create::spec(), deploy::spec()]
}

/// Adds the actions.
pub fn add(registry: &mut Registry, devops: &Arc<DevOps>) {
    registry.add_action(erase(CreateRelease::new(Arc::clone(devops))));
    registry.add_action(erase(Deploy::new(Arc::clone(devops))));
}
