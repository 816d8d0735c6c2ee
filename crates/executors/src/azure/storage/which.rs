//! How a step says which file it means: by a resource, or by a name in a container. It must not
//! know what is done to it.

use super::binding::{BLOB, BlobPlace, CONTAINER, ContainerBinding};
use crate::change::failing::permanent;
use crate::schema;
use serde::Deserialize;
use windlass_model::Value;
use windlass_ports::Outcome;
use windlass_ports::action::Bindings;

const CHOICE: &str = "give either `blob`, or `container` with `file`";

/// Which file: a resource, or a name in a container.
#[derive(Clone, Debug, Deserialize)]
pub struct Which {
    /// The resource of one file.
    pub blob: Option<String>,
    /// Or a container,
    pub container: Option<String>,
    /// and a name in it.
    pub file: Option<String>,
}

/// The properties of an input that names a file.
pub fn which_schema() -> [(&'static str, Value); 3] {
    [
        ("blob", schema::resource(BLOB, "the file")),
        ("container", schema::resource(CONTAINER, "or the container that it is in")),
        (
            "file",
            schema::within(
                schema::text("and its name there, such as the output `file` of an export"),
                "container",
            ),
        ),
    ]
}

impl Which {
    /// Where it is.
    pub fn place(&self, bindings: &Bindings) -> Outcome<BlobPlace> {
        match (&self.blob, &self.container, &self.file) {
            (Some(blob), None, None) => BlobPlace::find(bindings, blob),
            (None, Some(container), Some(file)) => {
                Ok(ContainerBinding::find(bindings, container)?.blob(file))
            }
            _ => permanent("input", format!("failed to choose the file: {CHOICE}")),
        }
    }

    /// What is wrong with it.
    pub fn wrong(&self) -> Vec<String> {
        match (&self.blob, &self.container, &self.file) {
            (Some(_), None, None) | (None, Some(_), Some(_)) => Vec::new(),
            _ => vec![CHOICE.to_owned()],
        }
    }
}
