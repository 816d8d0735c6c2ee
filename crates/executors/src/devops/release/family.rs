//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::abandon::{self, Abandon};
use super::approve::{self, Stage};
use super::create::{self, CreateRelease};
use super::current::{self, Current};
use super::deploy::{self, Deploy};
use super::edit::{self, Edit};
use super::triggers::{self, Triggers};
use crate::change::reading::reading;
use crate::devops::approving;
use crate::devops::client::DevOps;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_ports::{Registry, erase};

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    vec![
        create::spec(),
        abandon::spec(),
        approve::spec(),
        edit::spec(),
        triggers::spec(),
        current::spec(),
        deploy::spec(),
    ]
}

/// Adds the actions.
pub fn add(registry: &mut Registry, devops: &Arc<DevOps>) {
    registry.add_action(erase(CreateRelease::new(Arc::clone(devops))));
    registry.add_action(erase(Abandon::new(Arc::clone(devops))));
    registry.add_action(approving::approve::<Stage>(Arc::clone(devops), approve::spec()));
    registry.add_action(erase(Edit::new(Arc::clone(devops))));
    registry.add_action(reading(Triggers::new(Arc::clone(devops))));
    registry.add_action(reading(Current::new(Arc::clone(devops))));
    registry.add_action(erase(Deploy::new(Arc::clone(devops))));
}
