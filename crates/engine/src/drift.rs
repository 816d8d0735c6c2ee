//! What the finished steps of a run left behind, compared with what is there now (D20). It only
//! looks: the driver writes down what is found.

use crate::core::Drift;
use crate::look::{placed, quiet};
use crate::outfit::Outfit;
use crate::reader::Loaded;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use windlass_model::guards::{may_put_back, stands_past_return};
use windlass_model::lane::AttemptRecord;
use windlass_model::rollback::undo_of;
use windlass_model::run::{Run, StepRun};
use windlass_model::world::{Certainty, World, world};
use windlass_model::{EffectClass, RequestId, Side, StepDef, StepIdx, Work, Workflow};
use windlass_ports::Context;
use windlass_ports::action::Verdict;
use windlass_ports::resource::Change;

/// Asks the actions of finished steps whether the world is still as they left it. What somebody has
/// accepted is no drift any more; what cannot be looked at now is none: the next step that needs it
/// finds out.
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
        let input = placed(workflow, action.spec(), &attempt.input);
        let Ok(Verdict::Drifted(what)) = action.verify(&ctx, &input, output).await else {
            continue;
        };
        let known = run.steps[at as usize].drifted.as_ref();
        if !known.is_some_and(|known| known.accepted(&what)) {
            let who = who(outfit, &ctx, run, attempt).await;
            let can_be_put_back = may_put_back(workflow, run, at);
            let stands = stands_past_return(workflow, run, at).filter(|_| !run.going_back());
            let stands = stands.map(|on| workflow.step(on).id.clone());
            found.push(Drift { step: step.id.clone(), what, who, can_be_put_back, stands });
        }
    }
    found
}

/// Who changed last what an attempt had set, in words, where a log tells. What the run itself did
/// is no news.
async fn who(outfit: &Outfit, ctx: &Context, run: &Run, attempt: &AttemptRecord) -> Option<String> {
    let lanes = run.steps.iter().flat_map(|step| [Some(&step.forward), step.undo.as_deref()]);
    let attempts = lanes.flatten().filter_map(|lane| lane.attempt.as_deref());
    let ours: BTreeSet<RequestId> = attempts.map(|attempt| attempt.request_id).collect();
    let mut set: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for effect in &attempt.effects {
        set.entry(&effect.resource).or_default().push(&effect.field);
    }
    let mut newest: Option<Change> = None;
    for (name, fields) in set {
        let Some(binding) = ctx.bindings.get(name) else { continue };
        let Some(resource) = outfit.registry.resource(&binding.kind) else { continue };
        // A log that cannot be read tells nothing; that it drifted is known without it.
        let told = resource.changes(ctx, binding, &fields, attempt.started_at).await;
        let told = told.unwrap_or_default();
        let foreign = |change: &Change| change.request.is_none_or(|id| !ours.contains(&id));
        newest = newest.into_iter().chain(told.into_iter().filter(foreign)).max_by_key(|it| it.at);
    }
    newest.map(|Change { at, by, what, .. }| format!("by {by} at {at} ({what})"))
}

/// Whether a step is done and not undone, and nothing of what it set was set again by a later one
/// of the same run. What a step without fields has done, a later one without fields may have done
/// over.
fn lasts(workflow: &Workflow, run: &Run, left: &World, at: StepIdx) -> bool {
    let step = workflow.step(at);
    let here = &run.steps[at as usize];
    let undone =
        undo_of(step).is_some() && run.lane((at, Side::Undo)).is_some_and(|lane| lane.attempts > 0);
    if undone || !here.forward.succeeded() || !changes(step) {
        return false;
    }
    let Some(attempt) = here.forward.attempt.as_deref() else { return false };
    if attempt.effects.is_empty() {
        let over = |(other, it): (usize, &StepRun)| {
            let blind = it.forward.attempt.as_deref().is_some_and(|later| {
                later.effects.is_empty() && later.started_at >= attempt.started_at
            });
            other != at as usize && blind && changes(workflow.step(other as StepIdx))
        };
        return !run.steps.iter().enumerate().any(over);
    }
    // A deployment stops and starts an app, and says nothing of whether it runs in the end: by what
    // it does say is it known, where it says anything.
    let says = attempt.effects.iter().any(|effect| !effect.value.is_null());
    let mut meant = attempt.effects.iter().filter(|effect| !says || !effect.value.is_null());
    meant.all(|effect| {
        let field = left.get(&(effect.resource.clone(), effect.field.clone()));
        // What the run says nothing of any more is nobody else's.
        field
            .is_none_or(|field| field.certainty == Certainty::Set && field.step == step.id.as_str())
    })
}

fn changes(step: &StepDef) -> bool {
    matches!(&step.work, Work::Action { traits, .. } if traits.class != EffectClass::ReadOnly)
}
