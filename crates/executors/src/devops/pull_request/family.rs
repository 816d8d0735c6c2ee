//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::complete::{self, Complete};
use super::create::{self, Create};
use super::wait::{self, Wait};
use crate::devops::client::DevOps;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_ports::{Registry, erase};

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    vec![create::spec(), complete::spec(), wait::spec()]
}

/// Adds the actions.
pub fn add(registry: &mut Registry, devops: &Arc<DevOps>) {
    registry.add_action(erase(Create::new(Arc::clone(devops))));
    registry.add_action(erase(Complete::new(Arc::clone(devops))));
    registry.add_action(erase(Wait::new(Arc::clone(devops))));
}
