//! What is about to happen, before anything does: the steps with their inputs as far as they are
//! known, the lock, the environment, and what a human will be asked.

use super::duration::span;
use super::rounds;
use crate::visible::visible;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use windlass_model::expr::Scope;
use windlass_model::rollback::{point_of_no_return, undo_of};
use windlass_model::run::Run;
use windlass_model::scope::RunScope;
use windlass_model::window::Window;
use windlass_model::{Confirm, EffectClass, RunId, StepIdx, Value, Work, Workflow};

/// Characters of a step's input that a plan shows; the rest is in the file.
const INPUT_CHARS: usize = 90;

/// The section of an environment file that names a shared lock.
const LOCK_SECTION: &str = "lock";

/// The plan as text.
pub fn text(workflow: &Workflow) -> String {
    let def = workflow.def();
    let nobody = nobody(workflow);
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = write_head(&mut out, workflow);
    let later = rounds::later(workflow);
    let shown = (0..workflow.len() as StepIdx).filter(|at| !workflow.is_join(*at));
    let shown = shown.filter(|at| !later.contains(at));
    let width = def.steps.iter().map(|step| step.id.as_str().len()).max().unwrap_or(0).min(32);
    for (number, at) in shown.enumerate() {
        let step = workflow.step(at);
        let what = work(&step.work, &Foreseen { workflow, nobody: &nobody, step: at });
        let _ = writeln!(out, "  {:>3}. {:width$}  {what}", number + 1, step.id.as_str());
        for remark in remarks(workflow, &nobody, at) {
            let _ = writeln!(out, "       {:width$}    {remark}", "");
        }
    }
    visible(&out).into_owned()
}

/// Where the lock is that several machines see, where the environment names one.
pub fn shared_lock(sections: &BTreeMap<String, Value>) -> Option<String> {
    let section = sections.get(LOCK_SECTION)?;
    let parts = ["account", "container", "blob"].map(|key| section[key].as_str().unwrap_or("?"));
    Some(parts.join("/"))
}

/// A run of which nothing has happened.
pub fn nobody(workflow: &Workflow) -> Run {
    Run::new(RunId(uuid::Uuid::nil()), workflow)
}

/// What a step's expressions can name before anything happens: all but what other steps will give,
/// which a preview shows as the expression itself.
pub struct Foreseen<'a> {
    /// The workflow.
    pub workflow: &'a Workflow,
    /// A run of which nothing has happened.
    pub nobody: &'a Run,
    /// The step.
    pub step: StepIdx,
}

impl Scope for Foreseen<'_> {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        let Self { workflow, nobody: run, step } = *self;
        match path {
            ["steps" | "run", ..] => None,
            path => RunScope { workflow, run, step, output: None }.resolve(path),
        }
    }
}

/// What one step will do, in a few words.
pub fn work(work: &Work, scope: &Foreseen<'_>) -> String {
    let said = match work {
        Work::Action { uses, with, .. } => {
            format!("{uses}  {}", bounded(&flat(&with.preview(scope))))
        }
        Work::Approve { prompt, .. } => format!("asks: {}", plain(&prompt.preview(scope))),
        Work::Input { prompt, ty } => format!("asks for {ty}: {}", plain(&prompt.preview(scope))),
        Work::WaitFor { span } => format!("waits {}", spelled(&span.preview(scope))),
        Work::WaitUntil { until, .. } => format!("waits until {}", plain(&until.preview(scope))),
        Work::WaitWindow { window } => {
            format!("waits for a window: {}", within(window, scope.workflow))
        }
        Work::WaitSignal { name } => format!("waits for the signal `{name}`"),
        Work::Rounds { until } => {
            let most = scope.workflow.needs(scope.step).count();
            format!("repeats that until {}, at most {most} times", until.source)
        }
        Work::Assert { that, .. } => format!("checks that {}", that.source),
        Work::Set { values } => format!("sets {}", bounded(&flat(&values.preview(scope)))),
        Work::Join => "joins".to_owned(),
    };
    visible(&said).into_owned()
}

