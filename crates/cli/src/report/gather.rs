//! Gathers a report from a run's history, whose whole chain is checked first.

use super::back::back;
use super::changes::changes;
use super::facts::{Chain, FORMAT, Report, Signed};
use super::people::People;
use super::rows::{event_rows, step_rows};
use super::spans::Spans;
use crate::command_error::Outcome;
use crate::compose::clocks::SystemClock;
use crate::compose::program::Program;
use crate::graph::picture::Picture;
use crate::render::summary::Summary;
use crate::signing::kept;
use crate::signing::statement::opened;
use windlass_engine::Loaded;
use windlass_model::workflow::Invariant;
use windlass_model::{Event, EventKind, RunId};
use windlass_ports::Clock;
use windlass_ports::digest::hex;

/// Events read at once.
const PAGE: usize = 1_000;

/// The report of a run, and the picture of its steps.
pub async fn gather(program: &Program, run: RunId) -> Outcome<(Report, Picture)> {
    let loaded = program.reader.load_verified(run).await?;
    let standing = program.standing(&loaded).await?;
    let events = events(program, run, loaded.run.seq).await?;
    let Loaded { head, workflow, run: state, .. } = &loaded;
    let summary = Summary::of(workflow, state, &standing, |words| program.command(words));
    let (mut people, mut spans) = (People::default(), Spans::default());
    for event in &events {
        people.take(event);
        spans.take(event);
    }
    spans.end();
    let (said, open_questions) = people.all();
    let (rows, progress_events) = event_rows(workflow, &events);
    let def = workflow.def();
    let started_by = events.iter().find_map(|event| match &event.kind {
        EventKind::RunStarted { by } => Some(by.clone()),
        _ => None,
    });
    // Before its first event a run has no time of one.
    let (started_at, last_event_at) = match state.seq {
        0 => (head.started_at, head.started_at),
        _ => (state.started_at, state.updated_at),
    };
    let report = Report {
        windlass_report: FORMAT,
        run,
        workflow: def.name.clone(),
        description: def.description.clone(),
        environment: def.environment.name.clone(),
        simulated: def.environment.simulator,
        time_scale: def.environment.time_scale,
        lock: def.lock.clone(),
        phase: state.phase(),
        why: summary.why.clone(),
        started_by: started_by.or_else(|| def.started_by.clone()),
        started_at,
        last_event_at,
        took_ms: last_event_at.since(started_at),
        inputs: def.inputs.clone(),
        invariants: def.invariants.iter().map(invariant).collect(),
        world: summary.means().into_iter().cloned().collect(),
        next: summary.next.clone(),
        people: said,
        open_questions,
        steps: step_rows(workflow, state, &events, &spans),
        still: spans.still.clone(),
        changes: changes(workflow, state, &events, &*program.cipher),
        rollback: back(workflow, state, &events, &spans),
        events: rows,
        progress_events,
        chain: chain(program, &loaded),
    };
    Ok((report, Picture::new(workflow, Some(state))))
}

fn invariant(one: &Invariant) -> String {
    let word = if one.never { "never" } else { "always" };
    format!("{}: {word} {}", one.id, one.expr.source)
}

fn chain(program: &Program, loaded: &Loaded) -> Chain {
    let kept = kept::newest(&program.places.store, loaded.head.run).ok().flatten();
    let signed = kept.as_ref().and_then(opened).map(|(statement, _)| Signed {
        events: statement.events,
        at: statement.signed_at,
        key_sha256: statement.key_sha256,
    });
    Chain {
        events: loaded.run.seq,
        head: hex(&loaded.hash),
        workflow_sha256: loaded.head.workflow_digest.clone(),
        signed,
        reported_at: SystemClock.now(),
        windlass: env!("CARGO_PKG_VERSION"),
    }
}

/// The events up to one, those that came meanwhile left out.
async fn events(program: &Program, run: RunId, upto: u64) -> Outcome<Vec<Event>> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.seq);
        let page = program.reader.events(run, after, PAGE).await?;
        let more = page.len() == PAGE;
        events.extend(page.into_iter().filter(|event| event.seq <= upto));
        if !more || events.last().is_some_and(|event| event.seq >= upto) {
            return Ok(events);
        }
    }
}
