//! SQL databases.

pub mod binding;
pub mod database;
pub mod made;
pub mod copy_shapes;
pub mod copy_database;
mod undo_copy;
pub mod delete_database;
pub mod family;
