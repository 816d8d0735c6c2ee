//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::find_latest::{self, FindLatest};
use super::queue::{self, Queue};
use super::set_variables::{self, SetVariables};
use super::tag::{self, Tag};
use super::wait::{self, Wait};
use crate::change::reading::reading;
use crate::devops::client::DevOps;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_ports::{Registry, erase};

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    vec![find_latest::spec(), set_variables::spec(), queue::spec(), wait::spec(), tag::spec()]
}

/// Adds the actions.
pub fn add(registry: &mut Registry, devops: &Arc<DevOps>) {
    registry.add_action(reading(FindLatest::new(Arc::clone(devops))));
    registry.add_action(erase(SetVariables::new(Arc::clone(devops))));
    registry.add_action(erase(Queue::new(Arc::clone(devops))));
    registry.add_action(erase(Wait::new(Arc::clone(devops))));
    registry.add_action(erase(Tag::new(Arc::clone(devops))));
}
