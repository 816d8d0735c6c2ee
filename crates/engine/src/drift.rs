//! What the finished steps of a run left behind, compared with what is there now (D20). It only
//! looks: the driver writes down what is found.

use crate::core::Drift;
use crate::look::quiet;
use crate::outfit::Outfit;
use crate::places::place;
use crate::reader::Loaded;
use std::sync::Arc;
use windlass_model::rollback::undo_of;
use windlass_model::run::Run;
use windlass_model::world::{Certainty, World, world};
use windlass_model::{EffectClass, Side, StepIdx, Work, Workflow};
use windlass_ports::action::Verdict;

/// Asks the actions of finished steps whether the world is still as they left it. What cannot be
/// looked at now is no drift: the next step that needs it finds out.
pub async fn drift(loaded: &Loaded, outfit: &Outfit) -> Vec<Drift> {
    let Loaded { workflow, run, .. } = loaded;
    let left = world(workflow, run, false);
    let bindings = Arc::new(workflow.def().environment.resources.clone());
    let mut found = Vec::new();
    for at in workflow.order().iter().copied().filter(|at| lasts(workflow, run, &left, *at)) {
        let step = workflow.step(at);
        let (Work::Action { uses, .. }, Some(attempt)) =
            (&step.work, run.steps[at as usize].forward.attempt.as_deref())
        else {
            continue;
        };
        let Some(action) = outfit.registry.action(uses) else { continue };
        let ctx = quiet(outfit, run.id, step.id.clone(), &bindings);
        let output = &run.steps[at as usize].output;
        let mut input = attempt.input.clone();
        if let Some(folder) = &workflow.def().folder {
            place(folder, &action.spec().input, &mut input);
        }
        if let Ok(Verdict::Drifted(what)) = action.verify(&ctx, &input, output).await {
            found.push(Drift { step: step.id.clone(), what });
        }
    }
    found
}

/// Whether a step is done and not undone, and nothing of what it set was set again by a later one
/// of the same run.
fn lasts(workflow: &Workflow, run: &Run, left: &World, at: StepIdx) -> bool {
    let step = workflow.step(at);
    let changes = matches!(&step.work, Work::Action { traits, .. }
        if traits.class != EffectClass::ReadOnly);
    let undone =
        undo_of(step).is_some() && run.lane((at, Side::Undo)).is_some_and(|lane| lane.attempts > 0);
    let forward = &run.steps[at as usize].forward;
    let effects = forward.attempt.as_deref().map(|one| one.effects.as_slice()).unwrap_or_default();
    let ours = |effect: &windlass_model::event::Effect| {
        let field = left.get(&(effect.resource.clone(), effect.field.clone()));
        field.is_some_and(|field| {
            field.certainty == Certainty::Set && field.step == step.id.as_str()
        })
    };
    changes && !undone && forward.succeeded() && !effects.is_empty() && effects.iter().all(ours)
}
