//! `azure_devops.release.edit`: the tasks of one release's stages, changed before it is deployed.
//!
//! The release goes back whole, with nothing changed but the named tasks. There is no precondition:
//! each task is looked at before, and one that somebody else changed is a conflict.

use super::deployments::StageState;
use super::edit_shapes::{Before, Change, Input, Output, Wanted};
use super::releases::Release;
use super::tasks::{DEPLOYS, Deploys, MANAGE};
use crate::devops::client::{DevOps, Host};
use crate::devops::refusal::{captured, permanent};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, RequestId, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction, Verdict};

pub use super::edit_shapes::{KIND, spec};

/// What such a task does that takes an app away for a moment.
const STOPPING: [&str; 3] =
    ["Stop Azure App Service", "Start Azure App Service", "Restart Azure App Service"];

/// The action.
pub struct Edit {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

/// The side of a change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Before,
    After,
}

impl Edit {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }

    async fn whole(&self, id: u64) -> Outcome<Value> {
        let what = format!("read the release {id}");
        let path = format!("/release/releases/{id}");
        Ok(self.devops.get(&what, Host::Releases, &path, &[]).await?.0)
    }

    async fn send(&self, id: u64, mut whole: Value, request: RequestId) -> Outcome<()> {
        without_secrets(&mut whole);
        let what = format!("change the tasks of the release {id}");
        let path = format!("/release/releases/{id}");
        let call = (Method::PUT, Host::Releases, path.as_str());
        self.devops.write(&what, call, whole, request).await?;
        Ok(())
    }
}

/// A secret comes without its value and must not go back as an empty one.
fn without_secrets(whole: &mut Value) {
    let Some(fields) = whole.as_object_mut() else { return };
    if let Some(Value::Object(variables)) = fields.get_mut("variables") {
        for variable in variables.values_mut().filter_map(Value::as_object_mut) {
            if variable.get("isSecret").and_then(Value::as_bool) == Some(true) {
                variable.remove("value");
            }
        }
    }
    let stages = fields.get_mut("environments").and_then(Value::as_array_mut);
    stages.into_iter().flatten().for_each(without_secrets);
}

fn task_at<'a>(whole: &'a mut Value, change: &Change) -> Option<&'a mut Value> {
    let stages = whole["environments"].as_array_mut()?;
    let stage = stages.iter_mut().find(|stage| stage["id"].as_u64() == Some(change.stage))?;
    let phase = stage["deployPhasesSnapshot"].as_array_mut()?.get_mut(change.phase)?;
    phase["workflowTasks"].as_array_mut()?.get_mut(change.task)
}

/// Whether a task is as a change has it, on one of its sides.
fn stands(whole: &mut Value, change: &Change, at: At) -> bool {
    let Some(task) = task_at(whole, change) else { return false };
    let enabled = if at == At::Before { change.enabled.0 } else { change.enabled.1 };
    task["taskId"] == change.task_id.as_str()
        && task["enabled"].as_bool() == Some(enabled)
        && change.inputs.iter().all(|(name, (before, after))| {
            let now = task["inputs"][name].as_str();
            if at == At::Before { now == before.as_deref() } else { now == Some(after) }
        })
}

fn put(whole: &mut Value, change: &Change, at: At) {
    let Some(task) = task_at(whole, change) else { return };
    task["enabled"] = json!(if at == At::Before { change.enabled.0 } else { change.enabled.1 });
    for (name, (before, after)) in &change.inputs {
        let value = if at == At::Before { before.as_ref() } else { Some(after) };
        match (value, task["inputs"].as_object_mut()) {
            (Some(value), _) => task["inputs"][name] = json!(value),
            (None, Some(inputs)) => {
                inputs.remove(name);
            }
            (None, None) => {}
        }
    }
}

/// What changes in one stage.
fn changes(stage: &Value, id: u64, wanted: &Wanted) -> Vec<Change> {
    let phases = stage["deployPhasesSnapshot"].as_array().into_iter().flatten().enumerate();
    let tasks = phases.flat_map(|(phase, body)| {
        let tasks = body["workflowTasks"].as_array().into_iter().flatten().enumerate();
        tasks.map(move |(task, body)| (phase, task, body))
    });
    tasks
        .filter_map(|(phase, task, body)| {
            let kind = body["taskId"].as_str().unwrap_or_default();
            let enabled = body["enabled"].as_bool().unwrap_or(true);
            let action = body["inputs"]["Action"].as_str().unwrap_or_default();
            let stops = kind == MANAGE && STOPPING.contains(&action);
            let mut inputs = BTreeMap::new();
            let known = DEPLOYS.iter().find(|known| known.id == kind).zip(wanted.slot.as_ref());
            if let Some((known, slot)) = known {
                let mut input = |name: &str, value: &str| {
                    let before = body["inputs"][name].as_str().map(str::to_owned);
                    inputs.insert(name.to_owned(), (before, value.to_owned()));
                };
                input(known.flag, "true");
                input(known.slot, slot);
                if let Some(group) = &wanted.resource_group {
                    input(known.group, group);
                }
            }
            let after = enabled && !(stops && wanted.stop_nothing);
            let same = inputs.values().all(|(before, after)| before.as_ref() == Some(after));
            (after != enabled || !same).then(|| Change {
                stage: id,
                phase,
                task,
                name: body["name"].as_str().unwrap_or_default().to_owned(),
                task_id: kind.to_owned(),
                enabled: (enabled, after),
                inputs,
            })
        })
        .collect()
}

