//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::set_app_settings::SetAppSettings;
use super::set_connection_string::SetConnectionString;
use super::{set_app_settings, set_connection_string, start, stop};
use crate::azure::arm::Arm;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_ports::{Registry, erase};

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    vec![start::spec(), stop::spec(), set_connection_string::spec(), set_app_settings::spec()]
}

/// Adds the actions.
pub fn add(registry: &mut Registry, arm: &Arc<Arm>) {
    registry.add_action(erase(start::action(Arc::clone(arm))));
    registry.add_action(erase(stop::action(Arc::clone(arm))));
    registry.add_action(erase(SetConnectionString::new(Arc::clone(arm))));
    registry.add_action(erase(SetAppSettings::new(Arc::clone(arm))));
}
