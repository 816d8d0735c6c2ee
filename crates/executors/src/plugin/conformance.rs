//! What a plug-in must keep so that a run may be crashed anywhere, tried again and undone: each
//! property tried in a world of its own, with the reason where it is broken.

use super::call::{LOOK, Line};
use super::caller::Plugin;
use super::program::Program;
use super::shelf::{PluginError, ask, line};
use super::trial::{Stage, Trial};
use crate::redact::Redactor;
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;
use windlass_model::{EffectClass, RunId};
use windlass_ports::{Action, BoxFuture, Clock, Executed, Probed};

/// How a property fared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "result", content = "why")]
pub enum Fared {
    /// It holds.
    Holds,
    /// It does not; the sentence says what was seen.
    Broken(String),
    /// It means nothing for this action.
    Idle(&'static str),
}

/// A property and how it fared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// The action; the plug-in itself where absent.
    pub kind: Option<String>,
    /// The property.
    pub property: &'static str,
    /// What it is good for.
    pub meaning: &'static str,
    /// How it fared.
    #[serde(flatten)]
    pub fared: Fared,
}

type Checked = Result<Fared, String>;

type Check = for<'a> fn(&'a Stage<'a>, &'a Plugin) -> BoxFuture<'a, Checked>;

/// Name, meaning, check.
const PROPERTIES: [(&str, &str, Check); 10] = [
    (
        "half_a_request_is_nothing",
        "windlass that dies while it asks has asked for nothing",
        |stage, action| Box::pin(half_a_request_is_nothing(stage, action)),
    ),
    ("reads_only", "what says that it only reads changes nothing", |stage, action| {
        Box::pin(reads_only(stage, action))
    }),
    (
        "probe_before_is_absent",
        "a request that never went out is seen as such and sent again",
        |stage, action| Box::pin(probe_before_is_absent(stage, action)),
    ),
    (
        "probe_after_is_done",
        "work whose answer was lost is found, with its output",
        |stage, action| Box::pin(probe_after_is_done(stage, action)),
    ),
    ("executes_once", "a request that is sent twice acts once", |stage, action| {
        Box::pin(executes_once(stage, action))
    }),
    ("handle_survives", "another windlass follows an operation by its handle", |stage, action| {
        Box::pin(handle_survives(stage, action))
    }),
    ("undo_is_identity", "do, then undo: the world is as it was", |stage, action| {
        Box::pin(undo_is_identity(stage, action))
    }),
    ("undo_of_nothing", "undoing what never happened changes nothing", |stage, action| {
        Box::pin(undo_of_nothing(stage, action))
    }),
    ("captured_suffices", "what was captured undoes, without an output", |stage, action| {
        Box::pin(captured_suffices(stage, action))
    }),
    ("compensates_once", "an undo that is sent twice acts once", |stage, action| {
        Box::pin(compensates_once(stage, action))
    }),
];

/// Tries a plug-in; worlds are made below the folder. The error says why nothing could be tried.
pub async fn conform(
    program: &Program,
    run: RunId,
    clock: Arc<dyn Clock>,
    folder: &Path,
) -> Result<Vec<Tried>, PluginError> {
    let description = ask(program).await?;
    let line = line(program, &description);
    let mut tried = vec![unknown_calls(&line).await];
    let stage = Stage { line: &line, run, clock, folder };
    for (verb, described) in &description.actions {
        let action = Plugin::new(line.clone(), verb, described.clone());
        for (property, meaning, check) in PROPERTIES {
            let fared = match description.trial {
                true => check(&stage, &action).await.unwrap_or_else(Fared::Broken),
                false => untried(),
            };
            let kind = Some(described.spec.kind.clone());
            tried.push(Tried { kind, property, meaning, fared });
        }
    }
    Ok(tried)
}

fn untried() -> Fared {
    let why = "the plug-in gives no world to try it in: answer `trial_begin` and `trial_observe`, \
        and say `\"trial\": true` in its spec";
    Fared::Broken(why.to_owned())
}

/// A call that comes in a later version must not be taken for one that is known.
async fn unknown_calls(line: &Line) -> Tried {
    let request = b"{\"protocol\":1,\"call\":\"no_such_call\"}\n";
    let fared = match line.start(None) {
        Err(error) => Fared::Broken(error.to_string()),
        Ok(mut waiting) => {
            let redactor = Redactor::default();
            let asked = waiting.ask(request, &redactor, &|_| {});
            match tokio::time::timeout(LOOK, asked).await {
                Err(_) => Fared::Broken("it does not end".to_owned()),
                Ok(Err(error)) => Fared::Broken(error.to_string()),
                Ok(Ok(said)) if !said.status.success() => Fared::Holds,
                Ok(Ok(said)) if said.lines.iter().any(|line| line.contains("\"failed\"")) => {
                    Fared::Holds
                }
                Ok(Ok(_)) => {
                    let why = "asked for `no_such_call` it neither fails nor says `failed`";
                    Fared::Broken(why.to_owned())
                }
            }
        }
    };
    let meaning = "a call that it does not know is refused";
    Tried { kind: None, property: "unknown_call_is_refused", meaning, fared }
}

fn unless(broken: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if broken { Err(why()) } else { Ok(()) }
}

fn class(action: &Plugin) -> EffectClass {
    action.spec().traits.class
}

const ONLY_READS: Fared = Fared::Idle("it only reads");
const NO_WAY_BACK: Fared = Fared::Idle("it cannot be undone");

async fn half_a_request_is_nothing(stage: &Stage<'_>, action: &Plugin) -> Checked {
    let trial = Trial::begin(stage, action, "half_a_request_is_nothing").await?;
    let before = trial.observe().await?;
    trial.half().await?;
    let after = trial.observe().await?;
    unless(after != before, || format!("half a request made {} of {}", after.state, before.state))?;
    Ok(Fared::Holds)
}

