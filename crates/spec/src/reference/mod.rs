//! What is generated from the types of the keys and from the catalog: schemas for editors, pages
//! for readers.

pub mod editor;
pub mod tables;
pub mod pages;
pub mod action_pages;

pub use action_pages::{Page, action_pages};
pub use editor::{editor_schema_of_environments, editor_schema_of_workflows};
pub use pages::format_reference;
