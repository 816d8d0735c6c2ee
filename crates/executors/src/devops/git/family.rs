//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::contains::{self, Contains};
use super::create_branch::{self, CreateBranch};
use super::merge::{self, Merge};
use crate::change::reading::reading;
use crate::devops::client::DevOps;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_ports::{Registry, erase};

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    vec![merge::spec(), create_branch::spec(), contains::spec()]
}

/// Adds the actions.
pub fn add(registry: &mut Registry, devops: &Arc<DevOps>) {
    registry.add_action(erase(Merge::new(Arc::clone(devops))));
    registry.add_action(erase(CreateBranch::new(Arc::clone(devops))));
    registry.add_action(reading(Contains::new(Arc::clone(devops))));
}
