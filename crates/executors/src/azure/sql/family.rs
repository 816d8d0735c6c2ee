//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::copy_database::CopyDatabase;
use super::delete_database::DeleteDatabase;
use super::export_bacpac::ExportBacpac;
use super::firewall_rule::FirewallRule;
use super::get_database::GetDatabase;
use super::rename_database::RenameDatabase;
use super::restore_database::RestoreDatabase;
use super::set_azure_access::SetAzureAccess;
use super::set_service_objective::SetServiceObjective;
use super::{
    copy_database, delete_database, export_bacpac, firewall_rule, get_database, rename_database,
    restore_database, set_azure_access, set_service_objective,
};
use crate::azure::arm::Arm;
use crate::azure::storage::blobs::Blobs;
use crate::change::reading::reading;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_ports::{Registry, erase};

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    vec![
        copy_database::spec(),
        delete_database::spec(),
        export_bacpac::spec(),
        rename_database::spec(),
        restore_database::spec(),
        set_azure_access::spec(),
        firewall_rule::add_spec(),
        firewall_rule::remove_spec(),
        set_service_objective::spec(),
        get_database::spec(),
    ]
}

/// Adds the actions.
pub fn add(registry: &mut Registry, arm: &Arc<Arm>, blobs: &Arc<Blobs>) {
    registry.add_action(erase(CopyDatabase::new(Arc::clone(arm))));
    registry.add_action(erase(DeleteDatabase::new(Arc::clone(arm))));
    registry.add_action(erase(ExportBacpac::new(Arc::clone(arm), Arc::clone(blobs))));
    registry.add_action(erase(RenameDatabase::new(Arc::clone(arm))));
    registry.add_action(erase(RestoreDatabase::new(Arc::clone(arm), Arc::clone(blobs))));
    registry.add_action(erase(SetAzureAccess::new(Arc::clone(arm))));
    registry.add_action(erase(FirewallRule::add(Arc::clone(arm))));
    registry.add_action(erase(FirewallRule::remove(Arc::clone(arm))));
    registry.add_action(erase(SetServiceObjective::new(Arc::clone(arm))));
    registry.add_action(reading(GetDatabase::new(Arc::clone(arm))));
}
