//! What rehearsals came to, as a table for people and an object for programs.

use super::play::Played;
use super::series::Judged;
use super::verdict::effects;
use crate::render::duration::span;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Findings shown in full; more say the same again.
const SHOWN: usize = 10;

/// All that is told.
pub struct Told<'a> {
    /// The workflow and its environment.
    pub title: String,
    /// The clean rehearsal.
    pub clean: &'a Played,
    /// Invariants that the clean one broke.
    pub broken: &'a [String],
    /// Those with crashes, failures or other orders.
    pub judged: &'a [Judged],
    /// What could not be rehearsed, and what stood in its place.
    pub stand_ins: &'a [String],
}

impl Told<'_> {
    fn count(&self, of: impl Fn(&Judged) -> usize) -> usize {
        self.judged.iter().map(of).sum()
    }

    fn rows(&self) -> Vec<(&'static str, usize)> {
        vec![
            ("rehearsals", self.judged.len()),
            ("resumed", self.count(|one| usize::from(one.resumed))),
            ("effects doubled", self.count(|one| one.verdict.doubled.len())),
            ("effects missing", self.count(|one| one.verdict.missing.len())),
            ("invariants broken", self.broken.len() + self.count(|one| one.verdict.broken.len())),
            ("ended otherwise", self.count(|one| one.verdict.otherwise.len())),
        ]
    }

    fn slowest(&self) -> Option<&Judged> {
        self.judged.iter().max_by_key(|one| one.real_ms)
    }

    /// The ends of the runs, and how many had each.
    fn ends(&self) -> BTreeMap<String, usize> {
        let mut ends = BTreeMap::new();
        for phase in self.judged.iter().filter_map(|one| one.phase) {
            *ends.entry(phase.to_string()).or_default() += 1;
        }
        ends
    }

    /// For people.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("rehearsal of {}", self.title)];
        lines.push(format!(
            "  clean              {}, {} writes, {} effects, {} of its own time",
            self.clean.phase,
            self.clean.writes,
            effects(self.clean).values().sum::<usize>(),
            span(self.clean.run_ms)
        ));
        lines.extend(self.clean.why.iter().map(|why| format!("  {:18} {why}", "why")));
        lines.extend(self.broken.iter().map(|why| format!("  BROKEN             {why}")));
        lines.extend(self.clean.notes.iter().map(|said| format!("  not known          {said}")));
        lines.extend(self.stand_ins.iter().map(|said| format!("  not rehearsed      {said}")));
        if self.judged.is_empty() {
            return lines;
        }
        lines.extend(self.rows().iter().map(|(name, count)| format!("  {name:18} {count}")));
        let ends: Vec<String> =
            self.ends().iter().map(|(phase, count)| format!("{phase} {count}")).collect();
        lines.push(format!("  {:18} {}", "ends", ends.join(", ")));
        if let Some(slowest) = self.slowest() {
            let seconds = slowest.real_ms as f64 / 1_000.0;
            lines.push(format!("  {:18} {seconds:.2} s ({})", "slowest", slowest.name));
        }
        let bad = self.judged.iter().filter(|one| !one.verdict.is_well());
        for one in bad.take(SHOWN) {
            lines.push(format!("  {}:", one.name));
            lines.extend(one.verdict.reasons().map(|why| format!("    {why}")));
        }
        lines
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let found: Vec<Value> = self
            .judged
            .iter()
            .filter(|one| !one.verdict.is_well())
            .map(
                |one| json!({ "case": one.name, "why": one.verdict.reasons().collect::<Vec<_>>() }),
            )
            .collect();
        let mut told = json!({
            "workflow": self.title,
            "clean": {
                "phase": self.clean.phase, "writes": self.clean.writes,
                "effects": effects(self.clean).values().sum::<usize>(), "ms": self.clean.run_ms,
                "broken": self.broken, "why": self.clean.why,
            },
            "not_known": self.clean.notes,
            "not_rehearsed": self.stand_ins,
            "ends": self.ends(),
            "slowest_ms": self.slowest().map(|one| one.real_ms),
            "findings": found,
        });
        for (name, count) in self.rows() {
            told[name.replace(' ', "_")] = json!(count);
        }
        told
    }
}
