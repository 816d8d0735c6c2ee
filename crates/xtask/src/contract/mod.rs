//! Derives the table of facts that checks every exchange with Azure and Azure DevOps: from the
//! OpenAPI files, for the operations that are used here. It must not know who checks what with it.

mod scope;
mod spec;
mod schema;
pub mod table;
