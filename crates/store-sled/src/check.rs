//! Reads a store's journal for what has rotted in it, without opening the store: whoever has it
//! open goes on. It must not know what is to be done about it.

use crate::layout::Layout;
use std::path::Path;
use windlass_journal::RealDisk;

pub use windlass_journal::{Checked, JournalError};

/// Reads all full segments of the journal in a store's folder; nothing where there is none. An
/// error is the first damage, or what the system refused.
pub fn check_journal(store: &Path) -> Result<Option<Checked>, JournalError> {
    let folder = Layout::new(store).journal();
    if !folder.is_dir() {
        return Ok(None);
    }
    let disk = RealDisk::open(&folder).map_err(JournalError::io("folder", "opening it"))?;
    windlass_journal::check(&disk).map(Some)
}
