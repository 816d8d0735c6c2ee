//! What the actions on services take, give and declare.

use super::binding::KIND as SERVICE;
use crate::change::kinds::{read_only, reversible};
use crate::schema;
use serde::{Deserialize, Serialize};
use windlass_model::catalog::ActionGuide;
use windlass_model::{ActionSpec, Timestamp};

/// How long a service may take to end when it is asked, before it is killed.
const GRACE: &str = "20s";

/// How long it may take to be ready.
const WITHIN: &str = "60s";

/// What a step wants of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// It runs.
    Running,
    /// It does not run.
    Stopped,
    /// It runs anew.
    Anew,
    /// It is ready; nothing is done to it.
    Ready,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The service.
    pub service: String,
    /// How long it may take to be ready.
    #[serde(default = "within")]
    pub within: String,
    /// How long it may take to end.
    #[serde(default = "grace")]
    pub grace: String,
}

fn within() -> String {
    WITHIN.to_owned()
}

fn grace() -> String {
    GRACE.to_owned()
}

/// What was before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// Who ran.
    pub running: Option<String>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Whether it runs now.
    pub running: bool,
    /// Whether it was otherwise before.
    pub changed: bool,
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handle {
    /// How long.
    pub until: Timestamp,
    /// Whether its end is waited for; else that it is ready.
    pub ending: bool,
    /// How often it was looked at.
    pub looks: u32,
}

impl Want {
    /// The action's kind.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Running => "service.start",
            Self::Stopped => "service.stop",
            Self::Anew => "service.restart",
            Self::Ready => "service.wait_ready",
        }
    }

    fn words(self) -> (&'static str, [&'static str; 3]) {
        match self {
            Self::Running => (
                "Starts a service and waits until it is ready; undone by stopping it if it did \
                 not run before. It outlives windlass.",
                [
                    "whether it runs",
                    "looks who of it runs, and whether it is ready",
                    "stops it, unless it ran before",
                ],
            ),
            Self::Stopped => (
                "Stops a service: asks it to end, and kills what does not in time. Undone by \
                 starting it if it ran before.",
                [
                    "whether it runs",
                    "looks who of it runs",
                    "starts it and waits until it is ready, if it ran before",
                ],
            ),
            Self::Anew => (
                "Ends a service that runs, starts it and waits until it is ready. Undone by \
                 stopping it if it did not run before, and by starting it if it was left stopped.",
                [
                    "who of it runs",
                    "looks whether all that runs was started by this step",
                    "stops it, unless it ran before; starts it if it ran and was left stopped",
                ],
            ),
            Self::Ready => (
                "Waits until a service is ready, as its `ready:` in the environment file says.",
                ["nothing", "nothing is changed, so nothing is in doubt", "nothing to undo"],
            ),
        }
    }

    /// What it declares.
    pub fn spec(self) -> ActionSpec {
        let kind = self.kind();
        let (summary, [captures, doubt, undo]) = self.words();
        let mut input =
            schema::object([("service", schema::resource(SERVICE, "which service"))], &["service"]);
        if self != Self::Stopped {
            let text = "how long it may take to be ready; it fails afterwards";
            input["properties"]["within"] = schema::span(text, WITHIN);
        }
        if matches!(self, Self::Stopped | Self::Anew) {
            let text = "how long it may take to end; it is killed afterwards";
            input["properties"]["grace"] = schema::span(text, GRACE);
        }
        let (_, verb) = kind.split_once('.').unwrap_or_default();
        ActionSpec {
            kind: kind.to_owned(),
            summary: summary.to_owned(),
            input,
            output: schema::object(
                [
                    ("running", schema::boolean("whether it runs now")),
                    ("changed", schema::boolean("whether it was otherwise before")),
                ],
                &["running", "changed"],
            ),
            traits: match self {
                Self::Running | Self::Stopped | Self::Anew => reversible(),
                Self::Ready => read_only(),
            },
            guide: ActionGuide::new(
                captures,
                doubt,
                undo,
                &["running the command, or ordering the unit"],
            ),
            example: format!("- id: {verb}\n  uses: {kind}\n  with: {{ service: api }}\n"),
        }
    }
}
