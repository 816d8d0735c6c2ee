//! Migration: a live run goes on by another workflow. What has begun must mean the same in both;
//! what has not may be anything.

use crate::event::Side;
use crate::id::StepId;
use crate::lane::{Finish, LaneState};
use crate::rollback::undo_of;
use crate::run::{Course, Run, StepRun};
use crate::step::StepDef;
use crate::workflow::{StepIdx, Workflow};
use serde::Serialize;
use serde_json::Value;

/// Keys of a stored step that change nothing of what it does.
const FOR_HUMANS: [&str; 4] = ["name", "line", "file", "notify"];

/// The key of its needs: another order is told, and judged by itself.
const NEEDS: &str = "needs";

/// How two workflows differ, by steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The same in both.
    pub kept: Vec<StepId>,
    /// Only in the new one.
    pub added: Vec<StepId>,
    /// Only in the old one.
    pub removed: Vec<StepId>,
    /// In both, with the keys in which they differ.
    pub changed: Vec<(StepId, Vec<String>)>,
}

/// Compares two workflows.
pub fn difference(old: &Workflow, new: &Workflow) -> Difference {
    let mut found = Difference::default();
    for step in old.def().steps.iter() {
        let id = step.id.clone();
        match new.find(&step.id) {
            None => found.removed.push(id),
            Some(at) => match differing(step, new.step(at)) {
                keys if keys.is_empty() => found.kept.push(id),
                keys => found.changed.push((id, keys)),
            },
        }
    }
    let added = new.def().steps.iter().filter(|step| old.find(&step.id).is_none());
    found.added = added.map(|step| step.id.clone()).collect();
    found
}