/// Why a stage cannot deploy to a slot: nothing of it is known to deploy, or a task would not know
/// in which group the app is, which it needs for a slot alone.
fn no_slot(stage: &Value, name: &str, wanted: &Wanted) -> Outcome<()> {
    let phases = stage["deployPhasesSnapshot"].as_array().into_iter().flatten();
    let tasks = phases.flat_map(|one| one["workflowTasks"].as_array().into_iter().flatten());
    let known = |task: &Value| DEPLOYS.iter().find(|known| task["taskId"] == known.id);
    let deploying: Vec<_> = tasks.filter_map(|task| Some((task, known(task)?))).collect();
    if deploying.is_empty() {
        return permanent(
            "no_deploy_task",
            format!(
                "failed to change the stage {name}: none of its tasks is known to deploy to an app"
            ),
        );
    }
    let groupless = |(task, known): &(&Value, &Deploys)| {
        task["inputs"][known.group].as_str().is_none_or(str::is_empty)
    };
    match deploying.into_iter().find(groupless).filter(|_| wanted.resource_group.is_none()) {
        None => Ok(()),
        Some((task, _)) => permanent(
            "no_resource_group",
            format!(
                "failed to change the stage {name}: its task {} names no resource group, which it \
                 needs for a slot; give `resource_group`",
                task["name"].as_str().unwrap_or_default()
            ),
        ),
    }
}

fn output(attempt: &TypedAttempt<'_, Edit>, before: &Before) -> Output {
    Output {
        id: attempt.input.release.id(),
        name: before.name.clone(),
        tasks: before.changes.iter().map(|one| one.name.clone()).collect(),
    }
}

impl TypedAction for Edit {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    fn check(&self, _bindings: &Bindings, input: &Input) -> Vec<String> {
        let idle = input.stages.iter().filter(|(_, one)| !one.stop_nothing && one.slot.is_none());
        let idle = idle.map(|(name, _)| format!("say what the stage {name} is to do"));
        let none = input.stages.is_empty().then(|| "give at least one stage".to_owned());
        idle.chain(none).collect()
    }

    async fn capture(&self, _ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let id = input.release.id();
        let release = Release::read(&self.devops, id).await?;
        let whole = self.whole(id).await?;
        let mut state = Before { name: release.name.clone(), changes: Vec::new() };
        for (name, wanted) in &input.stages {
            let stage = release.stage(name)?.id;
            let standing = StageState::read(&self.devops, id, stage).await?;
            if standing.attempts > 0 {
                let message = format!(
                    "failed to change the stage {name} of {}: it was deployed already; make a \
                     release of its own for this",
                    release.name
                );
                return permanent("stage_ran", message);
            }
            let mut stages = whole["environments"].as_array().into_iter().flatten();
            let Some(body) = stages.find(|one| one["id"].as_u64() == Some(stage)) else {
                return permanent("no_stage", format!("failed to find the stage {name}"));
            };
            if wanted.slot.is_some() {
                no_slot(body, name, wanted)?;
            }
            state.changes.extend(changes(body, stage, wanted));
        }
        Ok(Capture { state, not_before: None })
    }

    async fn execute(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        let before = captured(&attempt)?;
        let id = attempt.input.release.id();
        let mut whole = self.whole(id).await?;
        let open: Vec<&Change> =
            before.changes.iter().filter(|one| !stands(&mut whole, one, At::After)).collect();
        if open.is_empty() {
            return Ok(Acted::Done(output(&attempt, before)));
        }
        if let Some(other) = open.iter().find(|one| !stands(&mut whole, one, At::Before)) {
            let message = format!(
                "failed to change the task {} of {}: somebody changed it meanwhile; look at the \
                 release and run the step again",
                other.name, before.name
            );
            return permanent("conflict", message);
        }
        open.iter().for_each(|one| put(&mut whole, one, At::After));
        self.send(id, whole, attempt.raw.request_id).await?;
        Ok(Acted::Done(output(&attempt, before)))
    }

    async fn probe(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        let before = captured(&attempt)?;
        let mut whole = self.whole(attempt.input.release.id()).await?;
        let done = match attempt.raw.side {
            Side::Forward => before.changes.iter().all(|one| stands(&mut whole, one, At::After)),
            Side::Undo => !before.changes.iter().any(|one| stands(&mut whole, one, At::After)),
        };
        Ok(if done { Found::Done(output(&attempt, before)) } else { Found::Absent })
    }

    async fn verify(&self, _ctx: &Context, input: Input, output: Output) -> Outcome<Verdict> {
        let release = Release::read(&self.devops, input.release.id()).await?;
        let whole = self.whole(output.id).await?;
        for (name, wanted) in &input.stages {
            let stage = release.stage(name)?.id;
            let mut stages = whole["environments"].as_array().into_iter().flatten();
            let body = stages.find(|one| one["id"].as_u64() == Some(stage));
            if body.is_some_and(|body| !changes(body, stage, wanted).is_empty()) {
                return Ok(Verdict::Drifted(format!("the tasks of {name} are others by now")));
            }
        }
        Ok(Verdict::Holds)
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), ()>> {
        let before = captured(&attempt)?;
        let id = attempt.input.release.id();
        let mut whole = self.whole(id).await?;
        let mut ours = Vec::new();
        for one in &before.changes {
            if stands(&mut whole, one, At::After) {
                ours.push(one);
            } else if !stands(&mut whole, one, At::Before) {
                ctx.output.kept(&format!("somebody changed the task {}, and it stays", one.name));
            }
        }
        if ours.is_empty() {
            return Ok(Acted::Done(()));
        }
        ours.iter().for_each(|one| put(&mut whole, one, At::Before));
        self.send(id, whole, attempt.raw.request_id).await?;
        Ok(Acted::Done(()))
    }
}
