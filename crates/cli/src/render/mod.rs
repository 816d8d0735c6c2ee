//! Turns runs, events and findings into lines: for a human, for a terminal that redraws, for a
//! program that reads JSON. Nothing here asks or changes anything.

pub mod json_lines;
pub mod duration;
pub mod zones;
pub mod times;
pub mod values;
pub mod event_text;
pub mod rounds;
pub mod foreseen;
pub mod switches;
pub mod outlook;
pub mod at_hand;
pub mod permissions;
pub mod plan;
pub mod world;
pub mod lead_out;
pub mod next;
pub mod ahead;
pub mod exits;
pub mod summary;
pub mod steps;
pub mod in_flight;
pub mod put_back;
pub mod consequence;
pub mod undo_plan;
pub mod view;
pub mod plain;
pub mod quiet_keys;
pub mod live;
