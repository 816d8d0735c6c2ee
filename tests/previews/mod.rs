//! What a preview of a rollback shows, and what a rollback leaves: the same, wherever a run dies.

mod world;
mod cases;
mod judged;
