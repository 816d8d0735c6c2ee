//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::find_latest::{self, FindLatest};
use crate::devops::client::DevOps;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_ports::{Registry, erase};

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    vec![find_latest::spec()]
}

/// Adds the actions.
pub fn add(registry: &mut Registry, devops: &Arc<DevOps>) {
    registry.add_action(erase(FindLatest::new(Arc::clone(devops))));
}
