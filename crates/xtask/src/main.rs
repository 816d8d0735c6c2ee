//! The repository's own chores, in Rust: `cargo xtask --help` lists them.
//!
//! This crate stands alone. It must not know any crate of windlass: it runs programs, reads files,
//! and checks what they say.

mod talk;
mod stopwatch;
mod repo;
mod process;
mod metadata;
mod tidy;
mod commands;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The repository's own chores.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Xtask {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    Tidy(commands::tidy::TidyArgs),
}

fn main() -> ExitCode {
    let result = match Xtask::parse().chore {
        Chore::Tidy(_) => commands::tidy::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            talk::say(format!("xtask: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
