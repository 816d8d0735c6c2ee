//! `windlass`: durable workflows for releases, on the command line.
//!
//! The composition root: the only crate that names every other one. It must not know how a run is
//! decided or what an action does: it reads words, puts parts together, and shows. Modules are
//! listed bottom first; a module uses only what stands above it.

mod exit_code;
mod command_error;
mod visible;
mod wrap;
mod shell_word;
mod talk;
mod compose;
mod render;
mod follow;
mod evidence;
mod signing;
mod file_args;
mod graph;
mod report;
mod reference;
mod simulate;
mod doctor;
mod rehearse;
mod outlook;
mod screen;
mod proof;
mod annotate;
mod import;
mod init;
mod commands;
mod command_line;

use exit_code::ExitCode;

fn main() -> std::process::ExitCode {
    // Whoever comes second is refused and harmless: there is one provider either way.
    drop(rustls::crypto::ring::default_provider().install_default());
    command_line::explain_panics();
    std::panic::catch_unwind(command_line::run).unwrap_or(ExitCode::Bug).into()
}