async fn reads_only(stage: &Stage<'_>, action: &Plugin) -> Checked {
    if class(action) != EffectClass::ReadOnly {
        return Ok(Fared::Idle("it changes the world"));
    }
    let trial = Trial::begin(stage, action, "reads_only").await?;
    let before = trial.observe().await?;
    trial.finish().await?;
    let after = trial.observe().await?;
    unless(after != before, || format!("it made {} of {}", after.state, before.state))?;
    Ok(Fared::Holds)
}

async fn probe_before_is_absent(stage: &Stage<'_>, action: &Plugin) -> Checked {
    let trial = Trial::begin(stage, action, "probe_before_is_absent").await?;
    let before = trial.observe().await?;
    let probed = trial.probe(None).await?;
    let looks_again =
        class(action) == EffectClass::ReadOnly && matches!(probed, Probed::InProgress(_));
    unless(probed != Probed::Absent && !looks_again, || {
        format!("nothing was sent, and a probe sees {probed:?}")
    })?;
    unless(trial.observe().await? != before, || "looking changed the world".to_owned())?;
    Ok(Fared::Holds)
}

async fn probe_after_is_done(stage: &Stage<'_>, action: &Plugin) -> Checked {
    if class(action) == EffectClass::ReadOnly {
        return Ok(ONLY_READS);
    }
    let trial = Trial::begin(stage, action, "probe_after_is_done").await?;
    let output = trial.finish().await?;
    let before = trial.observe().await?;
    match trial.probe(None).await? {
        Probed::Done(found) if found == output => {}
        Probed::Done(found) => return Err(format!("it gave {output}, and a probe gives {found}")),
        other => return Err(format!("it is done, and a probe without a handle sees {other:?}")),
    }
    unless(trial.observe().await? != before, || "looking changed the world".to_owned())?;
    Ok(Fared::Holds)
}

async fn executes_once(stage: &Stage<'_>, action: &Plugin) -> Checked {
    let trial = Trial::begin(stage, action, "executes_once").await?;
    let start = trial.observe().await?;
    trial.finish().await?;
    let before = trial.observe().await?;
    unless(class(action) != EffectClass::ReadOnly && before.state == start.state, || {
        "its own trial's input changes nothing: nothing can be tried".to_owned()
    })?;
    if let Ok(executed) = trial.act().await {
        trial.follow(executed).await?;
    }
    let after = trial.observe().await?;
    unless(after != before, || {
        format!(
            "a second `execute` of the same attempt (the same `request_id`) changed the world \
             again: from {} to {}",
            before.state, after.state
        )
    })?;
    Ok(Fared::Holds)
}

async fn handle_survives(stage: &Stage<'_>, action: &Plugin) -> Checked {
    let trial = Trial::begin(stage, action, "handle_survives").await?;
    let executed = trial.act().await.map_err(|error| format!("`execute` says: {error}"))?;
    let Executed::Accepted(handle) = executed else {
        return Ok(Fared::Idle("it starts no operation that works on"));
    };
    match trial.probe(Some(&handle)).await? {
        Probed::InProgress(handle) => {
            trial.follow(Executed::Accepted(handle)).await?;
        }
        Probed::Done(_) => {}
        other => {
            return Err(format!("it was accepted, and a probe with its handle sees {other:?}"));
        }
    }
    Ok(Fared::Holds)
}

async fn undo_is_identity(stage: &Stage<'_>, action: &Plugin) -> Checked {
    if !action.spec().traits.compensates {
        return Ok(NO_WAY_BACK);
    }
    let trial = Trial::begin(stage, action, "undo_is_identity").await?;
    let before = trial.observe().await?.state;
    let output = trial.finish().await?;
    let undo = trial.undo(Some(output));
    undo.finish().await?;
    let after = trial.observe().await?.state;
    unless(after != before, || format!("it was {before}, and after the undo it is {after}"))?;
    let probed = undo.probe(None).await?;
    unless(!matches!(probed, Probed::Done(_)), || {
        format!("the undo is done, and a probe of it sees {probed:?}")
    })?;
    Ok(Fared::Holds)
}

async fn undo_of_nothing(stage: &Stage<'_>, action: &Plugin) -> Checked {
    if !action.spec().traits.compensates {
        return Ok(NO_WAY_BACK);
    }
    let trial = Trial::begin(stage, action, "undo_of_nothing").await?;
    let before = trial.observe().await?;
    trial.undo(None).finish().await?;
    let after = trial.observe().await?;
    unless(after != before, || format!("it was {}, and is {}", before.state, after.state))?;
    Ok(Fared::Holds)
}

async fn captured_suffices(stage: &Stage<'_>, action: &Plugin) -> Checked {
    if !action.spec().traits.compensates {
        return Ok(NO_WAY_BACK);
    }
    let trial = Trial::begin(stage, action, "captured_suffices").await?;
    let before = trial.observe().await?.state;
    trial.finish().await?;
    trial.undo(None).finish().await?;
    let after = trial.observe().await?.state;
    unless(after != before, || format!("it was {before}, and after the undo it is {after}"))?;
    Ok(Fared::Holds)
}

async fn compensates_once(stage: &Stage<'_>, action: &Plugin) -> Checked {
    if !action.spec().traits.compensates {
        return Ok(NO_WAY_BACK);
    }
    let trial = Trial::begin(stage, action, "compensates_once").await?;
    let output = trial.finish().await?;
    let undo = trial.undo(Some(output));
    undo.finish().await?;
    let before = trial.observe().await?;
    undo.finish().await?;
    let after = trial.observe().await?;
    unless(after != before, || "a second undo changed the world again".to_owned())?;
    Ok(Fared::Holds)
}
