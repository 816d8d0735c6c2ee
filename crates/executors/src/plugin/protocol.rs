//! The words that windlass and a plug-in exchange: one JSON object a line. docs/plugins.md tells
//! the same to authors.
//!
//! It must not know how a program is started. Readers pass over keys that they do not know, so that
//! either side may say more than the other understands; a `type` that is not known is an error.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use windlass_model::event::Effect;
use windlass_model::{Binding, Map, Value};

/// The version that is spoken here. A new call or a new meaning is a new version; a new key that
/// may be passed over is not.
pub const PROTOCOL: u32 = 1;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// What the plug-in offers.
    Spec,
    /// What is wrong with an input beyond its schema.
    Check,
    /// Which fields of the world it will set.
    Effects,
    /// What the way back will need.
    Capture,
    /// To act.
    Execute,
    /// How far a remote operation is.
    Poll,
    /// Whether an attempt took place.
    Probe,
    /// Whether the world is still as the step left it.
    Verify,
    /// To undo.
    Compensate,
    /// For the conformance kit: an input that changes a world of its own in `folder`.
    TrialBegin,
    /// For the conformance kit: that world as it is, and how often it changed.
    TrialObserve,
}

impl Call {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spec => "spec",
            Self::Check => "check",
            Self::Effects => "effects",
            Self::Capture => "capture",
            Self::Execute => "execute",
            Self::Poll => "poll",
            Self::Probe => "probe",
            Self::Verify => "verify",
            Self::Compensate => "compensate",
            Self::TrialBegin => "trial_begin",
            Self::TrialObserve => "trial_observe",
        }
    }
}

/// A request. What does not belong to a call is absent.
#[derive(Clone, Debug, Serialize)]
pub struct Request {
    /// The version of these words.
    pub protocol: u32,
    /// What is asked.
    pub call: Call,
    /// Of which action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verb: Option<String>,
    /// The run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The input, with the secrets that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    /// What the environment binds to the resources that the input names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub resources: BTreeMap<String, Binding>,
    /// The attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<AttemptWords>,
    /// What `capture` gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captured: Option<Value>,
    /// What the forward attempt gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// Where the remote operation is found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<Value>,
    /// The trial's folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
}

impl Request {
    /// A request with nothing but its call.
    pub fn new(call: Call, verb: Option<&str>) -> Self {
        Self {
            protocol: PROTOCOL,
            call,
            verb: verb.map(str::to_owned),
            run: None,
            step: None,
            input: None,
            resources: BTreeMap::new(),
            attempt: None,
            captured: None,
            output: None,
            handle: None,
            folder: None,
        }
    }
}

/// An attempt, as a plug-in sees it.
#[derive(Clone, Debug, Serialize)]
pub struct AttemptWords {
    /// `forward` or `undo`.
    pub side: &'static str,
    /// Its number on this side, from 1.
    pub number: u32,
    /// The same for each call about this attempt; no other attempt has it.
    pub request_id: String,
    /// The request id of the forward attempt, on the undo side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
    /// When the intent was written, in RFC 3339.
    pub started_at: String,
    /// The service's clock before it, as `capture` gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<String>,
    /// When its time is over, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
}

/// An answer. The first line that is no `progress` is the answer; nothing may follow it.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Answer {
    /// How far it is; the answer is yet to come.
    Progress {
        /// 0 to 100.
        percent: Option<f64>,
        /// A sentence.
        message: Option<String>,
    },
    /// To `spec`.
    Spec(Box<Offer>),
    /// To `check`.
    Checked {
        /// Sentences; none where all is well.
        #[serde(default)]
        problems: Vec<String>,
    },
    /// To `effects`.
    Effects {
        /// Fields that will be set.
        effects: Vec<Effect>,
    },
    /// To `capture`.
    Captured {
        /// What was there.
        #[serde(default)]
        state: Value,
        /// The service's clock, as it writes it.
        not_before: Option<String>,
    },
    /// Done.
    Done {
        /// The output; an empty map where there is none.
        #[serde(default)]
        output: Value,
    },
    /// A remote operation works on.
    Accepted {
        /// Where to ask.
        handle: Value,
    },
    /// To `poll` and `probe`: it is still at work.
    InProgress {
        /// Where to ask from now on; as before where absent.
        handle: Option<Value>,
        /// 0 to 100.
        percent: Option<f64>,
        /// A sentence.
        message: Option<String>,
        /// When to ask again, such as `5s`.
        after: Option<String>,
    },
    /// To `probe`: no trace.
    Absent,
    /// To `probe`: ended half-way, and what it left is there.
    Begun,
    /// To `probe`: cannot be told.
    Unknown {
        /// What was seen, and what a human should look at.
        why: String,
    },
    /// Known not to have acted.
    Failed {
        /// A stable word.
        code: Option<String>,
        /// A sentence.
        message: String,
        /// Whether trying again may help.
        #[serde(default)]
        transient: bool,
        /// The shortest wait that the service asked for, such as `30s`.
        retry_after: Option<String>,
    },
    /// Whether it acted is not known.
    InDoubt {
        /// Why.
        why: String,
    },
    /// To `verify`: the world is as the step left it.
    Holds,
    /// To `verify`: it is not.
    Drifted {
        /// What differs.
        why: String,
    },
    /// To `trial_begin`.
    Trial {
        /// An input that changes the trial's world.
        input: Value,
        /// What the resources that it names are bound to.
        #[serde(default)]
        resources: BTreeMap<String, Binding>,
        /// The secrets that it names: made up, since they are shown.
        #[serde(default)]
        secrets: BTreeMap<String, String>,
    },
    /// To `trial_observe`.
    Observed {
        /// The trial's world.
        world: Value,
        /// Something that is another once the world was touched, such as a count of changes or
        /// the time of the last one.
        #[serde(default)]
        changes: Value,
    },
}

/// What a plug-in offers.
#[derive(Clone, Debug, Deserialize)]
pub struct Offer {
    /// The version that it speaks.
    pub protocol: u32,
    /// Variables of the environment that it asks to see.
    #[serde(default)]
    pub environment: Vec<String>,
    /// Whether the conformance kit can try it.
    #[serde(default)]
    pub trial: bool,
    /// Its actions.
    pub actions: Vec<OfferedAction>,
}

/// One action of an offer.
#[derive(Clone, Debug, Deserialize)]
pub struct OfferedAction {
    /// What stands behind the slash.
    pub verb: String,
    /// One sentence.
    pub summary: String,
    /// JSON Schema of its input.
    pub input: Value,
    /// JSON Schema of its output; an empty map where absent.
    pub output: Option<Value>,
    /// What it does to the world.
    pub class: windlass_model::EffectClass,
    /// Whether it reads what was before it acts.
    #[serde(default)]
    pub captures: bool,
    /// Whether it can be undone.
    #[serde(default)]
    pub compensates: bool,
    /// Whether an undo may begin while the operation still runs.
    #[serde(default)]
    pub compensates_in_progress: bool,
    /// Whether twice is as good as once.
    #[serde(default)]
    pub idempotent: bool,
    /// How long a probe's "absent" proves nothing, such as `30s`.
    pub settle: Option<String>,
    /// Whether it answers `check`.
    #[serde(default)]
    pub checks: bool,
    /// Whether it answers `effects`.
    #[serde(default)]
    pub effects: bool,
    /// Whether it answers `verify`.
    #[serde(default)]
    pub verifies: bool,
    /// What people ask of it.
    #[serde(default)]
    pub guide: Map<String, Value>,
    /// A step as one would write it.
    pub example: Option<String>,
}
