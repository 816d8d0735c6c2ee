//! Why a store was not opened. It stands apart because two openings share it: this process's own,
//! and the one through the process that holds the store.

use std::path::PathBuf;

/// A store was not opened. Each message ends in what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error(
        "failed to open the store {}: process {} has it open; end that process, or use the store \
         through it",
        store.display(),
        holder.map_or_else(|| "?".to_owned(), |pid| pid.to_string())
    )]
    Held {
        /// The store's folder.
        store: PathBuf,
        /// Who has it, where that is known.
        holder: Option<u32>,
    },
    /// The folder holds something else, or a store of another version.
    #[error("failed to open the store {}: {why}", store.display())]
    Foreign {
        /// The store's folder.
        store: PathBuf,
        /// What is there.
        why: String,
    },
    /// What lies there is not what was written.
    #[error(
        "failed to open the store {}: {why}; delete nothing, keep a copy of the folder, and \
         bring the runs back from an export with `windlass import-run` into a new folder \
         (WINDLASS_STORE)",
        store.display()
    )]
    Damaged {
        /// The store's folder.
        store: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// It is whole in itself but older than it was.
    #[error(
        "failed to open the store {}: its journal ends at frame {found}, but its index has seen \
         frame {marked}: it is in an older state, and events that were acknowledged are missing; \
         delete nothing, keep a copy of the folder, and bring the runs back from an export with \
         `windlass import-run` into a new folder (WINDLASS_STORE)",
        store.display()
    )]
    Behind {
        /// The store's folder.
        store: PathBuf,
        /// The last frame of the journal.
        found: u64,
        /// The last frame that the index has seen.
        marked: u64,
    },
    /// The disk or the system refused.
    #[error(
        "failed to open the store {}: {what}: {source}; check the folder, its rights and the free \
         space",
        store.display()
    )]
    Io {
        /// The store's folder.
        store: PathBuf,
        /// What was being done.
        what: &'static str,
        /// The system's word.
        source: std::io::Error,
    },
}
