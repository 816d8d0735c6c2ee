//! What stands in a run's way on purpose: questions, assertions, proofs. Whoever goes on past one
//! takes it upon himself. It must not know who asks.

use crate::catalog::EffectClass;
use crate::event::REQUIRES;
use crate::expr::{Expr, roots};
use crate::id::StepId;
use crate::lane::LaneState;
use crate::rollback::point_of_no_return;
use crate::run::Run;
use crate::step::{StepDef, Work};
use crate::workflow::{StepIdx, Workflow};
use std::collections::BTreeSet;

/// Why a step that failed, or is in doubt, is not to be gone past lightly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// It asks a human, or says what must hold.
    Says,
    /// What it requires was not proved.
    Unproved,
    /// These steps require what it was to give.
    Proves(Vec<StepId>),
}

/// The guard that a step is, where it is one.
pub fn guard(workflow: &Workflow, run: &Run, at: StepIdx) -> Option<Guard> {
    let says = matches!(
        workflow.step(at).work,
        Work::Approve { .. } | Work::Input { .. } | Work::Assert { .. }
    );
    if says {
        return Some(Guard::Says);
    }
    if let LaneState::Failed { failure, .. } = &run.steps[at as usize].forward.state
        && failure.code == REQUIRES
    {
        return Some(Guard::Unproved);
    }
    let open = |step: &StepIdx| !run.steps[*step as usize].forward.finished();
    let proves = needed_for_proofs(workflow, at).into_iter().filter(open);
    let ids: Vec<StepId> = proves.map(|step| workflow.step(step).id.clone()).collect();
    (!ids.is_empty()).then_some(Guard::Proves(ids))
}

/// The steps whose proof stands on a step's outputs, directly or by way of what others make of
/// them.
pub fn proves(workflow: &Workflow, at: StepIdx) -> BTreeSet<StepIdx> {
    standing_on(workflow, at, made_of)
}

/// The same, and those whose proof stands on what another step gives that acts upon its outputs:
/// without them, that one has nothing to act upon.
fn needed_for_proofs(workflow: &Workflow, at: StepIdx) -> BTreeSet<StepIdx> {
    standing_on(workflow, at, |step| match &step.work {
        Work::Action { with, .. } => {
            let mut found = Vec::new();
            with.visit_exprs(&mut |expr| found.push(expr));
            found
        }
        _ => made_of(step),
    })
}

/// The steps whose proof stands on a step, by the expressions that others are made of.
fn standing_on<'a>(
    workflow: &'a Workflow,
    at: StepIdx,
    made_of: impl Fn(&'a StepDef) -> Vec<&'a Expr>,
) -> BTreeSet<StepIdx> {
    let mut known = BTreeSet::from([at]);
    let mut found = BTreeSet::new();
    // A step's expressions name steps before it only.
    for step in workflow.order() {
        let def = workflow.step(*step);
        let stands_on = |expr: &Expr| {
            let names = named(expr);
            known.iter().any(|at| {
                let id = &workflow.step(*at).id;
                names.contains(id) || group(id).is_some_and(|group| names.contains(&group))
            })
        };
        if def.requires.as_ref().is_some_and(&stands_on) {
            found.insert(*step);
        }
        if made_of(def).into_iter().any(stands_on) {
            known.insert(*step);
        }
    }
    found
}

/// Whether the step can bring back what drifted: only on the way forward, and only where what it
/// does can be undone. Deleting once more whatever bears a name by now is nobody's wish. Nor can
/// that be made anew which a point of no return stood on: a copy of what was migrated since is none
/// of what was before.
pub fn may_put_back(workflow: &Workflow, run: &Run, at: StepIdx) -> bool {
    let reversible = matches!(&workflow.step(at).work, Work::Action { traits, .. }
        if traits.class == EffectClass::Reversible);
    let stands = || stands_past_return(workflow, run, at).is_some();
    reversible && !run.going_back() && run.steps[at as usize].forward.succeeded() && !stands()
}

/// The first point of no return that was begun because of what a step gave.
pub fn stands_past_return(workflow: &Workflow, run: &Run, at: StepIdx) -> Option<StepIdx> {
    let past = |step: &StepIdx| {
        run.steps[*step as usize].forward.armed && point_of_no_return(workflow.step(*step))
    };
    let proved = proves(workflow, at);
    workflow.order().iter().copied().filter(|step| proved.contains(step)).find(past)
}

/// The expressions that a step's outputs are made of, where it makes nothing itself.
fn made_of(step: &StepDef) -> Vec<&Expr> {
    let mut found = Vec::new();
    if let Work::Set { values } = &step.work {
        values.visit_exprs(&mut |expr| found.push(expr));
    }
    found
}

/// What an expression calls all elements of a `for_each` together.
fn group(id: &StepId) -> Option<StepId> {
    let (group, _) = id.as_str().strip_suffix(']')?.rsplit_once('[')?;
    Some(StepId::new(group))
}

/// The steps that an expression names.
fn named(expr: &Expr) -> BTreeSet<StepId> {
    let paths = roots(expr).into_iter();
    let of_steps = paths.filter_map(|path| match path.as_slice() {
        [first, id, ..] if first == "steps" => Some(StepId::new(id)),
        _ => None,
    });
    of_steps.collect()
}
