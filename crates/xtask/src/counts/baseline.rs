//! The committed counts, by compiler and machine, each with the reason why it is what it is; and
//! what a new count means beside them.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// By how much a count may grow, in percent: far above what it differs by from one run to the next
/// (less than 0.1), far below what anybody would notice in use.
pub const GROWTH_PERCENT_MAX: f64 = 5.0;

/// Below this a count is taken for the same when a new baseline is written, in percent.
const SAME_PERCENT: f64 = 0.5;

/// What one thing costs, once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Count {
    /// Instructions.
    pub instructions: f64,
    /// Times that memory is asked for.
    pub allocations: f64,
    /// Why it is so much.
    #[serde(default)]
    pub reason: String,
}

/// The file.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Baselines(BTreeMap<String, BTreeMap<String, Count>>);

/// What a count means.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The compiler is not known: nothing to compare with.
    NoCompiler,
    /// It is not known by this name.
    NoCount,
    /// By so many percent it costs more, or less.
    Changed(f64),
}

impl Baselines {
    /// Reads the file; one that is not there knows nothing.
    pub fn load(path: &Path) -> Result<Self> {
        match std::fs::read_to_string(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            text => {
                let text = text.with_context(|| format!("failed to read {}", path.display()))?;
                serde_json::from_str(&text)
                    .with_context(|| format!("failed to understand {}", path.display()))
            }
        }
    }

    /// Writes the file.
    pub fn save(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))
    }

    /// What a count means beside the one of this compiler and name.
    pub fn judge(&self, compiler: &str, name: &str, count: &Count) -> Verdict {
        let Some(counts) = self.0.get(compiler) else { return Verdict::NoCompiler };
        counts.get(name).map_or(Verdict::NoCount, |before| Verdict::Changed(change(before, count)))
    }

    /// Takes these counts for the ones of a compiler. What is the same keeps its number and its
    /// reason; what is no longer counted goes.
    pub fn raise(&mut self, compiler: &str, counts: BTreeMap<String, Count>, reason: &str) {
        let before = self.0.remove(compiler).unwrap_or_default();
        let settled = |(name, count): (String, Count)| {
            let kept = before.get(&name).filter(|kept| change(kept, &count).abs() <= SAME_PERCENT);
            let fresh = Count { reason: reason.to_owned(), ..count };
            let settled = kept.cloned().unwrap_or(fresh);
            (name, settled)
        };
        self.0.insert(compiler.to_owned(), counts.into_iter().map(settled).collect());
    }
}

/// By how many percent the dearer of the two counts has grown.
fn change(before: &Count, after: &Count) -> f64 {
    let percent = |before: f64, after: f64| (after / before.max(1.0) - 1.0) * 100.0;
    let instructions = percent(before.instructions, after.instructions);
    instructions.max(percent(before.allocations, after.allocations))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(instructions: f64, allocations: f64) -> Count {
        Count { instructions, allocations, reason: String::new() }
    }

    fn one(name: &str, count: Count) -> BTreeMap<String, Count> {
        BTreeMap::from([(name.to_owned(), count)])
    }

    #[test]
    fn growth_of_either_count_is_growth() {
        let mut known = Baselines::default();
        known.raise("rustc 1", one("step", count(1_000.0, 10.0)), "first");
        let change = |count: Count| match known.judge("rustc 1", "step", &count) {
            Verdict::Changed(percent) => percent,
            other => panic!("{other:?}"),
        };
        assert!((change(count(1_060.0, 10.0)) - 6.0).abs() < 1e-9);
        assert!((change(count(900.0, 11.0)) - 10.0).abs() < 1e-9);
        assert!((change(count(900.0, 9.0)) + 10.0).abs() < 1e-9);
        assert_eq!(known.judge("rustc 2", "step", &count(1.0, 1.0)), Verdict::NoCompiler);
        assert_eq!(known.judge("rustc 1", "leap", &count(1.0, 1.0)), Verdict::NoCount);
    }

    #[test]
    fn what_is_the_same_keeps_its_reason_and_other_compilers_stay() {
        let mut known = Baselines::default();
        known.raise("rustc 1", one("step", count(1_000.0, 10.0)), "first");
        known.raise("rustc 2", one("step", count(2_000.0, 10.0)), "another");
        known.raise("rustc 1", one("step", count(1_001.0, 10.0)), "again");
        assert_eq!(known.0["rustc 1"]["step"].reason, "first");
        known.raise("rustc 1", one("step", count(1_100.0, 10.0)), "dearer");
        assert_eq!(known.0["rustc 1"]["step"].reason, "dearer");
        assert_eq!(known.0["rustc 2"]["step"].reason, "another");
        known.raise("rustc 1", one("leap", count(1.0, 1.0)), "renamed");
        assert!(!known.0["rustc 1"].contains_key("step"));
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("instructions.json");
        assert_eq!(Baselines::load(&path).unwrap(), Baselines::default());
        let mut known = Baselines::default();
        known.raise("rustc 1", one("step", count(1_000.0, 10.5)), "first");
        known.save(&path).unwrap();
        assert_eq!(Baselines::load(&path).unwrap(), known);
        std::fs::write(&path, "{").unwrap();
        assert!(Baselines::load(&path).unwrap_err().to_string().contains("instructions.json"));
    }
}
