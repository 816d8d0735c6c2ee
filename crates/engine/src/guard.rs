//! The last look before a step that could break an invariant: whether it would, in the world as it
//! is now. What the proof could not know is what somebody else changed. It changes nothing.

use crate::core::{Dispatch, EffectsOf};
use crate::given::look_at;
use crate::outfit::Outfit;
use windlass_model::breach::{breach, resources};
use windlass_model::decide::Verb;
use windlass_model::event::Effect;
use windlass_model::observation::{ActionError, Sighting};
use windlass_model::{Failure, RunId, Side, WorkflowDef};

/// The code of the failure of a step that the world has made unsafe.
const UNSAFE: &str = "unsafe";

/// Why an attempt must not act now, as the end of its call; nothing where it may.
pub(crate) async fn bars(
    outfit: &Outfit,
    run: RunId,
    def: &WorkflowDef,
    dispatch: &Dispatch,
    effects: &EffectsOf,
) -> Option<Sighting> {
    if !outfit.guards || dispatch.verb != Verb::Act || def.invariants.is_empty() {
        return None;
    }
    let sets = sets(dispatch, effects);
    let names = resources(def, &sets);
    if names.is_empty() {
        return None;
    }
    let sight = look_at(outfit, run, def, names).await;
    let why = breach(def, &sight, &sets)?;
    let message = format!(
        "{why}; nothing was done: the world is otherwise than the run left it, mend that and \
         `resume`"
    );
    Some(Sighting::Acted(Err(ActionError::Permanent(Failure::permanent(UNSAFE, message)))))
}

/// What an attempt sets.
fn sets(dispatch: &Dispatch, effects: &EffectsOf) -> Vec<Effect> {
    match (dispatch.lane.1, &dispatch.attempt) {
        (Side::Undo, Some(attempt)) if !dispatch.compensates => {
            effects(&dispatch.uses, &attempt.input)
        }
        _ => dispatch.effects.clone(),
    }
}
