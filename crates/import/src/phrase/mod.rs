//! From a clause of a page to steps. Bottom first.

pub mod sentence;
pub mod slot;
pub mod table;
pub mod context;
pub mod place;
pub mod value;
pub mod act;
