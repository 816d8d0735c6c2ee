//! What a rollback would undo, in which order, and what it cannot: the rollback is begun on a copy
//! of the run, which is then thrown away.

use super::put_back::sentences;
use serde_json::{Value, json};
use windlass_model::apply::apply;
use windlass_model::drift::{DriftDecision, Drifted};
use windlass_model::event::Effect;
use windlass_model::rollback::{Undo, descendants, point_of_no_return, undo_of};
use windlass_model::run::Run;
use windlass_model::scope::RunScope;
use windlass_model::step::Compensate;
use windlass_model::{
    EffectClass, Event, EventKind, Side, StepDef, StepId, StepIdx, Work, Workflow,
};

/// What is said of a point of no return.
const STOPS: &str = "CANNOT BE UNDONE: the rollback stops here";

/// One step on the way back.
#[derive(Clone, Debug, PartialEq)]
pub struct UndoStep {
    /// Which.
    pub step: StepId,
    /// What happens to it, in words.
    pub what: String,
    /// Whether it can be undone.
    pub possible: bool,
    /// Whether the rollback comes as far as this: not past what cannot be undone.
    pub reached: bool,
    /// The fields of the world that come back.
    pub fields: Vec<String>,
    /// What that means, in sentences.
    pub back: Vec<String>,
}

/// The steps that a rollback would come past, in its order.
pub fn steps(workflow: &Workflow, run: &Run, to: Option<&StepId>) -> Vec<UndoStep> {
    let mut copy = run.clone();
    let kind =
        EventKind::RollbackStarted { by: String::new(), reason: String::new(), to: to.cloned() };
    let event = Event { seq: run.seq + 1, at: run.updated_at, kind };
    // A run that cannot turn back has nothing to show.
    if apply(workflow, &mut copy, &event).is_err() {
        copy = run.clone();
    }
    let armed = |at: &StepIdx| copy.steps[*at as usize].forward.armed;
    let stops = |at: &StepIdx| {
        let open = copy.lane((*at, Side::Undo)).is_some_and(|undo| !undo.finished());
        open && armed(at) && point_of_no_return(workflow.step(*at))
    };
    let back = workflow.order().iter().rev().copied();
    back.filter_map(|at| {
        let here = &copy.steps[at as usize];
        let open = here.undo.as_deref().is_some_and(|undo| !undo.finished());
        let step = workflow.step(at);
        if !open || !here.forward.armed || only_looks(&step.work) {
            return None;
        }
        let possible = !point_of_no_return(step);
        let reached = !descendants(workflow, at).iter().any(stops);
        let scope = RunScope { workflow, run, step: at, output: Some(&here.output) };
        let own =
            possible && matches!(undo_of(step), Some(Undo::Own(_))) && !unwanted(step, &scope);
        let what = match undo_of(step) {
            _ if !possible => match &step.compensate {
                Compensate::None { reason: Some(reason), .. } => format!("{STOPS}; {reason}"),
                _ => STOPS.to_owned(),
            },
            Some(_) if unwanted(step, &scope) => {
                "is left as it is: its `only_if` is false".to_owned()
            }
            None => "is left as it is: nothing undoes it".to_owned(),
            Some(Undo::Own(_)) => match &step.work {
                Work::Action { uses, .. } => format!("undo of {uses}"),
                _ => "undo".to_owned(),
            },
            Some(Undo::Custom(Compensate::Custom { uses, .. })) => format!("undone by {uses}"),
            Some(Undo::Custom(_)) => "undo".to_owned(),
        };
        let effects = here.forward.attempt.iter().flat_map(|attempt| &attempt.effects);
        let effects: Vec<Effect> = effects.filter(|_| own).cloned().collect();
        let fields = effects.iter().map(|effect| format!("{}.{}", effect.resource, effect.field));
        let what = match &here.drifted {
            Some(Drifted { what: other, decision: Some(DriftDecision::Accept), .. }) if own => {
                format!("{what}, but for what was accepted as it is ({other})")
            }
            _ => what,
        };
        Some(UndoStep {
            step: step.id.clone(),
            what,
            possible,
            reached,
            fields: fields.collect(),
            back: sentences(&effects, &here.output),
        })
    })
    .collect()
}

/// Whether its compensation says by itself that it is not for this run.
pub fn unwanted(step: &StepDef, scope: &RunScope<'_>) -> bool {
    let (Compensate::AutoIf { only_if } | Compensate::Custom { only_if: Some(only_if), .. }) =
        &step.compensate
    else {
        return false;
    };
    only_if.holds(scope) == Ok(false)
}

fn only_looks(work: &Work) -> bool {
    matches!(work, Work::Action { traits, .. } if traits.class == EffectClass::ReadOnly)
}

/// As text, a line each.
pub fn lines(steps: &[UndoStep]) -> Vec<String> {
    if steps.is_empty() {
        return vec!["nothing is to be undone".to_owned()];
    }
    let line = |(number, one): (usize, &UndoStep)| {
        let back = match one.back.is_empty() {
            true => String::new(),
            false => format!(": {}", one.back.join("; ")),
        };
        format!("  {:>3}. {}  {}{back}", number + 1, one.step, one.what)
    };
    let (reached, left): (Vec<&UndoStep>, Vec<&UndoStep>) =
        steps.iter().partition(|step| step.reached);
    let mut lines: Vec<String> = reached.into_iter().enumerate().map(line).collect();
    if !left.is_empty() {
        let names: Vec<&str> = left.iter().map(|step| step.step.as_str()).collect();
        lines.push(format!("  not reached, and left as they are: {}", names.join(", ")));
    }
    lines
}

/// As JSON.
pub fn json(steps: &[UndoStep]) -> Vec<Value> {
    let one = |step: &UndoStep| {
        json!({
            "step": step.step,
            "what": step.what,
            "possible": step.possible,
            "reached": step.reached,
            "fields": step.fields,
            "back": step.back,
        })
    };
    steps.iter().map(one).collect()
}
