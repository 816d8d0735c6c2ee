//! `azure.app_service.start`.

use super::power::{self, Power};
use crate::azure::arm::Arm;
use std::sync::Arc;
use windlass_model::ActionSpec;

/// The action's kind.
pub const KIND: &str = "azure.app_service.start";

/// What it declares.
pub fn spec() -> ActionSpec {
    power::spec(KIND, true)
}

/// The action.
pub fn action(arm: Arc<Arm>) -> Power {
    Power::new(arm, spec(), true)
}
