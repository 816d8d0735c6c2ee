//! What stands on the screen: the run, how far it is and when it may end, its graph with what is at
//! work, what is so in the world, what happened last. Words only; it must not know a terminal.

use super::bar::bar;
use super::rows::rows;
use crate::graph::mark::Mark;
use crate::render::ahead::{Ahead, Times};
use crate::render::duration::{clock_time, span};
use crate::visible::visible;
use windlass_model::run::{LaneId, Run};
use windlass_model::{Phase, Side, StepIdx, Timestamp, Workflow};

/// Cells of the bar over the whole run.
const WHOLE: usize = 20;

/// Rows of what is so in the world, and of what happened last, where there is room.
const WORLD_MAX: usize = 4;
const EVENTS_MAX: usize = 6;

/// Rows that are no steps: head, expected end, driver, two blanks, foot.
const FRAME: usize = 6;

/// Fewest rows of steps, whatever else there is to tell.
const STEPS_MIN: usize = 4;

/// A run as it is looked at.
pub struct Look<'a> {
    /// Its workflow.
    pub workflow: &'a Workflow,
    /// Where it stands.
    pub run: &'a Run,
    /// The run's own time.
    pub now: Timestamp,
    /// How long steps took in earlier runs.
    pub times: &'a Times,
    /// Who drives it, or why nobody moves it.
    pub driven: String,
    /// What is so in the world, most urgent first.
    pub world: Vec<String>,
    /// What happened last, the newest at the end.
    pub events: Vec<String>,
}

/// A row of the screen with its colour.
pub type Line = (String, Mark);

/// The rows, none wider and not more of them than the screen has.
pub fn sheet(look: &Look<'_>, width: usize, height: usize) -> Vec<Line> {
    let Look { workflow, run, now, times, .. } = *look;
    let def = workflow.def();
    let phase = run.phase();
    let stands = phase.as_str().replace('_', " ");
    let plain = |text: String| (text, Mark::Plain);
    let mut lines = vec![
        (format!("{} in {}: {stands}  {}", def.name, def.environment.name, run.id), tone(phase)),
        plain(how_far(look)),
        plain(look.driven.clone()),
        plain(String::new()),
    ];
    let spare = height.saturating_sub(FRAME + STEPS_MIN);
    let world: Vec<&String> = look.world.iter().take(WORLD_MAX.min(spare / 2)).collect();
    let events = EVENTS_MAX.min(spare - world.len()).min(look.events.len());
    let left = height.saturating_sub(FRAME + world.len() + events).max(1);
    let rows = rows(workflow, run, now, times, left);
    lines.extend(rows.into_iter().map(|row| (row.text, row.mark)));
    lines.push(plain(String::new()));
    lines.extend(world.into_iter().map(|said| match said.contains("STOPPED") {
        true => (format!("! {said}"), Mark::Human),
        false => plain(format!("- {said}")),
    }));
    let last = look.events.iter().skip(look.events.len() - events);
    lines.extend(last.map(|said| (said.clone(), Mark::Skipped)));
    lines.push(plain("Ctrl-C stops watching only: the run goes on".to_owned()));
    lines.truncate(height);
    let cut = |(text, mark): Line| {
        let text = visible(&text).into_owned();
        (console::truncate_str(&text, width, "…").into_owned(), mark)
    };
    lines.into_iter().map(cut).collect()
}

fn tone(phase: Phase) -> Mark {
    match phase {
        Phase::Failed | Phase::Stuck => Mark::Failed,
        Phase::Waiting | Phase::Paused => Mark::Human,
        Phase::Succeeded => Mark::Done,
        Phase::RollingBack | Phase::RolledBack => Mark::Undoing,
        _ => Mark::Working,
    }
}

/// How many steps are through, since when, and until when it may take.
fn how_far(look: &Look<'_>) -> String {
    let Look { workflow, run, now, times, .. } = *look;
    let back = run.going_back();
    let side = if back { Side::Undo } else { Side::Forward };
    let lane = |at: StepIdx| run.lane((at, side));
    let counts =
        |at: &StepIdx| !workflow.is_join(*at) && (!back || run.steps[*at as usize].forward.armed);
    let all: Vec<StepIdx> = (0..workflow.len() as StepIdx).filter(counts).collect();
    let open: Vec<StepIdx> =
        all.iter().copied().filter(|at| lane(*at).is_some_and(|lane| !lane.finished())).collect();
    let done = all.len() - open.len();
    let word = if back { "undone" } else { "done" };
    let share = done as f64 / all.len().max(1) as f64;
    let passed = span(now.since(run.started_at));
    let said = format!("{} {done}/{} {word}, {passed}", bar(share, WHOLE), all.len());
    if run.phase().ended() {
        return said;
    }
    let sure = |at: StepIdx| back || workflow.step(at).condition.is_none();
    let lanes: Vec<(LaneId, bool)> = open.iter().map(|at| ((*at, side), sure(*at))).collect();
    let at_work = |id: LaneId| {
        let lane = run.lane(id).filter(|lane| lane.in_flight().is_some());
        let attempt = lane.and_then(|lane| lane.attempt.as_deref());
        attempt.map_or(0, |attempt| now.since(attempt.started_at))
    };
    let ahead = Ahead::of(workflow, &lanes, times, &at_work);
    format!("{said}, {}", ends(&ahead, now))
}

/// When it may end, by earlier runs.
fn ends(ahead: &Ahead, now: Timestamp) -> String {
    if ahead.of > 0 && ahead.known == 0 {
        return "when it ends no earlier run tells".to_owned();
    }
    let [least, most] = [ahead.least_ms, ahead.most_ms].map(|ms| clock_time(now.after(ms)));
    let when = if least == most { most } else { format!("{least} to {most}") };
    let which = match ahead.known == ahead.of {
        true => String::new(),
        false => format!(" by {} of {} steps", ahead.known, ahead.of),
    };
    let waits = if ahead.waits > 0 { " + waiting" } else { "" };
    format!("expected end {when}{which}{waits}")
}
