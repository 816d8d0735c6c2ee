//! What the shape of a workflow says without any search: steps that prove nothing, that write what
//! another one writes at the same time, that no path reaches.

use crate::facts::Facts;
use crate::judge::{Truth, truth};
use crate::outline::Outline;
use crate::story::{Place, Story};
use crate::unknown::unknown;
use std::collections::BTreeSet;
use windlass_model::expr::{Expr, Scope};
use windlass_model::rollback::{descendants, point_of_no_return};
use windlass_model::workflow::OnFailure;
use windlass_model::{StepIdx, Value, Work};

/// Everything of that kind.
pub fn shape(outline: &Outline) -> Vec<Story> {
    let steps = 0..outline.sketches.len() as StepIdx;
    let mut found: Vec<Story> = steps.filter_map(|at| unproved(outline, at)).collect();
    found.extend(unreachable(outline));
    found.extend(written_twice(outline));
    found.extend(stuck_by_itself(outline));
    found
}

fn story(outline: &Outline, steps: &[StepIdx], broken: &str, then: String, cure: &str) -> Story {
    let places = steps.iter().map(|at| Place::of(outline, *at)).collect();
    Story {
        broken: broken.to_owned(),
        then: vec![then],
        places,
        cure: Some(cure.to_owned()),
        ..Story::default()
    }
}

/// D6: what cannot be undone wants proof, not merely the end of the step before.
fn unproved(outline: &Outline, at: StepIdx) -> Option<Story> {
    let step = &outline.def.steps[at as usize];
    let acts = matches!(step.work, Work::Action { .. });
    (acts && point_of_no_return(step) && step.requires.is_none()).then(|| {
        let then = format!("`{}` cannot be undone, and requires no proof", step.id);
        let cure = "say in `requires:` what proves that it may be done, such as an output of a \
                    step that looked";
        story(outline, &[at], "irreversible_without_proof", then, cure)
    })
}

/// A step whose condition is never so, whatever an environment says. One of a workflow that is
/// called is its own file's matter: what this caller never begins another one may. Nor is what a
/// run under way leaves out, as its inputs have it, a fault of the file.
fn unreachable(outline: &Outline) -> Vec<Story> {
    if outline.present.is_some() {
        return Vec::new();
    }
    let own = |at: &StepIdx| outline.def.steps[*at as usize].file.is_none();
    let steps = (0..outline.sketches.len() as StepIdx).filter(own);
    let never = |at: &StepIdx| {
        let condition = outline.sketches[*at as usize].condition.as_ref();
        condition.is_some_and(|expr| !can_hold(outline, &[(*at, expr)], &Facts::default()))
    };
    let one = |at: StepIdx| {
        let then = format!("no run ever begins `{}`: its condition is never so", outline.id(at));
        story(outline, &[at], "never_begun", then, "take it out, or mend its `if:`")
    };
    steps.filter(never).map(one).collect()
}

/// What expressions see, but for what hangs on the environment.
struct Anywhere<S>(S);

impl<S: Scope> Scope for Anywhere<S> {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        match path {
            ["env", ..] | ["resources", _, _, ..] => Some(unknown(&path.join("."))),
            path => self.0.resolve(path),
        }
    }
}

/// Whether all these conditions can hold at once, in whatever environment.
fn can_hold(outline: &Outline, all: &[(StepIdx, &Expr)], facts: &Facts) -> bool {
    for (at, expr) in all {
        match truth(expr, &Anywhere(outline.scope(*at)), facts) {
            Truth::Known(true) => {}
            Truth::Known(false) => return false,
            Truth::Open(atom) => {
                let either = [true, false].map(|holds| facts.with(atom.clone(), holds));
                return either.iter().any(|facts| can_hold(outline, all, facts));
            }
        }
    }
    true
}

/// Two steps of which neither waits for the other write one field.
fn written_twice(outline: &Outline) -> Vec<Story> {
    let steps: Vec<StepIdx> = (0..outline.sketches.len() as StepIdx)
        .filter(|at| !outline.sketches[*at as usize].effects.is_empty())
        .collect();
    let after: Vec<BTreeSet<StepIdx>> =
        steps.iter().map(|at| descendants(&outline.bare, *at)).collect();
    let mut found = Vec::new();
    for (first, one) in steps.iter().enumerate() {
        for (second, other) in steps.iter().enumerate().skip(first + 1) {
            if after[first].contains(other) || after[second].contains(one) {
                continue;
            }
            let Some((resource, field)) = shared(outline, *one, *other) else { continue };
            let conditions: Vec<(StepIdx, &Expr)> = [*one, *other]
                .into_iter()
                .filter_map(|at| Some((at, outline.sketches[at as usize].condition.as_ref()?)))
                .collect();
            if can_hold(outline, &conditions, &Facts::default()) {
                let then = format!(
                    "`{}` and `{}` may set {resource}.{field} at the same time",
                    outline.id(*one),
                    outline.id(*other)
                );
                let cure = "let one of them need the other";
                found.push(story(outline, &[*one, *other], "written_twice", then, cure));
            }
        }
    }
    found
}

fn shared(outline: &Outline, one: StepIdx, other: StepIdx) -> Option<(String, String)> {
    let of = |at: StepIdx| &outline.sketches[at as usize].effects;
    let same = of(one).iter().find(|effect| {
        let mut others = of(other).iter();
        others.any(|two| {
            (&two.resource, &two.field) == (&effect.resource, &effect.field)
                && two.value != effect.value
        })
    });
    same.map(|effect| (effect.resource.clone(), effect.field.clone()))
}

/// A rollback that nobody asked for, and that ends at a point of no return.
fn stuck_by_itself(outline: &Outline) -> Vec<Story> {
    if outline.def.on_failure != OnFailure::Rollback {
        return Vec::new();
    }
    let steps = 0..outline.sketches.len() as StepIdx;
    let points = steps.filter(|at| point_of_no_return(outline.bare.step(*at)));
    let one = |at: StepIdx| {
        let next = unasked(outline, at)?;
        let then = format!(
            "where `{}` fails, the run rolls back by itself, and is stuck at `{}`, which cannot be \
             undone",
            outline.id(next),
            outline.id(at)
        );
        let cure = "`on_failure: stop` lets a human choose; or ask one before what follows";
        Some(story(outline, &[at, next], "rolls_back_into_a_point_of_no_return", then, cure))
    };
    points.filter_map(one).collect()
}

/// The first step behind one that can fail before anybody was asked.
fn unasked(outline: &Outline, from: StepIdx) -> Option<StepIdx> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        for next in outline.bare.dependents(at) {
            if !seen.insert(next) {
                continue;
            }
            match &outline.def.steps[next as usize].work {
                Work::Approve { .. } | Work::Input { .. } => {}
                Work::Action { .. } | Work::Assert { .. } => return Some(next),
                _ => open.push(next),
            }
        }
    }
    None
}
