//! Mutants of the shipped workflows, judged twice.

mod parts;
mod mutate;
mod rules;
mod judged;
