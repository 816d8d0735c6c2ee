//! What all families of Azure DevOps bring. It must not know any action.

use super::client::DevOps;
use super::diff::{self, Diff};
use super::{build, git, pipeline, pull_request, release};
use crate::change::reading::reading;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_ports::Registry;

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    [
        build::family::specs(),
        git::family::specs(),
        release::family::specs(),
        pull_request::family::specs(),
        pipeline::family::specs(),
        vec![diff::spec()],
    ]
    .concat()
}

/// Adds the actions.
pub fn add(registry: &mut Registry, devops: &Arc<DevOps>) {
    build::family::add(registry, devops);
    git::family::add(registry, devops);
    release::family::add(registry, devops);
    pull_request::family::add(registry, devops);
    pipeline::family::add(registry, devops);
    registry.add_action(reading(Diff::new(Arc::clone(devops))));
}
