//! Options that every verb takes.

use crate::command_error::Outcome;
use crate::compose::program::Program;
use std::path::PathBuf;

/// Options of every verb.
#[derive(Clone, Debug, clap::Args)]
pub struct Globals {
    /// Where runs are kept: a folder. [default: WINDLASS_STORE, else the user's data directory]
    #[arg(long, global = true, value_name = "FOLDER", help_heading = "Options of every verb")]
    pub store: Option<PathBuf>,

    /// Writes JSON to stdout: lines for streams, one object otherwise
    #[arg(long, global = true, help_heading = "Options of every verb")]
    pub json: bool,

    /// Lines only, none of which is written over: for screen readers and slow terminals
    #[arg(long, global = true, help_heading = "Options of every verb")]
    pub plain: bool,

    /// What is logged to stderr: a filter such as `debug` or `windlass_engine=trace`
    #[arg(
        long,
        global = true,
        value_name = "FILTER",
        env = "WINDLASS_LOG",
        help_heading = "Options of every verb"
    )]
    pub log: Option<String>,
}

impl Globals {
    /// Opens the store that is meant.
    pub async fn open(&self) -> Outcome<Program> {
        Program::open(self.store.as_deref()).await
    }
}
