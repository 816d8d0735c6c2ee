//! The report of a run for somebody who was not there: gathered once from the checked history,
//! shown as HTML, Markdown or JSON. Nothing here changes anything.

pub mod spans;
pub mod people;
pub mod changes;
pub mod rows;
pub mod back;
pub mod facts;
pub mod gather;
pub mod scale;
mod words;
mod gantt;
mod tables;
pub mod markdown;
pub mod html;
