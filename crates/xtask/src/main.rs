//! The repository's own chores, in Rust: `cargo xtask --help` lists them.
//!
//! This crate stands alone. It must not know any crate of windlass: it runs programs, reads files,
//! and checks what they say.

mod talk;
mod stopwatch;
mod repo;
mod process;
mod metadata;
mod require;
mod windlass;
mod bench_binary;
mod tidy;
mod supply;
mod campaign;
mod contract;
mod counts;
mod measured;
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
    Test(commands::test::TestArgs),
    Tidy(commands::tidy::TidyArgs),
    Licences(commands::licences::LicencesArgs),
    Schema(commands::schema::SchemaArgs),
    Contract(commands::contract::ContractArgs),
    Bench(commands::bench::BenchArgs),
    Instructions(commands::instructions::InstructionsArgs),
    Campaign(commands::campaign::CampaignArgs),
    Fuzz(commands::fuzz::FuzzArgs),
}

fn main() -> ExitCode {
    let result = match Xtask::parse().chore {
        Chore::Test(arguments) => commands::test::run(&arguments),
        Chore::Tidy(arguments) => commands::tidy::run(&arguments),
        Chore::Licences(_) => commands::licences::run(),
        Chore::Schema(arguments) => commands::schema::run(&arguments),
        Chore::Contract(arguments) => commands::contract::run(&arguments),
        Chore::Bench(arguments) => commands::bench::run(&arguments),
        Chore::Instructions(arguments) => commands::instructions::run(&arguments),
        Chore::Campaign(arguments) => commands::campaign::run(&arguments),
        Chore::Fuzz(arguments) => commands::fuzz::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            talk::say(format!("xtask: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
