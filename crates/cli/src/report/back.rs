//! The way back of a run that was turned round: who, why, and what became of each step. It must not
//! know any format.

use super::spans::{Doing, Spans};
use crate::render::put_back;
use crate::render::steps::marked;
use serde::Serialize;
use windlass_model::lane::{Finish, LaneState};
use windlass_model::run::Run;
use windlass_model::{
    EffectClass, Event, EventKind, Side, StepId, StepIdx, Timestamp, Work, Workflow,
};

/// The way back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Back {
    /// When it began first.
    pub at: Timestamp,
    /// Who began it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// How far it was to go, where not to the beginning.
    pub to: Option<StepId>,
    /// The steps, in the order in which they were undone; those not yet come to are last.
    pub steps: Vec<BackStep>,
}

/// A step on the way back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BackStep {
    /// Which.
    pub step: StepId,
    /// How its compensation stands, in words.
    pub outcome: String,
    /// What it gives back, in sentences.
    pub back: Vec<String>,
    /// What it left alone, since somebody else had changed it.
    pub kept: Vec<String>,
    /// When it began.
    pub from: Option<Timestamp>,
    /// When it ended.
    pub to: Option<Timestamp>,
}

/// The way back; none where the run only went forward.
pub fn back(workflow: &Workflow, run: &Run, events: &[Event], spans: &Spans) -> Option<Back> {
    let (at, by, reason, to) = events.iter().find_map(|event| match &event.kind {
        EventKind::RollbackStarted { by, reason, to } => {
            Some((event.at, by.clone(), reason.clone(), to.clone()))
        }
        _ => None,
    })?;
    let all = workflow.order().iter().rev();
    let mut steps: Vec<BackStep> =
        all.filter_map(|at| one(workflow, run, *at, events, spans)).collect();
    steps.sort_by_key(|step| (step.from.is_none(), step.from));
    Some(Back { at, by, reason, to, steps })
}

fn one(
    workflow: &Workflow,
    run: &Run,
    at: StepIdx,
    events: &[Event],
    spans: &Spans,
) -> Option<BackStep> {
    let state = &run.steps[at as usize];
    let undo = state.undo.as_deref().filter(|_| state.forward.armed)?;
    let id = &workflow.step(at).id;
    let skipped = events.iter().rev().find_map(|event| match &event.kind {
        EventKind::StepSkipped { step, why, side: Side::Undo } if step == id => Some(why.clone()),
        _ => None,
    });
    // What only looks has nothing to give back, and nobody misses it here.
    let effects = state.forward.attempt.as_deref().map(|one| one.effects.as_slice());
    let effects = effects.unwrap_or_default();
    let looks = matches!(&workflow.step(at).work, Work::Action { traits, .. }
        if traits.class == EffectClass::ReadOnly);
    let idle = undo.attempts == 0 && undo.finished() && effects.is_empty();
    if idle && (looks || skipped.is_none()) {
        return None;
    }
    let outcome = match (&undo.state, skipped) {
        (LaneState::Finished(Finish::Succeeded), _) => "put back".to_owned(),
        (LaneState::Finished(Finish::Skipped), Some(why)) => format!("left as it is: {why}"),
        _ => marked(workflow, at, undo, run.updated_at).words,
    };
    let own = spans.steps.get(id).into_iter().flatten();
    let own: Vec<_> = own.filter(|span| span.doing == Doing::Undo).collect();
    let attempt = undo.attempt.as_deref();
    let succeeded = undo.succeeded();
    Some(BackStep {
        step: id.clone(),
        outcome,
        back: if succeeded { put_back::sentences(effects, &state.output) } else { Vec::new() },
        kept: attempt.map(|attempt| attempt.kept.clone()).unwrap_or_default(),
        from: own.iter().map(|span| span.from).min(),
        to: own.iter().map(|span| span.to).max().filter(|_| succeeded),
    })
}
