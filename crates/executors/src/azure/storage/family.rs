//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::blobs::Blobs;
use super::delete_blob::{self, DeleteBlob};
use super::verify_blob::{self, VerifyBlob};
use crate::change::by_look::change;
use crate::change::reading::reading;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_ports::Registry;

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    vec![verify_blob::spec(), delete_blob::spec()]
}

/// Adds the actions.
pub fn add(registry: &mut Registry, blobs: &Arc<Blobs>) {
    registry.add_action(reading(VerifyBlob::new(Arc::clone(blobs))));
    registry.add_action(change(DeleteBlob::new(Arc::clone(blobs))));
}