/// A window in words, with the zone whose clock decides.
fn within(window: &Window, workflow: &Workflow) -> String {
    let days = window.days.iter().filter_map(|day| serde_json::to_value(day).ok());
    let days: Vec<String> = days.filter_map(|day| day.as_str().map(str::to_owned)).collect();
    let days = if days.is_empty() { "every day".to_owned() } else { days.join(", ") };
    let zone = window.zone.as_deref().or(workflow.def().environment.zone.as_deref());
    format!("{days} from {} to {} {}", window.from, window.to, zone.unwrap_or("UTC"))
}

fn write_head(out: &mut String, workflow: &Workflow) -> std::fmt::Result {
    let def = workflow.def();
    writeln!(out, "{}{}", def.name, said(def.description.as_deref(), ": "))?;
    let environment = &def.environment;
    let confirm = match environment.confirm {
        Confirm::Strict => "strict",
        Confirm::Relaxed => "relaxed",
    };
    let mut facts = vec![format!("environment {} (confirm: {confirm})", environment.name)];
    if environment.simulator {
        facts.push("on the built-in simulator".to_owned());
    }
    if let Some(scale) = environment.time_scale {
        facts.push(format!("time runs {scale} times as fast"));
    }
    if let Some(lock) = &def.lock {
        facts.push(format!("holds the lock {lock} until it ends"));
        facts.push(match shared_lock(&environment.providers) {
            Some(blob) => format!("lock: shared by all machines, in {blob}"),
            None => "lock: this machine only".to_owned(),
        });
    }
    writeln!(out, "  {}", facts.join("; "))?;
    if !def.inputs.is_empty() {
        writeln!(out, "  with {}", flat(&Value::Object(def.inputs.clone())))?;
    }
    let guarded: Vec<&str> = def.invariants.iter().map(|one| one.id.as_str()).collect();
    if !guarded.is_empty() {
        let guarded = guarded.join(", ");
        writeln!(out, "  must keep: {guarded} (`rehearse` looks at every change)")?;
    }
    Ok(())
}

fn remarks(workflow: &Workflow, nobody: &Run, at: StepIdx) -> Vec<String> {
    let step = workflow.step(at);
    let mut remarks = Vec::new();
    if let Some(condition) = &step.condition {
        remarks.push(format!("only if {}", condition.source));
    }
    if let Some(window) = &step.gate.window {
        remarks.push(format!("begins in a window: {}", within(window, workflow)));
    }
    if let Some(not_before) = &step.gate.not_before {
        let scope = Foreseen { workflow, nobody, step: at };
        remarks.push(format!("not before {}", plain(&not_before.preview(&scope))));
    }
    if let Some(pause) = step.gate.pause_ms {
        remarks.push(format!("{} after the one before", span(pause)));
    }
    if let Some(timeout) = step.timeout_ms {
        remarks.push(format!("at most {}", span(timeout)));
    }
    for notice in &step.notify {
        let on: Vec<&str> = notice.on.iter().map(|on| on.as_str()).collect();
        remarks.push(format!("tells people by {} on {}", notice.uses, on.join(", ")));
    }
    if point_of_no_return(step) {
        remarks.push("CANNOT BE UNDONE".to_owned());
    } else if changes(&step.work) && undo_of(step).is_none() {
        remarks.push("a rollback leaves it as it is".to_owned());
    }
    remarks
}

/// Whether it does anything to the world that somebody could want undone.
fn changes(work: &Work) -> bool {
    matches!(work, Work::Action { traits, .. } if traits.class != EffectClass::ReadOnly)
}

fn said(text: Option<&str>, before: &str) -> String {
    text.map(|text| format!("{before}{}", text.trim())).unwrap_or_default()
}

/// A map as `key=value` pairs.
pub fn flat(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let pairs = map.iter().map(|(key, value)| format!("{key}={}", plain(value)));
            pairs.collect::<Vec<_>>().join(" ")
        }
        other => plain(other),
    }
}

/// A text without its quotes, on one line.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

fn spelled(value: &Value) -> String {
    value.as_u64().map_or_else(|| plain(value), span)
}

fn bounded(text: &str) -> String {
    match text.char_indices().nth(INPUT_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
