//! One file a chore, arguments and run together. A chore must not know another, but `test`, which
//! runs the others.

pub mod venv;
pub mod tidy;
pub mod licences;
pub mod schema;
pub mod contract;
pub mod clients;
pub mod blobs;
pub mod pages;
pub mod rehearsals;
pub mod bench;
pub mod instructions;
pub mod campaign;
pub mod fuzz;
pub mod test;
