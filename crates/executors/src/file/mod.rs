//! Files of this machine: changed by one rename each, put back byte for byte.

pub mod kept;
pub mod put;
pub mod one_place;
pub mod write;
pub mod copy;
pub mod replace_in;
pub mod wait;
pub mod link;
pub mod delete;
pub mod move_file;
pub mod family;
