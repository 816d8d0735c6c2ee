//! Where names get their values. The evaluator asks for whole paths, so that nobody copies a large
//! map to read one field of it.

use serde_json::{Map, Value};

/// Answers what a path stands for.
///
/// The evaluator asks for the longest path first (`["steps", "copy", "outputs", "database"]`) and,
/// where that is nothing, for shorter ones from which it selects the rest by itself. So a scope may
/// answer whole values only (`["item"]`), single leaves only, or both; a name that it does not know
/// is `None`.
pub trait Scope {
    /// The value at a path, root first.
    fn resolve(&self, path: &[&str]) -> Option<Value>;
}

/// Follows keys of maps and copies what stands at the end.
pub fn pick(value: &Value, path: &[&str]) -> Option<Value> {
    pick_ref(value, path).cloned()
}

/// As [`pick`], without the copy.
pub fn pick_ref<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |at, part| at.as_object()?.get(*part))
}

impl Scope for Map<String, Value> {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        let (first, rest) = path.split_first()?;
        pick(self.get(*first)?, rest)
    }
}

/// Knows nothing: for expressions of constants.
impl Scope for () {
    fn resolve(&self, _path: &[&str]) -> Option<Value> {
        None
    }
}
