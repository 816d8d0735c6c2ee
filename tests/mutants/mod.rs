//! Mutants of the shipped workflows, judged twice.

mod mutate;
mod judged;
