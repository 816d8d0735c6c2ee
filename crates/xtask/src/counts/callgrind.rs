//! Counts what a bench does by valgrind's callgrind: the same on every machine with the same
//! compiler, however busy it is.

use crate::process;
use anyhow::{Context, Result};
use std::collections::HashSet;
use std::path::Path;

/// Part of the name of the one function inside of which is counted.
const COUNTED: &str = "*only_this_is_counted*";

/// What allocates, as the C library calls it.
const ALLOCATE: [&str; 5] = ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"];

/// What was counted, in all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Total {
    /// Instructions that were read.
    pub instructions: u64,
    /// Times that memory was asked for by the whole process: callgrind counts calls outside of the
    /// function too.
    pub allocations: u64,
}

/// Runs a program under callgrind; returns what it wrote and what was counted.
pub fn count(program: &Path, arguments: &[&str], file: &Path) -> Result<(String, Total)> {
    let out = format!("--callgrind-out-file={}", file.display());
    let toggle = format!("--toggle-collect={COUNTED}");
    let program = program.display().to_string();
    let before = ["--tool=callgrind", "--quiet", &out, &toggle, &program];
    let said = process::read("valgrind", &[&before, arguments].concat())?;
    let profile = std::fs::read_to_string(file)
        .with_context(|| format!("failed to read callgrind's file {}", file.display()))?;
    let total = total(&profile)
        .context("callgrind counted nothing: the bench has no function of the name it looks for")?;
    Ok((said, total))
}

/// Reads callgrind's file: `summary: N`, and for every caller `cfn=(id) name` (the name only where
/// the id is first met, here or in an `fn=`), followed by `calls=N …`.
fn total(profile: &str) -> Option<Total> {
    let (mut ids, mut callee) = (HashSet::new(), None);
    let mut total = Total { instructions: 0, allocations: 0 };
    for line in profile.lines() {
        if let Some(count) = line.strip_prefix("summary: ") {
            total.instructions = count.trim().parse().ok()?;
        } else if let Some(function) = line.strip_prefix("cfn=").or(line.strip_prefix("fn=")) {
            let (id, name) = function.split_once(' ').unwrap_or((function, ""));
            if ALLOCATE.contains(&name) {
                ids.insert(id);
            }
            callee = line.starts_with("cfn=").then_some(id);
        } else if let Some(calls) = line.strip_prefix("calls=") {
            let count: u64 = calls.split(' ').next()?.parse().ok()?;
            if callee.take().is_some_and(|id| ids.contains(id)) {
                total.allocations += count;
            }
        }
    }
    (total.instructions > 0).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_what_allocates_are_added_up() {
        let profile = "fn=(1) main\n12 5\ncfn=(2) malloc\ncalls=3 0\n12 30\ncfn=(3) free\n\
                       calls=9 0\n12 9\nfn=(2)\n0 30\ncfn=(4) _int_malloc\ncalls=3 0\n0 20\n\
                       fn=(5) other\ncfn=(2)\ncalls=4 0\n9 40\n\nsummary: 134\n";
        let counted = Total { instructions: 134, allocations: 7 };
        assert_eq!(total(profile), Some(counted));
    }

    #[test]
    fn nothing_counted_is_no_count() {
        assert_eq!(total("summary: 0\n"), None);
        assert_eq!(total(""), None);
    }
}
