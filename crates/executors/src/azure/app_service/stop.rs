//! `azure.app_service.stop`.

use super::power::{self, Power};
use crate::azure::arm::Arm;
use std::sync::Arc;
use windlass_model::ActionSpec;

/// The action's kind.
pub const KIND: &str = "azure.app_service.stop";

/// What it declares.
pub fn spec() -> ActionSpec {
    power::spec(KIND, false)
}

/// The action.
pub fn action(arm: Arc<Arm>) -> Power {
    Power::new(arm, spec(), false)
}
