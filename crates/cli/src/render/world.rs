//! What a run means in the world, in the words of its resources' types.

use windlass_executors::words;
use windlass_model::run::Run;
use windlass_model::{Workflow, world};

/// The world as sentences, most urgent first.
pub fn sentences(workflow: &Workflow, run: &Run, driven: bool) -> Vec<String> {
    world::sentences(workflow, run, driven, &words)
}
