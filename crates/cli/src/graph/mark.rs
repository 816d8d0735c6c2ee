//! Where a step of a picture stands, and how each format shows it. It must not know layouts.

use console::Style;
use windlass_model::lane::{AttemptState, Finish, Lane, LaneState};
use windlass_model::run::StepRun;

/// Where a step stands, as a picture tells it apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Not begun, or no run is looked at.
    #[default]
    Plain,
    /// An attempt is in flight.
    Working,
    /// Sleeps, or waits for its next attempt.
    Sleeping,
    /// Waits for a human's answer or decision.
    Human,
    /// Its attempt is in doubt.
    Doubt,
    /// Failed.
    Failed,
    /// Did its work.
    Done,
    /// Was not to run.
    Skipped,
    /// Its compensation is at work.
    Undoing,
    /// Was put back.
    PutBack,
}

impl Mark {
    /// Every mark but the plain one, in the order of a legend.
    pub const SHOWN: [Self; 9] = [
        Self::Done,
        Self::Skipped,
        Self::Working,
        Self::Sleeping,
        Self::Human,
        Self::Doubt,
        Self::Failed,
        Self::Undoing,
        Self::PutBack,
    ];

    /// Where a step of a run stands.
    pub fn of(step: &StepRun) -> Self {
        match step.undo.as_deref() {
            Some(undo) if step.forward.armed => of_undo(undo),
            _ => of_lane(&step.forward),
        }
    }

    /// One character, for lists.
    pub fn sign(self) -> char {
        match self {
            Self::Plain => ' ',
            Self::Working => '>',
            Self::Sleeping => 'z',
            Self::Human => 'h',
            Self::Doubt => '?',
            Self::Failed => '!',
            Self::Done => 'x',
            Self::Skipped => '-',
            Self::Undoing => '<',
            Self::PutBack => 'o',
        }
    }

    /// One character, for pictures and pages: readers of those do not know the signs of lists.
    pub fn glyph(self) -> char {
        match self {
            Self::Plain => '·',
            Self::Working => '▸',
            Self::Sleeping => '…',
            Self::Human | Self::Doubt => '?',
            Self::Failed => '✗',
            Self::Done => '✓',
            Self::Skipped => '–',
            Self::Undoing => '◂',
            Self::PutBack => '↩',
        }
    }

    /// A text in its colour, where the terminal wants colours; `NO_COLOR` is honoured. The sign
    /// tells the same without.
    pub fn paint(self, text: &str) -> String {
        let style = match self {
            Self::Plain => return text.to_owned(),
            Self::Working | Self::Sleeping => Style::new().cyan(),
            Self::Human | Self::Doubt => Style::new().yellow(),
            Self::Failed => Style::new().red(),
            Self::Done => Style::new().green(),
            Self::Skipped => Style::new().dim(),
            Self::Undoing | Self::PutBack => Style::new().magenta(),
        };
        style.apply_to(text).to_string()
    }

    /// Words, for legends; a class name where the blanks are dashes.
    pub fn words(self) -> &'static str {
        match self {
            Self::Plain => "not begun",
            Self::Working => "at work",
            Self::Sleeping => "waits",
            Self::Human => "asks a human",
            Self::Doubt => "in doubt",
            Self::Failed => "failed",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Undoing => "being put back",
            Self::PutBack => "put back",
        }
    }

    /// The name of its class in Mermaid and SVG.
    pub fn class(self) -> String {
        self.words().replace(' ', "_")
    }

    /// Fill and border in SVG, Mermaid and Graphviz. The sign and the words say the same, for those
    /// who do not see colours.
    pub fn colours(self) -> (&'static str, &'static str) {
        match self {
            Self::Plain => ("#ffffff", "#5b6470"),
            Self::Working => ("#dbeafe", "#1d4ed8"),
            Self::Sleeping => ("#e5e7eb", "#4b5563"),
            Self::Human => ("#fef3c7", "#b45309"),
            Self::Doubt => ("#fde68a", "#92400e"),
            Self::Failed => ("#fee2e2", "#b91c1c"),
            Self::Done => ("#dcfce7", "#15803d"),
            Self::Skipped => ("#f3f4f6", "#9ca3af"),
            Self::Undoing => ("#ede9fe", "#6d28d9"),
            Self::PutBack => ("#f5f3ff", "#7c3aed"),
        }
    }
}

fn of_lane(lane: &Lane) -> Mark {
    match &lane.state {
        LaneState::Blocked(_) | LaneState::Ready => Mark::Plain,
        LaneState::Attempting => match lane.in_flight() {
            Some(AttemptState::InDoubt { .. }) => Mark::Doubt,
            Some(AttemptState::Asks { .. }) => Mark::Human,
            _ => Mark::Working,
        },
        LaneState::RetryAt(_) | LaneState::Sleeping(_) => Mark::Sleeping,
        LaneState::Awaiting(_) | LaneState::Answered => Mark::Human,
        LaneState::Failed { .. } => Mark::Failed,
        LaneState::Finished(Finish::Succeeded) => Mark::Done,
        LaneState::Finished(Finish::Skipped) => Mark::Skipped,
    }
}

/// A compensation: what is not begun still stands as the step left it.
fn of_undo(undo: &Lane) -> Mark {
    match of_lane(undo) {
        Mark::Plain | Mark::Skipped => Mark::Done,
        Mark::Working | Mark::Sleeping => Mark::Undoing,
        Mark::Done => Mark::PutBack,
        other => other,
    }
}
