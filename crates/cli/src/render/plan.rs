//! What is about to happen, before anything does: the steps with their inputs as far as they are
//! known, the lock, the environment, and what a human will be asked.

use super::at_hand::{self, at_hand};
use super::duration::span;
use super::foreseen::{Foreseen, never, nobody};
use super::outlook::Outlook;
use super::permissions::{self, permissions};
use super::values::{bounded, flat, plain};
use super::zones::Zones;
use super::{rounds, switches, times};
use crate::compose::shared_lock::shared_lock;
use crate::visible::visible;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use windlass_model::rollback::{point_of_no_return, undo_of};
use windlass_model::step::Compensate;
use windlass_model::{Catalog, Confirm, EffectClass, StepIdx, Timestamp, Value, Work, Workflow};

/// What a plan says beside what the workflow says.
#[derive(Clone, Debug, Default)]
pub struct AtStart {
    /// When a start would be now, by the run's clock; absent where that is not known.
    pub now: Option<Timestamp>,
    /// What the file says of its inputs.
    pub described: BTreeMap<String, String>,
    /// The actions, with what they need.
    pub catalog: Catalog,
}

/// The plan as text; with what would change where the world was looked at.
pub fn text(workflow: &Workflow, at_start: &AtStart, outlook: Option<&Outlook>) -> String {
    let def = workflow.def();
    let known = outlook.and_then(|outlook| outlook.known.clone());
    let nobody = known.unwrap_or_else(|| nobody(workflow));
    let now = at_start.now;
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = write_head(&mut out, workflow);
    for switch in switches::told(workflow, &at_start.described) {
        let _ = writeln!(out, "  {switch}");
    }
    for note in outlook.iter().flat_map(|outlook| &outlook.notes) {
        let _ = writeln!(out, "  {note}");
    }
    let later = rounds::later(workflow);
    let shown = (0..workflow.len() as StepIdx).filter(|at| !workflow.is_join(*at));
    let shown = shown.filter(|at| !later.contains(at));
    let width = def.steps.iter().map(|step| step.id.as_str().len()).max().unwrap_or(0).min(32);
    for (number, at) in shown.enumerate() {
        let step = workflow.step(at);
        let scope = Foreseen { workflow, nobody: &nobody, step: at };
        let what = work(&scope, now);
        if outlook.is_some() && bars(&scope) {
            let _ = writeln!(out, "  ──── no rollback comes back past `{}` ────", step.id);
        }
        let _ = writeln!(out, "  {:>3}. {:width$}  {what}", number + 1, step.id.as_str());
        let seen = outlook.map(|outlook| outlook.lines(at, &step.id)).unwrap_or_default();
        for remark in remarks(&scope, (now, outlook.is_some())).into_iter().chain(seen) {
            let _ = writeln!(out, "       {:width$}    {remark}", "");
        }
    }
    let hands = match outlook {
        Some(outlook) => at_hand(workflow, &nobody, now, outlook),
        None => Vec::new(),
    };
    let zones = Zones::of(&def.environment, None);
    let needs = outlook.map(|outlook| permissions(workflow, outlook, &at_start.catalog));
    listed(&mut out, AT_HAND, at_hand::lines(&hands, &zones, now));
    listed(&mut out, PERMISSIONS, permissions::lines(&needs.unwrap_or_default()));
    visible(&out).into_owned()
}

/// Over those whom a run will wait for.
const AT_HAND: &str = "Who must be at hand:";

/// Over what one must be allowed to do.
const PERMISSIONS: &str = "What one must be allowed to do (what is not probed only the run tells):";

fn listed(out: &mut String, title: &str, lines: Vec<String>) {
    if !lines.is_empty() {
        let _ = writeln!(out, "  {title}");
        for line in lines {
            let _ = writeln!(out, "    - {line}");
        }
    }
}

/// Whether a rollback stops at the step once it has run.
fn bars(scope: &Foreseen<'_>) -> bool {
    let step = scope.workflow.step(scope.step);
    let never = step.condition.as_ref().is_some_and(|condition| never(condition, scope));
    point_of_no_return(step) && !never
}

/// What one step will do, in a few words.
pub fn work(scope: &Foreseen<'_>, now: Option<Timestamp>) -> String {
    let Foreseen { workflow, step, .. } = *scope;
    let said = match &workflow.step(step).work {
        Work::Action { uses, with, .. } => {
            format!("{uses}  {}", bounded(&flat(&with.preview(scope))))
        }
        Work::Approve { prompt, .. } => format!("asks: {}", plain(&prompt.preview(scope))),
        Work::Input { prompt, ty } => format!("asks for {ty}: {}", plain(&prompt.preview(scope))),
        Work::WaitFor { span } => format!("waits {}", spelled(&span.preview(scope))),
        Work::WaitUntil { until, .. } => {
            let zones = Zones::of_step(workflow, step);
            format!("waits until {}", times::moment(&plain(&until.preview(scope)), &zones, now))
        }
        Work::WaitWindow { window } => {
            let environment = &workflow.def().environment;
            format!("waits for a window: {}", times::window(window, environment, now))
        }
        Work::WaitSignal { name } => format!("waits for the signal `{name}`"),
        Work::Rounds { until } => {
            let most = workflow.needs(step).count();
            format!("repeats that until {}, at most {most} times", until.source)
        }
        Work::Assert { that, .. } => format!("checks that {}", that.source),
        Work::Set { values } => format!("sets {}", bounded(&flat(&values.preview(scope)))),
        Work::Join => "joins".to_owned(),
    };
    visible(&said).into_owned()
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
    for given in &def.given {
        writeln!(out, "  takes as given: {} ({})", given.words(), given.place)?;
    }
    Ok(())
}

fn remarks(scope: &Foreseen<'_>, (now, looked): (Option<Timestamp>, bool)) -> Vec<String> {
    let step = scope.workflow.step(scope.step);
    let environment = &scope.workflow.def().environment;
    let mut remarks = Vec::new();
    if let Some(condition) = &step.condition {
        let only = format!("only if {}", condition.source);
        if never(condition, scope) {
            let so = if looked { "as things are" } else { "with these inputs" };
            return vec![format!("DOES NOT RUN {so}: {only}")];
        }
        remarks.push(only);
    }
    if let Some(window) = &step.gate.window {
        let window = times::window(window, environment, now);
        remarks.push(format!("begins in a window: {window}"));
    }
    if let Some(not_before) = &step.gate.not_before {
        let text = plain(&not_before.preview(scope));
        let zones = Zones::of(environment, None);
        remarks.push(format!("not before {}", times::moment(&text, &zones, now)));
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
    let reason = match &step.compensate {
        Compensate::None { reason: Some(reason), .. } => format!(": {reason}"),
        _ => String::new(),
    };
    if point_of_no_return(step) {
        remarks.push(format!("CANNOT BE UNDONE{reason}"));
    } else if changes(&step.work) && undo_of(step).is_none() {
        remarks.push(format!("a rollback leaves it as it is{reason}"));
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

fn spelled(value: &Value) -> String {
    value.as_u64().map_or_else(|| plain(value), span)
}