/// The keys in which two steps of one name differ.
fn differing(old: &StepDef, new: &StepDef) -> Vec<String> {
    let map = |step: &StepDef| match serde_json::to_value(step) {
        Ok(Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    };
    let (old, new) = (map(old), map(new));
    let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
    let differ = names.filter(|name| !FOR_HUMANS.contains(&name.as_str()));
    differ.filter(|name| old.get(*name) != new.get(*name)).cloned().collect()
}

/// Why a run cannot go on by the new workflow; sentences, none where it can.
pub fn refusals(old: &Workflow, new: &Workflow, run: &Run) -> Vec<String> {
    let mut why = Vec::new();
    if run.course != Course::Forward {
        why.push(format!("the run is {}: only one on its way forward is migrated", run.phase()));
        return why;
    }
    let (was, is) = (old.def(), new.def());
    for (what, was, is) in [
        ("workflow", &was.name, &is.name),
        ("environment", &was.environment.name, &is.environment.name),
    ] {
        if was != is {
            why.push(format!("the {what} was {was} and is {is}"));
        }
    }
    if was.lock != is.lock {
        why.push("the lock is another".to_owned());
    }
    for (name, binding) in &was.environment.resources {
        if is.environment.resources.get(name) != Some(binding) {
            why.push(format!("the environment binds `{name}` to something else"));
        }
    }
    for (at, step) in (0..old.len() as StepIdx).map(|at| (at, old.step(at))) {
        let here = &run.steps[at as usize];
        if !begun(here) || may_be_mended(step, here) || old.is_join(at) {
            continue;
        }
        let stands = if here.forward.finished() { "is finished" } else { "has begun" };
        let Some(new_at) = new.find(&step.id) else {
            why.push(format!("`{}` {stands}, and the new file has it no more", step.id));
            continue;
        };
        let keys = differing(step, new.step(new_at)).into_iter().filter(|key| key != NEEDS);
        let keys: Vec<String> = keys.collect();
        if !keys.is_empty() {
            why.push(format!("`{}` {stands}, and is another in: {}", step.id, keys.join(", ")));
        }
        for need in new.needs(new_at).filter(|need| !met(old, new, run, *need)) {
            let need = &new.step(need).id;
            why.push(format!("`{}` {stands}, and now needs `{need}`, which is not", step.id));
        }
    }
    why
}

/// Whether anything was done, or decided, about a step.
fn begun(here: &StepRun) -> bool {
    here.forward.attempts > 0
        || !matches!(here.forward.state, LaneState::Blocked(_) | LaneState::Ready)
}

/// Whether what was wrong with it may be mended: it failed, and is known to have done nothing, or
/// nothing that a rollback would undo.
fn may_be_mended(step: &StepDef, here: &StepRun) -> bool {
    let acted = here.forward.attempt.as_deref();
    matches!(here.forward.state, LaneState::Failed { in_doubt: false, .. })
        && (undo_of(step).is_none()
            || !acted.is_some_and(|attempt| attempt.may_have_acted || attempt.armed_before))
}

/// Whether a step of the new workflow is finished in the run.
fn met(old: &Workflow, new: &Workflow, run: &Run, at: StepIdx) -> bool {
    if new.is_join(at) {
        return new.needs(at).all(|need| met(old, new, run, need));
    }
    let known = old.find(&new.step(at).id);
    known.is_some_and(|at| run.steps[at as usize].forward.finished())
}

/// The run as it goes on by the new workflow, which nothing refuses.
pub fn migrated(old: &Workflow, new: &Workflow, run: &Run) -> Run {
    let mut next = Run {
        seq: run.seq,
        started_at: run.started_at,
        updated_at: run.updated_at,
        course: run.course.clone(),
        halt: run.halt.clone(),
        wish: run.wish,
        asked_by: run.asked_by.clone(),
        signals: run.signals.clone(),
        ..Run::new(run.id, new)
    };
    for at in new.order().iter().copied() {
        let id = (at, Side::Forward);
        let known = old.find(&new.step(at).id).filter(|_| !new.is_join(at));
        let known = known.map(|at| (old.step(at), &run.steps[at as usize]));
        if let Some((step, here)) = known.filter(|(_, here)| begun(here)) {
            let standing = next.steps[at as usize].forward.state.clone();
            next.steps[at as usize] = here.clone();
            next.steps[at as usize].forward.state = standing;
            // One that failed is tried again, by what the new workflow says of it.
            if !may_be_mended(step, here) {
                next.set(id, here.forward.state.clone());
                continue;
            }
        }
        let finished = |need: &StepIdx| next.steps[*need as usize].forward.finished();
        let unmet = new.needs(at).filter(|need| !finished(need)).count() as u32;
        next.set(
            id,
            match unmet {
                0 if new.is_join(at) => LaneState::Finished(Finish::Succeeded),
                0 => LaneState::Ready,
                unmet => LaneState::Blocked(unmet),
            },
        );
    }
    hold(old, new, run, &mut next);
    next.untold = run
        .untold
        .iter()
        .filter_map(|untold| {
            let step = new.find(&old.step(untold.step).id)?;
            Some(crate::notice::Untold { step, ..untold.clone() })
        })
        .collect();
    next
}

/// What waits for a step that puts back what drifted goes on waiting for it.
fn hold(old: &Workflow, new: &Workflow, run: &Run, next: &mut Run) {
    for step in &mut next.steps {
        step.holds.clear();
    }
    for (before, here) in run.steps.iter().enumerate() {
        let named = |at: StepIdx| new.find(&old.step(at).id);
        let Some(at) = named(before as StepIdx).filter(|_| !here.holds.is_empty()) else {
            continue;
        };
        for held in here.holds.iter().filter_map(|held| named(*held)) {
            let id = (held, Side::Forward);
            let unmet = match next.steps[held as usize].forward.state {
                LaneState::Blocked(unmet) => unmet,
                LaneState::Ready => 0,
                _ => continue,
            };
            next.steps[at as usize].holds.push(held);
            next.set(id, LaneState::Blocked(unmet + 1));
        }
    }
}
