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
            let mut left = told::left((old, one), &world(workflow, run, driven), &words);
            if !left.is_empty() {
                let name = &old.def().name;
                left.push(format!(
                    "so left by {} ({name}), which had not ended when this run took its place",
                    one.id
                ));
            }
            left
        }
        None => Vec::new(),
    };
    said.extend(told::sentences(workflow, run, driven, &words));
    said
}
