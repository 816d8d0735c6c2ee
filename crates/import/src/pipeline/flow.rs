//! The steps of a pipeline's parts in a workflow's order: parts beside each other, steps one after
//! the other, and no part before those that it needs.

use super::scope::Scope;
use crate::draft::{Said, Step, Value};
use crate::names::as_name;
use crate::undo::with_reason;
use std::collections::BTreeMap;

/// The parts that were read.
#[derive(Debug, Default)]
pub struct Flow {
    /// The names of the pipeline.
    pub scope: Scope,
    /// The last step of each part.
    ends: BTreeMap<String, Vec<String>>,
    /// Under which condition each part runs.
    conditions: BTreeMap<String, Vec<String>>,
    part: Part,
}

/// A part: a stage, or what the pipeline calls a unit of work.
#[derive(Clone, Debug, Default)]
struct Part {
    id: String,
    /// Steps that the first step needs; none where it needs nothing.
    needs: Vec<String>,
    /// Conditions of all its steps.
    when: Vec<String>,
    last: Option<String>,
    for_each: Option<(Value, Option<i64>)>,
}

impl Flow {
    /// Begins a part that needs others. Where one of those does not run, this one does not either,
    /// unless it says so.
    pub fn begin(&mut self, id: &str, needs: &[String], when: Vec<String>, inherits: bool) {
        let mut part = Part { id: id.to_owned(), when, ..Part::default() };
        for need in needs {
            part.needs.extend(self.ends.get(need).cloned().unwrap_or_default());
            if inherits {
                let above = self.conditions.get(need).cloned().unwrap_or_default();
                part.when.extend(above);
            }
        }
        part.needs.dedup();
        let mut seen = Vec::new();
        part.when.retain(|one| {
            let fresh = !seen.contains(one);
            seen.push(one.clone());
            fresh
        });
        self.part = part;
    }

    /// Repeats all steps of the part for each of these.
    pub fn for_each(&mut self, elements: Value, at_once: Option<i64>) {
        self.part.for_each = Some((elements, at_once));
    }

    /// Adds a step to the part; under its own condition too.
    pub fn add(&mut self, mut step: Step, when: Option<String>) -> String {
        step = with_reason(step);
        step.id = as_name(&step.id);
        let mut conditions = self.part.when.clone();
        conditions.extend(when);
        conditions.dedup();
        let mut keys = Vec::new();
        // The steps of a part stand one below the other, and each needs the one above it.
        let above: Vec<String> =
            self.scope.draft.steps().next_back().map(|step| step.id.clone()).into_iter().collect();
        if self.part.last.is_none() && self.part.needs != above {
            let needs = self.part.needs.iter().map(Value::plain).collect();
            keys.push(("needs".to_owned(), Value::List(needs)));
        }
        if !conditions.is_empty() {
            keys.push(("if".to_owned(), Value::raw(conditions.join(" && "))));
        }
        if let Some((elements, at_once)) = &self.part.for_each {
            keys.push(("for_each".to_owned(), elements.clone()));
            if let Some(at_once) = at_once {
                keys.push(("max_parallel".to_owned(), Value::Int(*at_once)));
            }
        }
        let name = step.keys.iter().position(|(key, _)| key == "name").map_or(0, |at| at + 1);
        step.keys.splice(name..name, keys);
        let id = self.scope.draft.step(step);
        self.part.last = Some(id.clone());
        id
    }

    /// Ends the part. One without steps is passed on to what it needed.
    pub fn end(&mut self) {
        let part = std::mem::take(&mut self.part);
        let ends = part.last.map_or(part.needs, |last| vec![last]);
        self.ends.insert(part.id.clone(), ends);
        self.conditions.insert(part.id, part.when);
    }

    /// Makes a part of parts: it ends when all of them have, and does not run where what it needs
    /// did not.
    pub fn group(
        &mut self,
        id: &str,
        parts: &[String],
        needs: &[String],
        when: Vec<String>,
        inherits: bool,
    ) {
        let mut ends = Vec::new();
        for part in parts {
            ends.extend(self.ends.get(part).cloned().unwrap_or_default());
        }
        ends.dedup();
        let mut conditions = when;
        for need in needs.iter().filter(|_| inherits) {
            conditions.extend(self.conditions.get(need).cloned().unwrap_or_default());
        }
        self.ends.insert(id.to_owned(), ends);
        self.conditions.insert(id.to_owned(), conditions);
    }

    /// Says which of these parts are not there: nothing waits for them.
    pub fn look_for(&mut self, needs: &[String], line: usize) {
        for need in needs.iter().filter(|need| !self.ends.contains_key(*need)) {
            let why = format!("it needs `{}`, which this file does not show", need.trim());
            self.scope.draft.say(Said::not_mapped(why, line));
        }
    }

    /// Says something above everything.
    pub fn head(&mut self, said: Said) {
        self.scope.draft.head.push(said);
    }

    /// Says something between the steps.
    pub fn say(&mut self, said: Said) {
        self.scope.draft.say(said);
    }
}
