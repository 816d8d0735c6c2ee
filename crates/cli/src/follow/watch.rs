//! Watching a run that another process drives, through the store. It must not change anything.

use crate::command_error::Outcome;
use crate::compose::program::Program;
use std::collections::BTreeSet;
use windlass_engine::Feed;
use windlass_model::{Millis, Phase, RunId, Seq, StepId, Workflow};

/// How long one waits for an event before one looks whether the driver still lives.
const WAIT_MS: Millis = 1_000;

/// Events read at once.
const PAGE: usize = 500;

/// Why there is nothing more to watch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Watched {
    /// The run has ended or halted.
    Rest(Phase),
    /// It waits for an answer that nobody here gives.
    Waiting,
    /// Nothing happens: perhaps nobody drives it any more.
    Quiet,
}

/// Whether a run stands still until somebody does something.
pub fn rests(phase: Phase) -> bool {
    phase.ended() || matches!(phase, Phase::Paused | Phase::Failed | Phase::Stuck)
}

/// Shows events after `after` until there is nothing more to watch; `after` keeps up.
pub async fn watch(
    program: &Program,
    run: RunId,
    after: &mut Seq,
    left_open: &BTreeSet<StepId>,
    feed: &dyn Feed,
) -> Outcome<Watched> {
    loop {
        program.store.wait_events(run, *after, WAIT_MS).await?;
        let events = program.reader.events(run, *after, PAGE).await?;
        for event in &events {
            *after = event.seq;
            feed.event(run, event);
        }
        let head = program.head(run).await?;
        if head.seq > *after {
            continue;
        }
        if rests(head.phase) && program.store.pending_signals(run).await?.is_empty() {
            return Ok(Watched::Rest(head.phase));
        }
        if head.phase == Phase::Waiting && !left_open.is_empty() {
            let loaded = program.reader.load(run).await?;
            if asks_one_of(&loaded.workflow, &loaded.run, left_open) {
                return Ok(Watched::Waiting);
            }
        }
        if events.is_empty() {
            return Ok(Watched::Quiet);
        }
    }
}

fn asks_one_of(
    workflow: &Workflow,
    run: &windlass_model::run::Run,
    left_open: &BTreeSet<StepId>,
) -> bool {
    run.awaiting.iter().any(|(at, _)| left_open.contains(&workflow.step(*at).id))
}
