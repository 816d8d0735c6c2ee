//! The order of steps: each needs the one above, unless its `needs` says otherwise. Circles and
//! ancestors.

use crate::diagnostic::Findings;
use crate::nearest::did_you_mean;
use crate::yaml::Yaml;
use std::collections::BTreeMap;

/// Who needs whom, by position in the file.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// What each step needs directly.
    pub needs: Vec<Vec<usize>>,
    /// All that must be finished before each step, as bits by position.
    ancestors: Vec<Vec<u64>>,
}

impl Order {
    /// Reads `needs` of all steps. A circle is reported with its path and leaves no ancestors.
    pub fn read(steps: &[&Yaml], ids: &[String], findings: &mut Findings) -> Self {
        let mut by_id: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, id) in ids.iter().enumerate() {
            if let Some(first) = by_id.get(id.as_str()) {
                let line = findings.source.place(steps[*first].span_of("id").start).line;
                let message = format!("two steps are called `{id}`");
                findings
                    .error("duplicate_name", steps[at].span_of("id"), message)
                    .help(format!("the other one stands on line {line}"));
            } else if !id.is_empty() {
                by_id.insert(id, at);
            }
        }
        let needs: Vec<Vec<usize>> =
            (0..steps.len()).map(|at| needs_of(at, steps[at], &by_id, findings)).collect();
        let mut order = Self { ancestors: vec![Vec::new(); steps.len()], needs };
        match order.sorted() {
            Ok(sorted) => order.close(&sorted),
            Err(circle) => {
                let path: Vec<&str> = circle.iter().map(|at| ids[*at].as_str()).collect();
                let (message, help) = match path.as_slice() {
                    [id, _] => (
                        format!("the step `{id}` waits for itself"),
                        format!("take `{id}` out of its `needs`; `needs: []` waits for nothing"),
                    ),
                    path => (
                        format!("steps wait for each other: {}", path.join(" -> ")),
                        "`a -> b` means that a needs b; remove one of these needs".to_owned(),
                    ),
                };
                let first = circle.iter().min().copied().unwrap_or_default();
                let at = match steps[first].get("needs") {
                    Some(needs) => needs.span,
                    None => steps[first].span,
                };
                findings.error("circle", at, message).help(help);
            }
        }
        order
    }

    /// Whether `before` must be finished before `step` starts.
    pub fn is_ancestor(&self, before: usize, step: usize) -> bool {
        self.ancestors[step].get(before / 64).is_some_and(|word| word >> (before % 64) & 1 == 1)
    }

    /// All positions, needed ones first; or a circle: each needs the next, the last is the first
    /// again.
    pub fn sorted(&self) -> Result<Vec<usize>, Vec<usize>> {
        let mut state = vec![Mark::New; self.needs.len()];
        let mut sorted = Vec::new();
        for start in 0..self.needs.len() {
            // a stack of our own: two thousand steps in a row are no reason to overflow the
            // machine's
            let mut path = vec![(start, 0usize)];
            while let Some((at, next)) = path.last().copied() {
                match (state[at], self.needs[at].get(next)) {
                    (Mark::Done, _) => {
                        path.pop();
                    }
                    (_, Some(need)) => {
                        state[at] = Mark::Open;
                        let last = path.len() - 1;
                        path[last].1 += 1;
                        match state[*need] {
                            Mark::Open => {
                                let from = path.iter().position(|(on, _)| on == need).unwrap_or(0);
                                let mut circle: Vec<usize> =
                                    path[from..].iter().map(|(on, _)| *on).collect();
                                circle.push(*need);
                                return Err(circle);
                            }
                            Mark::New => path.push((*need, 0)),
                            Mark::Done => {}
                        }
                    }
                    (_, None) => {
                        state[at] = Mark::Done;
                        sorted.push(at);
                        path.pop();
                    }
                }
            }
        }
        Ok(sorted)
    }

    fn close(&mut self, sorted: &[usize]) {
        let words = self.needs.len().div_ceil(64);
        for at in sorted {
            let mut bits = vec![0u64; words];
            for need in &self.needs[*at] {
                bits[need / 64] |= 1 << (need % 64);
                for (sum, more) in bits.iter_mut().zip(&self.ancestors[*need]) {
                    *sum |= more;
                }
            }
            self.ancestors[*at] = bits;
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    Open,
    Done,
}

fn needs_of(
    at: usize,
    step: &Yaml,
    by_id: &BTreeMap<&str, usize>,
    findings: &mut Findings,
) -> Vec<usize> {
    let Some(needs) = step.get("needs") else {
        return at.checked_sub(1).into_iter().collect();
    };
    let single = std::slice::from_ref(needs);
    let words = if needs.text().is_some() { single } else { needs.elements() };
    let mut found = Vec::new();
    for word in words {
        let Some(id) = word.text() else { continue };
        match by_id.get(id) {
            Some(need) if !found.contains(need) => found.push(*need),
            Some(_) => {}
            None => {
                let message = format!("there is no step called `{id}`");
                let known: Vec<&str> = by_id.keys().copied().collect();
                let help = match id.split_once('[') {
                    Some((group, _)) if by_id.contains_key(group) => {
                        format!("write `{group}`: it stands for all elements of its `for_each`")
                    }
                    _ => did_you_mean(id, known),
                };
                findings.error("unknown_step", word.span, message).help(help);
            }
        }
    }
    found
}
