//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::copy_database::CopyDatabase;
use super::delete_database::DeleteDatabase;
use super::{copy_database, delete_database};
use crate::azure::arm::Arm;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_ports::{Registry, erase};

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    vec![copy_database::spec(), delete_database::spec()]
}

/// Adds the actions.
pub fn add(registry: &mut Registry, arm: &Arc<Arm>) {
    registry.add_action(erase(CopyDatabase::new(Arc::clone(arm))));
    registry.add_action(erase(DeleteDatabase::new(Arc::clone(arm))));
}
