//! What an environment file says of a database: its name on the section's server.

use crate::azure::bound;
use crate::schema;
use serde::Deserialize;
use windlass_model::event::Effect;
use windlass_model::{Binding, Value};
use windlass_ports::Outcome;
use windlass_ports::action::Bindings;

/// The resource type.
pub const KIND: &str = "postgres.database";

/// The server cuts longer names off.
const NAME_BYTES_MAX: usize = 63;

/// A database's binding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseBinding {
    /// Its name.
    pub database: String,
}

/// The schema of the binding.
pub fn binding_schema() -> Value {
    schema::object([("database", schema::text("the database's name"))], &["database"])
}

/// The database's name of a resource.
pub fn find(bindings: &Bindings, name: &str) -> Outcome<String> {
    let binding: DatabaseBinding = bound::find(bindings, name, KIND, "database")?;
    Ok(binding.database)
}

/// Reads a binding.
pub fn read(binding: &Binding) -> Result<DatabaseBinding, String> {
    bound::read(binding)
}

/// What is set for the resource that is bound to a database.
pub fn effect(bindings: &Bindings, database: &str, field: &str, value: Value) -> Option<Effect> {
    let bound = bindings.iter().filter(|(_, binding)| binding.kind == KIND);
    let mut read = bound.filter_map(|(name, binding)| Some((name, read(binding).ok()?)));
    let (name, _) = read.find(|(_, binding)| binding.database == database)?;
    Some(Effect { resource: name.clone(), field: field.to_owned(), value })
}

/// The database of a resource that an input names, where both are known.
pub fn named(bindings: &Bindings, input: &Value, key: &str) -> Option<String> {
    let binding = bindings.get(input[key].as_str()?)?;
    Some(read(binding).ok()?.database)
}

/// Why a text cannot be the name of a database, where it cannot.
pub fn bad_name(name: &str) -> Option<String> {
    let bad = name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains('\0');
    bad.then(|| format!("`{name}` is no name of a database: 1 to {NAME_BYTES_MAX} bytes"))
}
