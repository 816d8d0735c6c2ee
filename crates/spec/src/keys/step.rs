//! The keys of a step.

use super::bounds::{ATTEMPTS_MAX, PARALLEL_MAX, ROUNDS_MAX};
use super::scalars::{Condition, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use windlass_model::step::{OnInDoubt, OnTimeout};

/// One step: what it does, when, and the policies around it.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "a step")]
pub struct StepFile {
    /// Its name: lower case letters, digits and `_`. Expressions, commands and the history know it
    /// by this.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
    pub id: String,
    /// A sentence for humans.
    #[serde(default)]
    pub name: Option<String>,
    /// The action: a kind that `windlass actions` lists, or one of windlass's own (below), or
    /// another workflow, `./other.yaml`, whose steps are carried out in its place.
    #[serde(default)]
    pub uses: Option<String>,
    /// The action's input, or the called workflow's inputs and resources. Texts may hold
    /// `${{ … }}`.
    #[serde(default)]
    pub with: Option<Map<String, Value>>,
    /// A shell script. Values reach it through `env` only: it must not hold `${{ … }}`.
    #[serde(default)]
    pub run: Option<String>,
    /// Environment variables of `run`.
    #[serde(default)]
    pub env: Option<Map<String, Value>>,
    /// Working directory of `run`, from the workflow file's folder on; that folder where absent.
    #[serde(default)]
    pub dir: Option<String>,
    /// An expression: the step starts only where it holds, else it is skipped.
    #[serde(default, rename = "if")]
    pub condition: Option<Condition>,
    /// Steps that must be finished before; the step above where absent, nothing where `[]`.
    #[serde(default)]
    pub needs: Option<Words>,
    /// Repeats the step for each element, which `item` names. Parallel, unless `max_parallel` says
    /// how many at once.
    #[serde(default)]
    pub for_each: Option<ForEach>,
    /// Repeats the step, or the workflow that it calls, in rounds until an expression over its
    /// outputs holds. `item` is the round's number, from 1.
    #[serde(default)]
    pub repeat: Option<RepeatFile>,
    /// How many elements of `for_each` at once.
    #[serde(default)]
    #[schemars(range(min = 1, max = PARALLEL_MAX))]
    pub max_parallel: Option<u32>,
    /// A window of time: every attempt begins while it is open; past it, the step waits for the
    /// next opening. Undoing it waits for none.
    #[serde(default)]
    pub window: Option<WindowFile>,
    /// The earliest time at which it begins: `HH:MM` (the next time that the environment's clock
    /// shows it), `2026-03-07T03:00`, or RFC 3339.
    #[serde(default)]
    pub not_before: Option<String>,
    /// Longest time of one attempt, or of a wait for a human, a signal or a file: `30s`, `5m`,
    /// `2h`, `3d`.
    #[serde(default)]
    #[schemars(regex(pattern = r"^([0-9]{1,9}(ms|s|m|h|d))+$"))]
    pub timeout: Option<String>,
    /// What the end of `timeout` means for a step that waits for a human or a signal.
    #[serde(default)]
    #[schemars(with = "Option<OnTimeoutWord>")]
    pub on_timeout: Option<OnTimeout>,
    /// When a failed attempt is tried again.
    #[serde(default)]
    pub retry: Option<RetryFile>,
    /// What undoes it: `auto` (the action's own way, where absent), `none`, or a map.
    #[serde(default)]
    pub compensate: Option<CompensateFile>,
    /// Whether doing it twice is as good as once, so that doubt may be settled by doing it again.
    #[serde(default)]
    pub idempotent: Option<bool>,
    /// Whether it is a point of no return. Actions that are say so themselves.
    #[serde(default)]
    pub irreversible: Option<bool>,
    /// An expression: proof that must hold before it starts.
    #[serde(default)]
    pub requires: Option<Condition>,
    /// An expression that must hold of its `outputs`, else the step failed.
    #[serde(default)]
    pub verify: Option<Condition>,
    /// Fields of the world that it sets beside those that its action declares.
    #[serde(default)]
    pub effects: Option<Vec<EffectFile>>,
    /// How doubt about an attempt is settled.
    #[serde(default)]
    #[schemars(with = "Option<OnInDoubtWord>")]
    pub on_in_doubt: Option<OnInDoubt>,
    /// Who may decide about it.
    #[serde(default)]
    pub roles: Option<Words>,
    /// Who is told of it, and when: one message, or a list. A message never fails the run; each is
    /// sent once, and after a crash again only where it is not known to be sent.
    #[serde(default)]
    pub notify: Option<NotifyFile>,
}

/// Messages of a step.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum NotifyFile {
    /// One.
    One(NoticeFile),
    /// Several.
    Many(Vec<NoticeFile>),
}

/// A message about a step.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "a message of `notify`")]
pub struct NoticeFile {
    /// When it is sent: one moment, or a list.
    pub on: Moments,
    /// The action that sends it, one of `notify.…`.
    pub uses: String,
    /// The action's input. It sees `notice.on`, `notice.step`, and in `notice.says` why the step
    /// failed or what it asks.
    pub with: Map<String, Value>,
}

