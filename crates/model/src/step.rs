//! One step of a resolved workflow: what it does and the policies around it.

use crate::catalog::ActionTraits;
use crate::expr::{Expr, Template};
use crate::id::{ActionKind, StepId};
use crate::notice::Notice;
use crate::time::Millis;
use crate::window::Window;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Calls an action of the catalog.
    Action {
        /// Its kind.
        uses: ActionKind,
        /// Its input.
        with: Template,
        /// What the catalog said of it when the run was created.
        traits: ActionTraits,
    },
    /// Waits for a human's yes or no.
    Approve {
        /// The question.
        prompt: Template,
        /// The resource's name to type where a bare yes is not enough.
        typed: Option<Template>,
    },
    /// Waits for a human's value.
    Input {
        /// The question.
        prompt: Template,
        /// `string`, `int` or `bool`.
        ty: String,
    },
    /// Waits for a span of time, in milliseconds.
    WaitFor {
        /// A whole number of milliseconds, or a text such as `5m`.
        span: Template,
    },
    /// Waits until a point in time.
    WaitUntil {
        /// RFC 3339, or `HH:MM` in the zone: the next time the clock shows it.
        until: Template,
        /// An IANA zone; the environment's where absent.
        zone: Option<String>,
    },
    /// Waits until a window of time is open.
    WaitWindow {
        /// The window.
        window: Window,
    },
    /// Waits for a signal that somebody sends to the run, now or before.
    WaitSignal {
        /// Its name.
        name: String,
    },
    /// Stands behind the rounds of a `repeat`, which it needs in their order: gives the outputs of
    /// the last one that was carried out, and fails where that was not enough.
    Rounds {
        /// What must hold of those outputs.
        until: Expr,
    },
    /// Fails the step unless the expression holds.
    Assert {
        /// What must hold.
        that: Expr,
        /// What is said where it does not.
        message: Option<Template>,
    },
    /// Computes outputs.
    Set {
        /// A map of values.
        values: Template,
    },
    /// Stands for a whole `for_each`, or for a workflow that was called and has no outputs: done
    /// when all it needs are done. Writes no event.
    Join,
}

/// When a step that is next may begin. Its compensation waits for none of this: a way back is
/// needed when it is needed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Every attempt begins while this is open; past it, the next opening is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// RFC 3339, or `HH:MM` in the environment's zone: the next time the clock shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Template>,
    /// How long after it became ready, in milliseconds: the pause between rounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_ms: Option<Millis>,
}

impl Gate {
    /// Whether it holds up nothing, ever.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }
}

/// When a failed attempt is tried again. Only attempts that are known not to have acted are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retry {
    /// Attempts in all, the first included.
    pub max_attempts: u32,
    /// Delay before the second attempt, in milliseconds.
    pub initial_ms: Millis,
    /// The longest delay, in milliseconds.
    pub max_delay_ms: Millis,
    /// What each delay is multiplied by.
    pub factor: u32,
}

impl Default for Retry {
    /// Three attempts from 10 s to 2 min: enough for a throttled service, short enough for a human
    /// who waits.
    fn default() -> Self {
        Self { max_attempts: 3, initial_ms: 10_000, max_delay_ms: 120_000, factor: 2 }
    }
}

/// What undoes a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compensate {
    /// The action's own compensation, where it has one.
    #[default]
    Auto,
    /// The same, guarded.
    AutoIf {
        /// Undo only where this holds.
        only_if: Expr,
    },
    /// Nothing.
    None {
        /// Why that is right.
        reason: Option<String>,
        /// Which workflow leads back all the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        way_back: Option<WayOut>,
        /// Which workflow leads on where the step's own run does not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        way_on: Option<WayOut>,
    },
    /// Another action.
    Custom {
        /// Its kind.
        uses: ActionKind,
        /// Its input.
        with: Template,
        /// What the catalog said of it when the run was created.
        traits: ActionTraits,
        /// Undo only where this holds.
        only_if: Option<Expr>,
    },
}

/// A workflow that leads out, back or on, from a step which no rollback undoes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WayOut {
    /// Its file, from the root of the file system.
    pub workflow: String,
    /// Its inputs by name; they see what a compensation sees.
    pub inputs: Vec<(String, Template)>,
}

/// What the end of a timeout means for a step that waits for a human.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnTimeout {
    /// Go on waiting.
    Wait,
    /// Fail the step.
    #[default]
    Fail,
    /// Skip the step.
    Skip,
}

/// How doubt about an attempt is settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnInDoubt {
    /// The action looks; what it cannot tell, a human does.
    #[default]
    Probe,
    /// A human is asked at once.
    Ask,
    /// It is done again: the author says that twice is as good as once.
    Rerun,
}

/// An effect that a step declares by itself, for actions that cannot know (a shell script).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeclaredEffect {
    /// The resource's name.
    pub resource: Template,
    /// The field's name.
    pub field: String,
    /// Its value afterwards; absent is unknown.
    pub value: Option<Template>,
}

/// One step, `for_each` already expanded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepDef {
    /// Its name.
    pub id: StepId,
    /// A sentence for humans.
    #[serde(default)]
    pub name: Option<String>,
    /// Line of the file where it stands, from 1; 0 where no file has it.
    #[serde(default)]
    pub line: u32,
    /// The file, where it is not the one that was started: that of a workflow which a step calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What it does.
    pub work: Work,
    /// Steps that must be finished before it starts.
    pub needs: Vec<StepId>,
    /// Starts only where this holds; otherwise it is skipped.
    #[serde(default)]
    pub condition: Option<Expr>,
    /// When it may begin.
    #[serde(default, skip_serializing_if = "Gate::is_open")]
    pub gate: Gate,
    /// The element of `for_each` that `item` names.
    #[serde(default)]
    pub item: Option<Value>,
    /// Longest time of one attempt or wait, in milliseconds.
    #[serde(default)]
    pub timeout_ms: Option<Millis>,
    /// What its end means for a step that waits.
    #[serde(default)]
    pub on_timeout: OnTimeout,
    /// When a failed attempt is tried again.
    #[serde(default)]
    pub retry: Retry,
    /// What undoes it.
    #[serde(default)]
    pub compensate: Compensate,
    /// Whether it is a point of no return.
    #[serde(default)]
    pub irreversible: bool,
    /// Proof that must hold before it starts.
    #[serde(default)]
    pub requires: Option<Expr>,
    /// What must hold of its outputs, else the step failed.
    #[serde(default)]
    pub verify: Option<Expr>,
    /// Effects beside those that the action declares.
    #[serde(default)]
    pub effects: Vec<DeclaredEffect>,
    /// How doubt is settled.
    #[serde(default)]
    pub on_in_doubt: OnInDoubt,
    /// Who may decide about it.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Who is told of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<Notice>,
    /// Whether somebody else than who started the run must answer it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_by_starter: bool,
}

impl StepDef {
    /// A step with default policies, which needs nothing.
    pub fn new(id: impl AsRef<str>, work: Work) -> Self {
        Self {
            id: StepId::new(id),
            name: None,
            line: 0,
            file: None,
            work,
            needs: Vec::new(),
            condition: None,
            gate: Gate::default(),
            item: None,
            timeout_ms: None,
            on_timeout: OnTimeout::default(),
            retry: Retry::default(),
            compensate: Compensate::default(),
            irreversible: false,
            requires: None,
            verify: None,
            effects: Vec::new(),
            on_in_doubt: OnInDoubt::default(),
            roles: Vec::new(),
            notify: Vec::new(),
            not_by_starter: false,
        }
    }
}
