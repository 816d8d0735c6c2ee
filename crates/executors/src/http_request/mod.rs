//! One request of anybody's own, with what it is to answer and how doubt about it is settled.

pub mod body;
pub mod shapes;
pub mod action;
