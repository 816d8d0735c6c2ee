//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::copy::{self, Copy};
use super::delete::{self, Delete};
use super::get::{self, Get};
use super::put::{self, Put};
use super::stores::Stores;
use super::verify::{self, Verify};
use crate::change::by_look::change;
use crate::change::reading::reading;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_ports::Registry;

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    vec![put::spec(), get::spec(), copy::spec(), delete::spec(), verify::spec()]
}

/// Adds the actions.
pub fn add(registry: &mut Registry, stores: &Arc<Stores>) {
    let one = || Arc::clone(stores);
    registry.add_action(change(Put { stores: one(), spec: put::spec() }));
    registry.add_action(change(Get { stores: one(), spec: get::spec() }));
    registry.add_action(change(Copy { stores: one(), spec: copy::spec() }));
    registry.add_action(change(Delete { stores: one(), spec: delete::spec() }));
    registry.add_action(reading(Verify { stores: one(), spec: verify::spec() }));
}
