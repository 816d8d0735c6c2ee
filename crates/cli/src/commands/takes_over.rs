//! `--takes-over`: the run that a new one may replace, and how it does.

use crate::command_error::{CommandError, Outcome};
use crate::compose::program::Program;
use crate::compose::standing::successor;
use crate::follow::roles::{self, Wish};
use std::sync::Arc;
use windlass_engine::lease::LeaseError;
use windlass_engine::{Driving, EngineError, Silent};
use windlass_model::observation::Signal;
use windlass_model::{Millis, RunId, Workflow};
use windlass_ports::StoreError;

/// How often one looks whether the engine of a run that is to end is alive at all.
const LOOK_MS: Millis = 1_000;

/// Events of that run that are read at once.
const NEWS_MAX: usize = 200;

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
        // Whoever has the run's place must have what it locks, for that is what it left undone.
        if let Some(its) = head.lock.as_deref().filter(|its| Some(*its) != lock) {
            let run = head.run;
            let ours = lock.map_or("takes none".to_owned(), |lock| format!("takes {lock}"));
            let message =
                format!("failed to take over {run}: its lock is {its} and this workflow {ours}");
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

/// Lets a new run take an old one's place. Where somebody else was faster the new one ends: it must
/// not wait for its turn, and then act upon what the other one has left.
pub async fn take_over(
    program: &Program,
    workflow: &Workflow,
    old: RunId,
    new: RunId,
    by: &str,
) -> Outcome<()> {
    let taken = taken_by(program, workflow, old, new, by).await;
    let refused = match taken {
        Ok(Some(successor)) if successor == new => return Ok(()),
        Ok(successor) => lost(program, old, successor),
        Err(error) => error,
    };
    Err(match end(program, new, by).await {
        Ok(()) => refused,
        Err(why) => {
            let ends = program.command(&format!("cancel {new} --keep"));
            refused
                .hint(format!("{new} waits in its place and could not be ended ({why}): `{ends}`"))
        }
    })
}

/// Ends a run that never began.
async fn end(program: &Program, run: RunId, by: &str) -> Result<(), EngineError> {
    program.engine.signal(run, &Signal::Cancel { by: by.to_owned(), keep: true }).await?;
    program.engine.drive(run, driving(by), Arc::new(Silent)).await.map(drop)
}

fn driving(by: &str) -> Driving {
    Driving { by: by.to_owned(), ..Driving::default() }
}

fn lost(program: &Program, old: RunId, successor: Option<RunId>) -> CommandError {
    let what = match successor {
        Some(other) => format!("{other} took its place at the same time"),
        None => "it ended at the same time".to_owned(),
    };
    let show = program.command(&format!("show {}", successor.unwrap_or(old)));
    CommandError::usage(format!("failed to take over {old}: {what}"))
        .hint(format!("nothing was begun; `{show}` says how it stands"))
}

/// Hands the old run's lock to the new one, past the queue, and ends the old run; returns who took
/// its place, where anybody did.
async fn taken_by(
    program: &Program,
    workflow: &Workflow,
    old: RunId,
    new: RunId,
    by: &str,
) -> Outcome<Option<RunId>> {
    if let Some(lock) = &workflow.def().lock
        && program.head(old).await?.lock.as_ref() == Some(lock)
        && program.store.lock(lock.clone()).await?.holder == Some(old)
    {
        match program.store.hand_lock(lock.clone(), old, new).await {
            // Somebody was faster; whose place it is now is seen below.
            Ok(_) | Err(StoreError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut known = program.head(old).await?.seq;
    program.engine.signal(old, &Signal::Supersede { by: new }).await?;
    // Whoever drives the old run may be about to begin its next step: the new one begins nothing
    // before the end of the old one is durable.
    loop {
        // Its phase alone does not tell: it may be asked to roll back right after its end.
        let news = program.reader.events(old, known, NEWS_MAX).await?;
        known = news.last().map_or(known, |event| event.seq);
        if let Some(by) = successor(&news) {
            return Ok(Some(by));
        }
        if program.head(old).await?.phase.ended() {
            return program.successor(old).await;
        }
        if program.driver(old).await?.is_none() {
            match program.engine.drive(old, driving(by), Arc::new(Silent)).await {
                // Somebody else began to in between, and will hear it.
                Ok(_) | Err(EngineError::Lease(LeaseError::Held { .. })) => {}
                Err(error) => return Err(error.into()),
            }
        }
        program.store.wait_events(old, known, LOOK_MS).await?;
    }
}
