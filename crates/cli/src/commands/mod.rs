//! The verbs, one file each: arguments, help and what it does. `command_line` lists them.

pub mod globals;
pub mod going;
pub mod delivery;
pub mod start;
pub mod resume;
pub mod rollback;
pub mod answer;
pub mod step;
pub mod pause;
pub mod cancel;
pub mod list;
pub mod show;
pub mod history;
pub mod check;
pub mod plan;
pub mod rehearse;
pub mod graph;
pub mod conformance;
pub mod actions;
pub mod schema;
pub mod completions;
pub mod doctor;
pub mod export;
pub mod import_run;
pub mod simulate;
pub mod simulator_serve;
