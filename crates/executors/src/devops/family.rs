//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::client::DevOps;
use super::create_release::CreateRelease;
use super::deploy::Deploy;
use super::find_latest::FindLatest;
use super::{create_release, deploy, find_latest};
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_ports::{Registry, erase};

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    vec![find_latest::spec(), create_release::spec(), deploy::spec()]
}

/// Adds the actions.
pub fn add(registry: &mut Registry, devops: &Arc<DevOps>) {
    registry.add_action(erase(FindLatest::new(Arc::clone(devops))));
    registry.add_action(erase(CreateRelease::new(Arc::clone(devops))));
    registry.add_action(erase(Deploy::new(Arc::clone(devops))));
}
