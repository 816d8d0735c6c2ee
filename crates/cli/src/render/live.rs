//! The live view of a terminal: a line a step, a bar over the run, and a footer that says what
//! Ctrl-C does now. It folds the events itself, so that it shows what the history says.

use super::duration::span;
use super::event_text;
use super::in_flight::outside;
use super::quiet_keys::QuietKeys;
use super::steps::{marked, telling};
use super::view::View;
use super::world::sentences;
use crate::compose::clocks::RunTime;
use crate::talk;
use crate::visible::{printed, visible};
use console::style;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use windlass_model::apply::advance;
use windlass_model::lane::LaneState;
use windlass_model::run::{LaneId, Run};
use windlass_model::{Event, EventKind, RunId, Side, StepId, StepIdx, Timestamp, Workflow};

/// How often the picture moves: a spinner that seems alive, and cheap on a slow terminal.
const TICK: Duration = Duration::from_millis(200);

/// Lines of steps at work at once; more would push the footer out of the window.
const ACTIVE_LINES: usize = 12;

struct Picture {
    workflow: Arc<Workflow>,
    run: Run,
    /// The run's own time: what is shown as passed is what `show` says, not what this wall saw.
    time: RunTime,
    /// Nodes that nobody wrote: they do nothing and are not counted.
    joins: Vec<StepIdx>,
    lines: BTreeMap<LaneId, ProgressBar>,
    messages: BTreeMap<StepId, String>,
    /// Until the picture is closed.
    _keys: QuietKeys,
}

impl Picture {
    /// How many steps there are, and how many are still to do on the way that the run goes.
    fn counts(&self) -> (u64, u64) {
        let Self { run, joins, .. } = self;
        let back = run.going_back();
        let open = |at: &&StepIdx| {
            let step = &run.steps[**at as usize];
            match back {
                true => step.undo.as_deref().is_some_and(|undo| !undo.finished()),
                false => !step.forward.finished(),
            }
        };
        let left = if back { run.undo_unfinished } else { run.unfinished };
        let joins_left = joins.iter().filter(open).count();
        let all = self.workflow.len() - joins.len();
        (all as u64, u64::from(left).saturating_sub(joins_left as u64))
    }
}

/// The live view.
pub struct LiveView {
    bars: MultiProgress,
    whole: ProgressBar,
    footer: ProgressBar,
    picture: Mutex<Option<Picture>>,
}

impl LiveView {
    /// A view that shows nothing yet.
    pub fn new() -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let whole = bars.add(ProgressBar::new(1).with_style(style_of(WHOLE)));
        whole.enable_steady_tick(TICK);
        let footer = bars.add(ProgressBar::new_spinner().with_style(style_of("{wide_msg}")));
        Self { bars, whole, footer, picture: Mutex::new(None) }
    }

    fn picture(&self) -> MutexGuard<'_, Option<Picture>> {
        self.picture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn print(&self, text: &str) {
        // A terminal that went away has nobody to tell.
        drop(self.bars.println(talk::fitted(text)));
    }

    /// Brings lines, bar and footer up to the run.
    fn draw(&self, picture: &mut Picture) {
        let Picture { workflow, run, time, lines, messages, .. } = &mut *picture;
        let busy: Vec<LaneId> = run
            .active
            .iter()
            .chain(&run.awaiting)
            .chain(run.timers.iter().map(|(_, id)| id))
            .copied()
            .take(ACTIVE_LINES)
            .collect();
        lines.retain(|id, line| {
            let stays = busy.contains(id);
            if !stays {
                line.finish_and_clear();
                self.bars.remove(line);
            }
            stays
        });
        for id in busy {
            let Some(lane) = run.lane(id) else { continue };
            let line = lines.entry(id).or_insert_with(|| {
                let flying = lane.attempt.as_ref().filter(|_| lane.in_flight().is_some());
                let since = flying.map_or_else(|| time.now(), |attempt| attempt.started_at);
                let style = passing(style_of(STEP), *time, since);
                let line = self.bars.insert_before(&self.whole, ProgressBar::new_spinner());
                line.set_style(style);
                line.enable_steady_tick(TICK);
                line
            });
            let step = &workflow.step(id.0).id;
            let undo = if id.1 == Side::Undo { "undo: " } else { "" };
            let words = marked(workflow, id.0, lane, run.updated_at).words;
            let words = visible(&words);
            let message = messages.get(step).map(|m| format!(", {m}")).unwrap_or_default();
            line.set_message(format!("{}  {undo}{words}{message}", style(step).bold()));
        }
        let word = if run.going_back() { "undone" } else { "done" };
        let footer = footer(workflow, run);
        let (all, left) = picture.counts();
        self.whole.set_length(all);
        self.whole.set_position(all.saturating_sub(left));
        self.whole.set_message(word.to_owned());
        self.footer.set_message(style(visible(&footer)).dim().to_string());
    }
}

/// What Ctrl-C does now, and what the world is like meanwhile.
fn footer(workflow: &Workflow, run: &Run) -> String {
    let remote = outside(workflow, run);
    let mut parts = match (remote.is_empty(), run.active.is_empty()) {
        (false, _) => {
            let keep = if remote.len() == 1 { "keeps" } else { "keep" };
            vec![format!("Ctrl-C: {} {keep} running outside", remote.join(", "))]
        }
        (true, false) => vec!["Ctrl-C: stops after what is in flight".to_owned()],
        (true, true) => vec!["Ctrl-C: stops here".to_owned()],
    };
    parts.extend(
        sentences(workflow, run, true, None).into_iter().find(|said| said.contains("STOPPED")),
    );
    parts.push("`resume` goes on".to_owned());
    parts.join("; ")
}

