//! What is generated from the types of the keys and from the catalog: schemas for editors, pages
//! for readers.

pub mod editor;
pub mod pages;

pub use editor::{editor_schema_of_environments, editor_schema_of_workflows};
pub use pages::{actions_reference, format_reference};
