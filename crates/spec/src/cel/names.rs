//! What an expression may name at its place, with types.

use super::ty::Ty;
use std::collections::BTreeMap;

/// The names at a place.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Types by the first part of a path.
    pub roots: BTreeMap<String, Ty>,
    /// Steps that exist and may not be named here, with the reason.
    pub closed_steps: BTreeMap<String, String>,
    /// Why a root that exists elsewhere does not exist here.
    pub absent: BTreeMap<&'static str, &'static str>,
}

impl Names {
    /// Adds a root.
    #[must_use]
    pub fn with(mut self, root: &str, ty: Ty) -> Self {
        self.roots.insert(root.to_owned(), ty);
        self
    }

    /// Says why a root is not there.
    #[must_use]
    pub fn without(mut self, root: &'static str, why: &'static str) -> Self {
        self.roots.remove(root);
        self.absent.insert(root, why);
        self
    }
}