/// One moment, or a list of them.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Moments {
    /// One.
    One(MomentWord),
    /// A list.
    Many(Vec<MomentWord>),
}

/// What happens to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MomentWord {
    /// Its first attempt begins, or it begins to wait for somebody.
    Start,
    /// It succeeded.
    Success,
    /// It failed.
    Failure,
    /// It waits for a human or a signal, or a human must tell what became of it.
    Waiting,
}

/// What a step is repeated for: a list, or an expression over inputs that gives one.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ForEach {
    /// `${{ … }}`
    Expression(String),
    /// Elements: texts, numbers or truth values.
    List(Vec<Value>),
}

/// A window of time that opens again and again.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "`window`")]
pub struct WindowFile {
    /// Days on which it opens; every day where absent.
    #[serde(default)]
    pub days: Option<Vec<DayWord>>,
    /// When it opens, as `HH:MM`.
    pub from: String,
    /// When it closes, as `HH:MM`; on the next day where that is not later.
    pub to: String,
    /// The IANA zone whose clock decides; the environment's where absent.
    #[serde(default)]
    pub zone: Option<String>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each says what it is")]
pub enum DayWord {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// Rounds of a step, each durable, and each undone in its turn, the last one first.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "`repeat`")]
pub struct RepeatFile {
    /// An expression over `outputs`: no further round is carried out where it holds.
    pub until: Condition,
    /// Most rounds; the step fails where that was not enough.
    #[schemars(range(min = 1, max = ROUNDS_MAX))]
    pub max: u32,
    /// The pause between two rounds: `30s`, `5m`; none where absent.
    #[serde(default)]
    #[schemars(regex(pattern = r"^([0-9]{1,9}(ms|s|m|h|d))+$"))]
    pub every: Option<String>,
}

/// When a failed attempt is tried again. Only attempts that are known not to have acted are.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "`retry`")]
pub struct RetryFile {
    /// Attempts in all, the first included.
    #[schemars(range(min = 1, max = ATTEMPTS_MAX))]
    pub max_attempts: Option<u32>,
    /// Delay before the second attempt: `10s` where absent.
    #[schemars(regex(pattern = r"^([0-9]{1,9}(ms|s|m|h|d))+$"))]
    pub initial: Option<String>,
    /// The longest delay: `2m` where absent.
    #[schemars(regex(pattern = r"^([0-9]{1,9}(ms|s|m|h|d))+$"))]
    pub max_delay: Option<String>,
    /// What each delay is multiplied by: 2 where absent.
    #[schemars(range(min = 1, max = 10))]
    pub factor: Option<u32>,
}

/// What undoes a step.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum CompensateFile {
    /// `auto` or `none`.
    Word(CompensateWord),
    /// With details.
    Map(Box<CompensateMap>),
}

/// What undoes a step, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CompensateWord {
    /// The action's own way back, where it has one.
    Auto,
    /// Nothing.
    None,
}

/// What undoes a step, with details.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "`compensate`")]
pub struct CompensateMap {
    /// `auto` (where absent), `none`, or an action.
    #[serde(default)]
    pub uses: Option<String>,
    /// The action's input.
    #[serde(default)]
    pub with: Option<Map<String, Value>>,
    /// An expression: undo only where it holds.
    #[serde(default)]
    pub only_if: Option<Condition>,
    /// Why nothing is undone, for `uses: none`.
    #[serde(default)]
    pub reason: Option<String>,
    /// Which workflow leads back all the same, for `uses: none`: a run that is past this step tells
    /// the command that starts it.
    #[serde(default)]
    pub way_back: Option<WayOutFile>,
    /// Which workflow leads on where this run does not come to its end, for `uses: none`: told in
    /// the same way.
    #[serde(default)]
    pub way_on: Option<WayOutFile>,
}

/// A workflow that leads out, back or on, from a step which no rollback undoes.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "a way out")]
pub struct WayOutFile {
    /// Its file, from this file's folder on, such as `./rollback_release.yaml`.
    pub workflow: String,
    /// Its inputs by name; they see the step's own `outputs` too.
    #[serde(default)]
    pub inputs: Option<Map<String, Value>>,
}

/// A field of the world that a step sets.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "an effect")]
pub struct EffectFile {
    /// The resource's name.
    pub resource: String,
    /// The field.
    pub field: String,
    /// Its value afterwards; absent is unknown.
    #[serde(default)]
    pub value: Option<Value>,
}

/// Stands in the schema for the model's own word, which knows no schemas.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case", rename = "OnTimeout")]
pub enum OnTimeoutWord {
    /// Go on waiting.
    Wait,
    /// Fail the step (where absent).
    Fail,
    /// Skip the step.
    Skip,
}

/// Stands in the schema for the model's own word, which knows no schemas.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case", rename = "OnInDoubt")]
pub enum OnInDoubtWord {
    /// The action looks (where absent); what it cannot tell, a human does.
    Probe,
    /// A human is asked at once.
    Ask,
    /// It is done again.
    Rerun,
}

/// Keys that the format has a name for and that this version does not carry out: silence would be a
/// lie.
pub const KEYS_TO_COME: &[&str] = &["probe"];
