//! Why a journal was not opened, or does not take any more.

use std::io;

/// What went wrong with a journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// What lies there is not what was written.
    #[error("the journal's {file} is damaged at byte {offset} (frame {frame}): {why}")]
    Damaged {
        /// The file's name in the journal's folder.
        file: String,
        /// Where in it, in bytes.
        offset: u64,
        /// The number of the frame that should be there.
        frame: u64,
        /// What is wrong.
        why: String,
    },
    /// The system refused.
    #[error("the journal's {file}: {what}: {source}")]
    Io {
        /// The file's name in the journal's folder.
        file: String,
        /// What was being done.
        what: &'static str,
        /// The system's word.
        source: io::Error,
    },
    /// An earlier error was final: what is on the disk since then is not known.
    #[error("the journal takes nothing any more: {0}")]
    Broken(String),
}

impl JournalError {
    /// Turns the system's word into an error about a file.
    pub fn io(file: &str, what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { file: file.to_owned(), what, source }
    }
}
