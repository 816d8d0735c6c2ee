//! `--takes-over`: the run that a new one may replace.

use crate::command_error::{CommandError, Outcome};
use crate::compose::program::Program;
use crate::follow::roles::{self, Wish};
use windlass_model::RunId;

/// The run to be replaced. One that has ended holds nothing that could be handed on; that is said
/// before a new run exists.
pub async fn replaceable(
    program: &Program,
    named: &str,
    by: &str,
    lock: Option<&str>,
) -> Outcome<RunId> {
    let head = program.find(named).await.map_err(|error| {
        error.hint(
            "a run of another machine is ended there, which frees a shared lock; where that \
             machine is gone, `windlass lock break` takes the lock away",
        )
    })?;
    if !head.phase.ended() {
        let workflow = program.reader.workflow(&head).await?;
        roles::check(workflow.def(), by, Wish::TakeOver)?;
        // One without a lock takes nobody's.
        if let (Some(its), Some(ours)) =
            (&head.lock, lock.filter(|lock| Some(*lock) != head.lock.as_deref()))
        {
            let run = head.run;
            let message = format!(
                "failed to take over {run}: its lock is {its} and this workflow's is {ours}"
            );
            return Err(CommandError::usage(message).hint(
                "a run passes its place on to one of the same lock; leave out `--takes-over`",
            ));
        }
        return Ok(head.run);
    }
    let (run, phase) = (head.run, head.phase.as_str().replace('_', " "));
    Err(CommandError::usage(format!("failed to take over {run}: it is {phase} already"))
        .hint("nothing was started; leave out `--takes-over`: a run that has ended blocks nobody"))
}
