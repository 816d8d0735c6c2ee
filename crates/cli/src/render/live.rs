//! The live view of a terminal: a line a step, a bar over the run, and a footer that says what
//! Ctrl-C does now. It folds the events itself, so that it shows what the history says.

use super::event_text;
use super::steps::{standing, telling};
use super::view::View;
use console::style;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use windlass_model::apply::apply;
use windlass_model::lane::{AttemptState, Lane, LaneState};
use windlass_model::run::{LaneId, Run};
use windlass_model::world::sentences;
use windlass_model::{Event, EventKind, RunId, Side, StepId, StepIdx, Timestamp, Work, Workflow};

/// How often the picture moves: a spinner that seems alive, and cheap on a slow terminal.
const TICK: Duration = Duration::from_millis(200);

/// Lines of steps at work at once; more would push the footer out of the window.
const ACTIVE_LINES: usize = 12;

struct Picture {
    workflow: Arc<Workflow>,
    run: Run,
    /// When its last event was decided, by its own clock.
    last_at: Timestamp,
    lines: BTreeMap<LaneId, ProgressBar>,
    messages: BTreeMap<StepId, String>,
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
        let whole = bars.add(ProgressBar::new(1).with_style(bar_style()));
        whole.enable_steady_tick(TICK);
        let footer = bars.add(ProgressBar::new_spinner().with_style(text_style("{wide_msg}")));
        Self { bars, whole, footer, picture: Mutex::new(None) }
    }

    fn picture(&self) -> MutexGuard<'_, Option<Picture>> {
        self.picture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn print(&self, text: &str) {
        // A terminal that went away has nobody to tell.
        drop(self.bars.println(text));
    }

    /// Brings lines, bar and footer up to the run.
    fn draw(&self, picture: &mut Picture) {
        let Picture { workflow, run, lines, messages, .. } = picture;
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
                let line =
                    ProgressBar::new_spinner().with_style(text_style("{spinner} {msg}  {elapsed}"));
                let line = self.bars.insert_before(&self.whole, line);
                line.enable_steady_tick(TICK);
                line
            });
            let step = &workflow.step(id.0).id;
            let undo = if id.1 == Side::Undo { "undo: " } else { "" };
            let words = standing(lane, picture.last_at).words;
            let message = messages.get(step).map(|m| format!("  {m}")).unwrap_or_default();
            line.set_message(format!("{}  {undo}{words}{message}", style(step).bold()));
        }
        let steps = workflow.len() as u64;
        let left = if run.going_back() { run.undo_unfinished } else { run.unfinished };
        self.whole.set_length(steps);
        self.whole.set_position(steps.saturating_sub(u64::from(left)));
        let word = if run.going_back() { "undone" } else { "done" };
        self.whole.set_message(word.to_owned());
        self.footer.set_message(style(footer(workflow, run)).dim().to_string());
    }
}

/// What Ctrl-C does now, and what the world is like meanwhile.
fn footer(workflow: &Workflow, run: &Run) -> String {
    let remote: Vec<&str> = run
        .active
        .iter()
        .filter(|id| {
            let accepted = |lane: &Lane| matches!(lane.in_flight(), Some(AttemptState::Accepted));
            run.lane(**id).is_some_and(accepted) && !is_script(&workflow.step(id.0).work)
        })
        .map(|id| workflow.step(id.0).id.as_str())
        .collect();
    let mut parts = match (remote.is_empty(), run.active.is_empty()) {
        (false, _) => vec![format!("Ctrl-C: {} keeps running outside", remote.join(", "))],
        (true, false) => vec!["Ctrl-C: stops after what is in flight".to_owned()],
        (true, true) => vec!["Ctrl-C: stops here".to_owned()],
    };
    parts.extend(sentences(workflow, run, true).into_iter().find(|said| said.contains("STOPPED")));
    parts.push("`resume` goes on".to_owned());
    parts.join("; ")
}

/// A script is this process's own child: a pause waits for its end.
fn is_script(work: &Work) -> bool {
    matches!(work, Work::Action { uses, .. } if uses == "shell")
}

impl View for LiveView {
    fn open(&self, workflow: &Arc<Workflow>, run: &Run) {
        let head = format!("{} {}", style(&workflow.def().name).bold(), style(run.id).dim());
        self.print(&head);
        let mut picture = Picture {
            workflow: workflow.clone(),
            run: run.clone(),
            last_at: run.updated_at,
            lines: BTreeMap::new(),
            messages: BTreeMap::new(),
        };
        self.draw(&mut picture);
        *self.picture() = Some(picture);
    }

    fn event(&self, _run: RunId, event: &Event) {
        let mut picture = self.picture();
        let Some(picture) = picture.as_mut() else { return };
        let Picture { workflow, run, .. } = picture;
        // What does not fold here was refused by the driver too; the history is what counts.
        drop(apply(workflow, run, event));
        picture.last_at = event.at;
        if let Some(step) = event_text::step_of(&event.kind) {
            picture.messages.remove(step);
        }
        if let Some(line) = told(picture, event) {
            self.print(&line);
        }
        self.draw(picture);
    }

    fn line(&self, step: &StepId, text: &str) {
        self.print(&format!("  {} {text}", style(format!("{step} |")).dim()));
    }

    fn progress(&self, step: &StepId, percent: Option<f64>, message: Option<&str>) {
        let mut picture = self.picture();
        let Some(picture) = picture.as_mut() else { return };
        let percent = percent.map(|percent| format!("{percent:.0} %"));
        let said: Vec<String> = percent.into_iter().chain(message.map(str::to_owned)).collect();
        picture.messages.insert(step.clone(), said.join(", "));
        self.draw(picture);
    }

    fn note(&self, text: &str) {
        self.print(&style(text).yellow().to_string());
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
        return Some(format!("  {}", style(event_text::sentence(event)).bold()));
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
    );
    if !ended && !always {
        return None;
    }
    let mark = standing(lane, event.at).mark;
    let mark = match mark {
        '✓' => style(mark).green(),
        '✗' => style(mark).red(),
        _ => style(mark).yellow(),
    };
    Some(format!("  {mark} {step}  {}", style(event_text::sentence(event)).dim()))
}

fn text_style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn bar_style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}, {elapsed}");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}
