//! What a run means in the world, in the words of its resources' types.

use crate::compose::standing::Before;
use windlass_executors::words;
use windlass_model::run::Run;
use windlass_model::world::world;
use windlass_model::{Phase, Workflow, told};

/// The world as sentences, most urgent first; what a run left whose place this one took before
/// that, until this one has succeeded.
pub fn sentences(
    workflow: &Workflow,
    run: &Run,
    driven: bool,
    before: Option<&Before>,
) -> Vec<String> {
    let mut said = match before.filter(|_| run.phase() != Phase::Succeeded) {
        Some(Before { workflow: old, run: one }) => {
            told::left((old, one), &world(workflow, run, driven), &words)
        }
        None => Vec::new(),
    };
    said.extend(told::sentences(workflow, run, driven, &words));
    said
}
