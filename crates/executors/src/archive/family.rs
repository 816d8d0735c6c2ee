//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::create::{self, Create};
use super::extract::{self, Extract};
use super::verify::{self, Verify};
use crate::change::by_look::change;
use crate::change::reading::reading;
use windlass_model::ActionSpec;
use windlass_ports::Registry;

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    vec![create::spec(), extract::spec(), verify::spec()]
}

/// Adds the actions.
pub fn add(registry: &mut Registry) {
    registry.add_action(change(Create(create::spec())));
    registry.add_action(change(Extract(extract::spec())));
    registry.add_action(reading(Verify(verify::spec())));
}
