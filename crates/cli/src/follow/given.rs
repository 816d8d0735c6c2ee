//! A world that is not as a workflow takes it to be: what a human is told of it.

use crate::command_error::CommandError;
use windlass_model::Workflow;

/// Why nothing is begun; a line for each thing that is otherwise.
pub fn not_as_given(workflow: &Workflow, otherwise: &[String]) -> CommandError {
    let name = &workflow.def().name;
    let otherwise = otherwise.join("\n  ");
    CommandError::failed(format!(
        "nothing was begun: the world is not as `{name}` takes it to be\n  {otherwise}"
    ))
    .hint("put that right first; or change `given` in the file, and start anew")
}
