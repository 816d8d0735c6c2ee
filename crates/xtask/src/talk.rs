//! The only place of this crate that writes to the terminal: what a chore tells goes to stderr,
//! what another program may read goes to stdout. It must not know any chore.

use std::io::{Write, stderr, stdout};

/// Says one line to the person who runs the chore.
///
/// A terminal that went away is no reason to stop a check, so a failed write is dropped.
pub fn say(line: impl std::fmt::Display) {
    let _ = writeln!(stderr().lock(), "{line}");
}

/// Writes one line of data to stdout.
pub fn data(line: impl std::fmt::Display) {
    let _ = writeln!(stdout().lock(), "{line}");
}
