//! `windlass completions`: the words that a shell completes.

use crate::command_error::Outcome;
use crate::exit_code::ExitCode;
use crate::talk;
use clap_complete::Shell;

/// Prints a script that teaches a shell to complete windlass's words
///
/// Examples:
///
///   windlass completions bash > ~/.local/share/bash-completion/completions/windlass
///
///   windlass completions zsh > ~/.zfunc/_windlass
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Prints the script. `command` is the whole command line as clap knows it.
pub fn run(args: &CompletionsArgs, mut command: clap::Command) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "windlass", &mut script);
    talk::raw(&String::from_utf8_lossy(&script));
    Ok(ExitCode::Succeeded)
}