impl View for LiveView {
    fn open(&self, workflow: &Arc<Workflow>, run: &Run, began: Timestamp) {
        let name = visible(&workflow.def().name);
        self.print(&format!("{} {}", style(name).bold(), style(run.id).dim()));
        let time = RunTime::of(run.id, &workflow.def().environment, began);
        let since = if run.seq == 0 { began } else { run.started_at };
        self.whole.set_style(passing(style_of(WHOLE), time, since));
        let mut picture = Picture {
            workflow: workflow.clone(),
            run: run.clone(),
            time,
            joins: (0..workflow.len() as StepIdx).filter(|at| workflow.is_join(*at)).collect(),
            lines: BTreeMap::new(),
            messages: BTreeMap::new(),
            _keys: QuietKeys::ask(),
        };
        self.draw(&mut picture);
        *self.picture() = Some(picture);
    }

    fn event(&self, _run: RunId, event: &Event) {
        let mut picture = self.picture();
        let Some(picture) = picture.as_mut() else { return };
        let Picture { workflow, run, .. } = picture;
        // What does not fold here was refused by the driver too; the history is what counts.
        drop(advance(workflow, run, event));
        let goes_on = matches!(event.kind, EventKind::AttemptProgressed { .. });
        if let Some(step) = event_text::step_of(&event.kind).filter(|_| !goes_on) {
            picture.messages.remove(step);
        }
        if let Some(line) = told(picture, event) {
            self.print(&line);
        }
        self.draw(picture);
    }

    fn line(&self, step: &StepId, text: &str) {
        self.print(&format!("  {} {}", style(format!("{step} |")).dim(), printed(text)));
    }

    fn progress(&self, step: &StepId, percent: Option<f64>, message: Option<&str>) {
        let mut picture = self.picture();
        let Some(picture) = picture.as_mut() else { return };
        // The history gets whole percents later; here the newest counts, and it is shown once.
        if let Some(at) = picture.workflow.find(step) {
            let state = &mut picture.run.steps[at as usize];
            let lane = match state.undo.as_deref_mut() {
                Some(undo) if undo.in_flight().is_some() => undo,
                _ => &mut state.forward,
            };
            if let (Some(attempt), Some(_)) = (lane.attempt.as_mut(), percent) {
                attempt.percent = percent.map(f64::floor);
            }
        }
        match message {
            Some(message) => {
                picture.messages.insert(step.clone(), visible(message).into_owned());
            }
            None => drop(picture.messages.remove(step)),
        }
        self.draw(picture);
    }

    fn note(&self, text: &str) {
        self.print(&style(visible(text)).yellow().to_string());
    }

    fn hide(&self, hidden: bool) {
        let target = match hidden {
            true => {
                drop(self.bars.clear());
                ProgressDrawTarget::hidden()
            }
            false => ProgressDrawTarget::stderr(),
        };
        self.bars.set_draw_target(target);
    }

    fn close(&self) {
        if let Some(picture) = self.picture().take() {
            picture.lines.values().for_each(ProgressBar::finish_and_clear);
        }
        self.whole.finish_and_clear();
        self.footer.finish_and_clear();
        drop(self.bars.clear());
    }
}

/// The line that stays above the picture: a step's end, or what the run as a whole does.
fn told(picture: &Picture, event: &Event) -> Option<String> {
    let Some(step) = event_text::step_of(&event.kind) else {
        return Some(format!("  {}", style(said(picture, event)).bold()));
    };
    let at: StepIdx = picture.workflow.find(step)?;
    let (_, lane) = telling(&picture.run, at)?;
    let ended = matches!(lane.state, LaneState::Finished(_) | LaneState::Failed { .. });
    let always = matches!(
        event.kind,
        EventKind::AttemptFailed { .. }
            | EventKind::AttemptInDoubt { .. }
            | EventKind::DoubtUnsettled { .. }
            | EventKind::SignalReceived { .. }
            | EventKind::OperatorDecision { .. }
            | EventKind::DriftFound { .. }
            | EventKind::DriftDecided { .. }
    );
    if !ended && !always {
        return None;
    }
    let drifts = matches!(event.kind, EventKind::DriftFound { .. });
    let mark = if drifts { '!' } else { marked(&picture.workflow, at, lane, event.at).mark };
    let mark = match mark {
        '✓' => style(mark).green(),
        '✗' => style(mark).red(),
        _ => style(mark).yellow(),
    };
    Some(format!("  {mark} {step}  {}", style(said(picture, event)).dim()))
}

fn said(picture: &Picture, event: &Event) -> String {
    visible(&event_text::sentence(event, &picture.workflow)).into_owned()
}

/// A step at work; `passed` is the run's own time.
const STEP: &str = "{spinner} {msg}  {passed}";

/// The bar over the run.
const WHOLE: &str = "{bar:30} {pos}/{len} {msg}, {passed}";

fn style_of(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// The style with the time that has passed since a moment of the run's clock.
fn passing(style: ProgressStyle, time: RunTime, since: Timestamp) -> ProgressStyle {
    style.with_key("passed", move |_: &ProgressState, out: &mut dyn fmt::Write| {
        // Writing into the picture's own text cannot fail.
        let _ = out.write_str(&span(time.now().since(since)));
    })
}
