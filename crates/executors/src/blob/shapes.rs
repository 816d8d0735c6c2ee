//! What the actions of this family take and give alike.

use super::binding::STORE;
use crate::schema;
use object_store::path::Path;
use windlass_model::catalog::ActionTraits;
use windlass_model::{EffectClass, Millis, Value};

/// How long a request may still be on its way.
const SETTLE_MS: Millis = 120_000;

/// What they ask of whoever runs them.
pub const MAY_WRITE: &str = "reading, writing and deleting in the store (Azure: Storage Blob Data \
                             Contributor on the container, or a signature with racwdl; S3: \
                             GetObject, PutObject, DeleteObject, ListBucket)";

/// The same of those that only look.
pub const MAY_READ: &str = "reading in the store (Azure: Storage Blob Data Reader on the \
                            container, or a signature with rl; S3: GetObject, ListBucket)";

/// The traits of what changes a store.
pub fn traits(class: EffectClass) -> ActionTraits {
    ActionTraits {
        class,
        captures: true,
        compensates: class == EffectClass::Reversible,
        compensates_in_progress: false,
        idempotent: true,
        settle_ms: SETTLE_MS,
    }
}

/// The key of the property that names the store.
const STORE_KEY: &str = "store";

/// The property that names the store.
pub fn store() -> (&'static str, Value) {
    (STORE_KEY, schema::resource(STORE, "the store"))
}

/// A file's name in that store.
pub fn name(description: &str) -> Value {
    schema::within(schema::text(description), STORE_KEY)
}

/// The property that lets a file be replaced.
pub fn replace() -> (&'static str, Value) {
    let text = "whether what is there may be replaced; it is copied aside within the store for the \
                way back, and stays there (output `kept`) until blob.delete takes it";
    ("replace", schema::with_default(schema::boolean(text), false))
}

/// The output of what writes a file into a store.
pub fn written_schema() -> Value {
    schema::object(
        [
            ("name", schema::text("its name")),
            ("bytes", schema::int("its length")),
            ("etag", schema::text("its stamp, new with every write")),
            ("sha256", schema::text("its SHA-256, where it was read")),
            ("kept", schema::text("the name of the copy of what was there; absent without one")),
        ],
        &["name", "bytes", "etag"],
    )
}

/// Why a text cannot be a file's name, where it cannot.
pub fn bad_name(name: &str) -> Option<String> {
    let wrong = name.is_empty() || name.starts_with('/') || name.ends_with('/');
    match Path::parse(name) {
        _ if wrong => Some(format!("`{name}` is no name of a file in a store")),
        Err(error) => Some(format!("`{name}` is no name of a file in a store: {error}")),
        Ok(_) => None,
    }
}

/// The same for several.
pub fn bad_names(names: &[&str]) -> Vec<String> {
    names.iter().filter_map(|name| bad_name(name)).collect()
}
