//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::approve::{self, PipelineRun};
use super::run::{self, Run};
use crate::devops::approving;
use crate::devops::client::DevOps;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_ports::{Registry, erase};

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    vec![run::spec(), approve::spec()]
}

/// Adds the actions.
pub fn add(registry: &mut Registry, devops: &Arc<DevOps>) {
    registry.add_action(erase(Run::new(Arc::clone(devops))));
    registry.add_action(approving::approve::<PipelineRun>(Arc::clone(devops), approve::spec()));
}
