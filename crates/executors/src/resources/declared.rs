//! What every observer says in the same words: its fields, what it saw, and that a binding cannot
//! be read. It must not know any resource.

use serde_json::{Map, Value};
use windlass_model::{Failure, FieldSpec, ResourceSpec};
use windlass_ports::ActionError;

/// What a resource type declares: its fields by name, type and summary.
pub fn declared(
    kind: &str,
    summary: &str,
    fields: &[(&str, &str, &str)],
    binding: Value,
) -> ResourceSpec {
    let fields = fields.iter().map(|(name, ty, summary)| {
        let spec = FieldSpec { ty: (*ty).to_owned(), summary: (*summary).to_owned() };
        ((*name).to_owned(), spec)
    });
    ResourceSpec {
        kind: kind.to_owned(),
        summary: summary.to_owned(),
        fields: fields.collect(),
        binding,
    }
}

/// What was seen, by field.
pub fn seen<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Says that the binding of such a thing (`a database`) cannot be read.
pub fn unreadable(what: &str) -> impl FnOnce(String) -> ActionError {
    let start = format!("failed to read the binding of {what}");
    move |why| ActionError::Permanent(Failure::permanent("binding", format!("{start}: {why}")))
}
