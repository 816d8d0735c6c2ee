//! What this family brings to the catalog and to an environment's registry: a line an action.

use super::assert_ancestor::AssertAncestor;
use super::changed_paths::ChangedPaths;
use super::clone_or_update::CloneOrUpdate;
use super::create_branch::CreateBranch;
use super::merge::Merge;
use super::push::Push;
use super::tag::Tag;
use super::{assert_ancestor, changed_paths, clone_or_update, create_branch, merge, push, tag};
use crate::change::by_look::change;
use crate::change::reading::reading;
use windlass_model::ActionSpec;
use windlass_ports::Registry;

/// What the actions declare.
pub fn specs() -> Vec<ActionSpec> {
    vec![
        clone_or_update::spec(),
        create_branch::spec(),
        merge::spec(),
        tag::spec(),
        push::spec(),
        assert_ancestor::spec(),
        changed_paths::spec(),
    ]
}

/// Adds the actions.
pub fn add(registry: &mut Registry) {
    registry.add_action(change(CloneOrUpdate(clone_or_update::spec())));
    registry.add_action(change(CreateBranch(create_branch::spec())));
    registry.add_action(change(Merge(merge::spec())));
    registry.add_action(change(Tag(tag::spec())));
    registry.add_action(change(Push(push::spec())));
    registry.add_action(reading(AssertAncestor(assert_ancestor::spec())));
    registry.add_action(reading(ChangedPaths(changed_paths::spec())));
}
