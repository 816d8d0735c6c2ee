//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::copy::Copy;
use super::delete::Delete;
use super::link::Link;
use super::move_file::{self, Move};
use super::one_place::{OnePlace, Placing};
use super::replace_in::ReplaceIn;
use super::wait::{self, Wait};
use super::write::Write;
use crate::change::by_look::change;
use windlass_model::ActionSpec;
use windlass_ports::{Registry, erase};

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    vec![
        Write::spec(),
        Copy::spec(),
        ReplaceIn::spec(),
        Link::spec(),
        Delete::spec(),
        move_file::spec(),
        wait::spec(),
    ]
}

/// Adds the actions.
pub fn add(registry: &mut Registry) {
    registry.add_action(change(OnePlace::<Write>::new()));
    registry.add_action(change(OnePlace::<Copy>::new()));
    registry.add_action(change(OnePlace::<ReplaceIn>::new()));
    registry.add_action(change(OnePlace::<Link>::new()));
    registry.add_action(change(OnePlace::<Delete>::new()));
    registry.add_action(change(Move(move_file::spec())));
    registry.add_action(erase(Wait(wait::spec())));
}
