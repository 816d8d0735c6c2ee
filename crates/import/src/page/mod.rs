//! Pages of wikis, read. Bottom first.

pub mod block;
pub mod lines;
pub mod gather;
pub mod html;
pub mod markdown;
