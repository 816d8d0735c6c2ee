//! Observing the world: the fields of a resource as they are now.

use crate::action::{Context, Outcome};
use crate::future::BoxFuture;
use windlass_model::{Binding, Map, ResourceSpec, Value};

/// A type of resource. Feeds guards, plan and drift; changes nothing.
pub trait Resource: Send + Sync {
    /// Its fields and the schema of its binding.
    fn spec(&self) -> &ResourceSpec;

    /// The fields as they are. A field that cannot be read is null.
    fn observe<'a>(
        &'a self,
        ctx: &'a Context,
        binding: &'a Binding,
    ) -> BoxFuture<'a, Outcome<Map<String, Value>>>;
}
