//! A first workflow with its environment: what is asked, and the files that come of it. Bottom
//! first.

pub mod answers;
pub mod files;
