//! Proofs of workflows whose steps declare their effects.

use windlass_model::event::Effect;
use windlass_model::{Value, WorkflowDef};
use windlass_prover::{Declared, Options, Outline, Verdict, invariants};
use windlass_testkit::small;

/// What the actions of small workflows declare.
pub struct Small;

impl Declared for Small {
    fn effects(&self, uses: &str, input: &Value) -> Vec<Effect> {
        small::effects(uses, input)
    }

    fn output(&self, _uses: &str) -> Option<&Value> {
        None
    }
}

pub fn outline(def: WorkflowDef) -> Outline {
    Outline::new(def, &Small).unwrap()
}

pub fn verdict(def: WorkflowDef, reduced: bool, states_max: usize) -> Verdict {
    invariants(&outline(def), Options { reduced, states_max }).unwrap()
}
