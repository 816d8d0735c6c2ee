//! The workflow as the prover takes it, for the engine's core: without what asks, waits and guards,
//! and with its conditions decided.

use super::actor::{Actor, Fields};
use std::collections::BTreeSet;
use std::sync::Arc;
use windlass_model::expr::{Expr, Node};
use windlass_model::run::LaneId;
use windlass_model::step::Compensate;
use windlass_model::workflow::InvalidWorkflow;
use windlass_model::{Side, StepIdx, Value, Work, Workflow, WorkflowDef};
use windlass_prover::Outline;
use windlass_prover::facts::Facts;
use windlass_prover::focus::Field;
use windlass_prover::judge::{Truth, truth};
use windlass_prover::unknown::unknown;

/// The workflow with its conditions as the facts decide them. One that they leave open is so.
pub fn decided(outline: &Outline, facts: &Facts) -> Result<Arc<Workflow>, InvalidWorkflow> {
    let is_not = |lane: LaneId| {
        let is = |expr: &Expr| truth(expr, &outline.scope(lane.0), facts);
        outline.hangs_on(lane).is_some_and(|expr| is(expr) == Truth::Known(false))
    };
    let bare = outline.bare.def();
    let mut steps = bare.steps.clone();
    for (at, step) in steps.iter_mut().enumerate() {
        let at = at as StepIdx;
        // What was there before is kept by whoever plays the world.
        if let Work::Action { traits, .. } = &mut step.work {
            traits.captures = false;
        }
        if let Compensate::Custom { traits, .. } = &mut step.compensate {
            traits.captures = false;
        }
        if is_not((at, Side::Forward)) {
            let node = Node::Literal(Value::Bool(false));
            step.condition = Some(Expr { source: "false".to_owned(), node });
        }
        if is_not((at, Side::Undo)) {
            step.compensate = Compensate::None {
                reason: Some("it is not for this".to_owned()),
                way_back: None,
                way_on: None,
            };
        }
    }
    Workflow::new(WorkflowDef { steps, ..bare.clone() }).map(Arc::new)
}

/// All fields that a workflow sets, and these, as nobody knows them.
pub fn fields(outline: &Outline, more: &[Field]) -> Fields {
    let set = outline.sketches.iter().flat_map(|sketch| {
        let undo = match &sketch.undo {
            windlass_prover::outline::Undo::Set(effects) => effects.as_slice(),
            _ => &[],
        };
        sketch.effects.iter().chain(undo)
    });
    let set = set.map(|effect| (effect.resource.clone(), effect.field.clone()));
    let all: BTreeSet<Field> = set.chain(more.iter().cloned()).collect();
    let value = |(resource, field): &Field| unknown(&format!("{resource}.{field}"));
    all.into_iter().map(|field| (field.clone(), value(&field))).collect()
}

/// What nobody looks at goes well, and at once.
pub fn lets_go(actor: &mut Actor<'_>, unseen: &dyn Fn(LaneId) -> bool) {
    loop {
        let next = actor.calls().map(|(lane, _)| lane).find(|lane| unseen(*lane));
        let Some(lane) = next else { return };
        goes_well(actor, lane);
    }
}

/// A lane's attempt takes effect, where it has not yet, and ends.
pub fn goes_well(actor: &mut Actor<'_>, lane: LaneId) {
    if !actor.has_acted(lane) {
        actor.acts(lane);
    }
    actor.ends_well(lane);
}
