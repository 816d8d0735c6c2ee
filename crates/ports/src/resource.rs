//! Observing the world: the fields of a resource as they are now.

use crate::action::{Context, Outcome};
use crate::future::BoxFuture;
use windlass_model::{Binding, Map, RequestId, ResourceSpec, Timestamp, Value};

/// Somebody's change of a resource, as the log of whoever keeps the resource tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// Who, as the log names him.
    pub by: String,
    /// What he did, as the log names it.
    pub what: String,
    /// The id of the request, where it carried one: that of an attempt where it was ours.
    pub request: Option<RequestId>,
}

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

    /// Who changed any of these fields of it since a moment, in no order. Nothing where no log
    /// tells: logs are late, and not everybody may read them.
    fn changes<'a>(
        &'a self,
        _ctx: &'a Context,
        _binding: &'a Binding,
        _fields: &'a [&'a str],
        _since: Timestamp,
    ) -> BoxFuture<'a, Outcome<Vec<Change>>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}
