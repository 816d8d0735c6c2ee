//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::compare_settings::{self, CompareSettings};
use super::create_slot::{self, CreateSlot};
use super::delete_slot::{self, DeleteSlot};
use super::deploy_zip::{self, DeployZip};
use super::get_status::{self, GetStatus};
use super::prepare_swap::{self, PrepareSwap};
use super::restart::{self, Restart};
use super::set_app_settings::{self, SetAppSettings};
use super::set_connection_string::{self, SetConnectionString};
use super::set_traffic::{self, SetTraffic};
use super::swap_slots::{self, SwapSlots};
use super::{start, stop};
use crate::azure::arm::Arm;
use crate::change::reading::reading;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_ports::{Registry, erase};

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    vec![
        start::spec(),
        stop::spec(),
        restart::spec(),
        set_connection_string::spec(),
        set_app_settings::spec(),
        create_slot::spec(),
        delete_slot::spec(),
        prepare_swap::spec(),
        swap_slots::spec(),
        set_traffic::spec(),
        deploy_zip::spec(),
        get_status::spec(),
        compare_settings::spec(),
    ]
}

/// Adds the actions.
pub fn add(registry: &mut Registry, arm: &Arc<Arm>) {
    registry.add_action(erase(start::action(Arc::clone(arm))));
    registry.add_action(erase(stop::action(Arc::clone(arm))));
    registry.add_action(erase(SetConnectionString::new(Arc::clone(arm))));
    registry.add_action(erase(SetAppSettings::new(Arc::clone(arm))));
    registry.add_action(erase(Restart::new(Arc::clone(arm))));
    registry.add_action(erase(CreateSlot::new(Arc::clone(arm))));
    registry.add_action(erase(DeleteSlot::new(Arc::clone(arm))));
    registry.add_action(erase(PrepareSwap::new(Arc::clone(arm))));
    registry.add_action(erase(SwapSlots::new(Arc::clone(arm))));
    registry.add_action(erase(SetTraffic::new(Arc::clone(arm))));
    registry.add_action(erase(DeployZip::new(Arc::clone(arm))));
    registry.add_action(reading(GetStatus::new(Arc::clone(arm))));
    registry.add_action(reading(CompareSettings::new(Arc::clone(arm))));
}
