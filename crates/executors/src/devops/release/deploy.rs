//! `azure_devops.release.deploy`: one attempt to deploy one stage, followed to its end.

use super::create::Named;
use super::deploy_shapes::{
    self as shapes, Before, Handle, Input, OnStage, Output, leads_to_its_apps, names_one,
    unknown_apps,
};
use super::deployments::{Deployment, StageState, current};
use super::releases::{Definition, Release, ReleaseRef};
use super::standing::{Goes, current_of};
use crate::devops::build::{Build, Wanted};
use crate::devops::client::DevOps;
use crate::devops::definition_ref::release_definition;
use crate::devops::signature::signature;
use serde_json::Value;
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Failure, Millis, RequestId, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, Verdict};

pub use super::deploy_shapes::{KIND, spec};

/// How often a stage is asked for: Azure DevOps counts calls over five minutes.
const POLL_MS: Millis = 15_000;

/// The action.
pub struct Deploy {
    pub(super) devops: Arc<DevOps>,
    spec: ActionSpec,
}

pub(super) fn permanent<T>(code: &str, message: String) -> Outcome<T> {
    Err(ActionError::Permanent(Failure::permanent(code, message)))
}

impl Deploy {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }

    /// The release that the input names, or the build that a release is to be made of.
    async fn choose(
        &self,
        input: &Input,
        definition: u64,
    ) -> Outcome<(Option<Release>, Option<Build>, Option<String>)> {
        let wanted = match (&input.release, &input.branch, &input.build_number) {
            (Some(ReleaseRef::Id(id) | ReleaseRef::Release { id }), None, None) => {
                let release = Release::read(&self.devops, *id).await?;
                if !release.active {
                    let message =
                        format!("failed to deploy {}: it is abandoned or a draft", release.name);
                    return permanent("not_active", message);
                }
                return Ok((Some(release), None, None));
            }
            (None, Some(branch), None) => Wanted::LatestOf(branch.clone()),
            (None, None, Some(number)) => Wanted::Numbered(number.clone()),
            _ => {
                let message =
                    "failed to choose a release: give `release`, `branch` or `build_number`";
                return permanent("input", message.to_owned());
            }
        };
        let (build, _) = Build::find(&self.devops, &wanted, None).await?;
        let (release, date) = Release::usual(&self.devops, definition, build.id).await?;
        Ok((release, Some(build), date))
    }

    /// The release to deploy: the captured one, one that holds its build by now, or a new one.
    async fn release(
        &self,
        ctx: &Context,
        attempt: &TypedAttempt<'_, Self>,
        before: &Before,
    ) -> Outcome<Release> {
        if let Some(named) = &before.release {
            return Release::read(&self.devops, named.id).await;
        }
        let definition =
            release_definition(&self.devops, attempt.input.definition.as_ref()).await?;
        let build = wanted_build(before)?;
        usual_or_new(&self.devops, ctx, (definition, build), attempt.raw.request_id).await
    }

    async fn output(&self, attempt: &TypedAttempt<'_, Self>, release: u64) -> Outcome<Output> {
        let before = captured(attempt)?;
        let release = Release::read(&self.devops, release).await?;
        let build = before.build.as_ref();
        Ok(Output {
            release: release.id,
            name: release.name,
            stage: attempt.input.stage.clone(),
            branch: build.map(|build| build.branch.clone()).or(release.branch),
            version: build.map(|build| build.version.clone()).or(release.build_number),
            previous_release: before.previous.as_ref().map(|previous| previous.name.clone()),
        })
    }

    /// One look at a stage that was told to deploy.
    async fn follow(
        &self,
        attempt: &TypedAttempt<'_, Self>,
        handle: &Handle,
    ) -> Outcome<Found<Output, Handle>> {
        let state = StageState::read(&self.devops, handle.release, handle.stage).await?;
        self.judge(attempt, handle, &state).await
    }

    async fn judge(
        &self,
        attempt: &TypedAttempt<'_, Self>,
        handle: &Handle,
        state: &StageState,
    ) -> Outcome<Found<Output, Handle>> {
        let ours = state.attempts > handle.attempts;
        if state.is_at_work() {
            return Ok(Found::InProgress(handle.clone()));
        }
        if !ours {
            return Ok(Found::Absent);
        }
        if state.is_deployed() {
            return Ok(Found::Done(self.output(attempt, handle.release).await?));
        }
        if state.is_refused() {
            return Ok(Found::Failed(Failure::permanent(
                "deployment_failed",
                format!(
                    "failed to deploy the stage {}: Azure DevOps says {} ({}); read its log there",
                    attempt.input.stage, state.status, state.operation
                ),
            )));
        }
        Ok(Found::InProgress(handle.clone()))
    }
}

/// The release that holds a build and does what its definition says; a new one where there is none.
pub(super) async fn usual_or_new(
    devops: &DevOps,
    ctx: &Context,
    (definition, build): (u64, &Build),
    request: RequestId,
) -> Outcome<Release> {
    match Release::usual(devops, definition, build.id).await? {
        (Some(release), _) => Ok(release),
        (None, _) => {
            let made = Release::create(devops, ctx, definition, build, (request, false)).await?;
            made.with_stages(devops).await
        }
    }
}

pub(super) fn captured<'a>(attempt: &'a TypedAttempt<'_, Deploy>) -> Outcome<&'a Before> {
    match &attempt.captured {
        Some(before) => Ok(before),
        None => permanent("no_capture", "failed to find the stage in the history".to_owned()),
    }
}

/// How often the stage was told to deploy before this very attempt: what an earlier attempt of the
/// step left there is not this one's.
fn attempts_before(attempt: &TypedAttempt<'_, Deploy>) -> u64 {
    attempt.just_captured().map_or(0, |before| before.attempts)
}

fn wanted_build(before: &Before) -> Outcome<&Build> {
    match &before.build {
        Some(build) => Ok(build),
        None => permanent("no_capture", "failed to find the build in the history".to_owned()),
    }
}

impl TypedAction for Deploy {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = Handle;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        shapes::effects(bindings, input)
    }

    fn check(&self, bindings: &Bindings, input: &Input) -> Vec<String> {
        let ways = "give one of `release`, `branch` and `build_number`";
        let ways = (!names_one(input)).then(|| ways.to_owned());
        ways.into_iter().chain(unknown_apps(bindings, input)).collect()
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let definition = release_definition(&self.devops, input.definition.as_ref()).await?;
        let (release, build, date) = self.choose(input, definition).await?;
        let usual = Definition::read(&self.devops, definition).await?;
        let (definition_stage, attempts) = match &release {
            None => (usual.stage(&input.stage)?, 0),
            Some(release) => {
                let stage = release.stage(&input.stage)?;
                leads_to_its_apps(&ctx.bindings, input, (&release.name, stage))?;
                let state = StageState::read(&self.devops, release.id, stage.id).await?;
                if state.is_at_work() {
                    let message = format!(
                        "failed to deploy {} to {}: somebody deploys it there now",
                        release.name, input.stage
                    );
                    return Err(ActionError::Transient(Failure::transient("stage_busy", message)));
                }
                (stage.definition_stage, state.attempts)
            }
        };
        let deployed = Deployment::of_stage(&self.devops, definition, definition_stage).await?;
        let ours = release.as_ref().map(|release| release.stage(&input.stage)).transpose()?;
        let ours = ours.filter(|stage| usual.is_left_by(stage)).map(|stage| &stage.tasks);
        let goes = match ours {
            Some(tasks) => Goes::Where(tasks),
            None => Goes::Usual(&usual),
        };
        let previous = current_of(&self.devops, &deployed, definition_stage, goes).await?;
        let previous = previous.map(|(one, _)| OnStage {
            release: one.release,
            name: one.release_name.clone(),
            deployment: one.id,
        });
        let release = release.map(|release| Named { id: release.id, name: release.name });
        let state = Before { release, build, definition_stage, attempts, previous };
        Ok(Capture { state, not_before: date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, Handle>> {
        let before = captured(&attempt)?.clone();
        let release = self.release(ctx, &attempt, &before).await?;
        let stage = release.stage(&attempt.input.stage)?.id;
        let attempts = attempts_before(&attempt);
        let handle = Handle { release: release.id, stage, attempts };
        // A second call of the same attempt finds the first one's traces instead of deploying
        // again.
        match self.follow(&attempt, &handle).await? {
            Found::InProgress(handle) => return Ok(Acted::Accepted(handle)),
            Found::Done(output) => return Ok(Acted::Done(output)),
            Found::Failed(failure) => return Err(ActionError::Permanent(failure)),
            Found::Absent | Found::Begun | Found::Unknown(_) => {}
        }
        let request = attempt.raw.request_id;
        let comment = signature(ctx, request);
        StageState::deploy(&self.devops, (release.id, stage), comment, request).await?;
        Ok(Acted::Accepted(handle))
    }

    async fn poll(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let state = StageState::read(&self.devops, handle.release, handle.stage).await?;
        match self.judge(&attempt, &handle, &state).await? {
            Found::Done(output) => Ok(Seen::Done(output)),
            Found::Failed(failure) => Err(ActionError::Permanent(failure)),
            // What was accepted a moment ago may not show yet: the step's own limit ends the wait.
            Found::InProgress(_) | Found::Absent | Found::Begun | Found::Unknown(_) => {
                let waits = match state.approval_pending {
                    true => ", waits for an approval in Azure DevOps",
                    false => "",
                };
                let message = format!("stage {}: {}{waits}", attempt.input.stage, state.status);
                let message = Some(message);
                Ok(Seen::InProgress { handle, percent: None, message, after_ms: POLL_MS })
            }
        }
    }

    async fn probe(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        if attempt.raw.side == Side::Undo {
            return self.probe_return(&attempt, handle).await;
        }
        if let Some(handle) = handle {
            return Ok(match self.follow(&attempt, &handle).await? {
                Found::Absent => Found::InProgress(handle),
                found => found,
            });
        }
        let before = captured(&attempt)?;
        let release = match &before.release {
            Some(named) => Release::read(&self.devops, named.id).await?,
            None => {
                let definition =
                    release_definition(&self.devops, attempt.input.definition.as_ref()).await?;
                let build = wanted_build(before)?.id;
                let (usual, _) = Release::usual(&self.devops, definition, build).await?;
                let Some(release) = usual else { return Ok(Found::Absent) };
                release
            }
        };
        let stage = release.stage(&attempt.input.stage)?.id;
        let attempts = attempts_before(&attempt);
        let handle = Handle { release: release.id, stage, attempts };
        self.follow(&attempt, &handle).await
    }

    async fn verify(&self, _ctx: &Context, input: Input, output: Output) -> Outcome<Verdict> {
        let definition = release_definition(&self.devops, input.definition.as_ref()).await?;
        let stage = Definition::read(&self.devops, definition).await?.stage(&input.stage)?;
        let deployed = Deployment::of_stage(&self.devops, definition, stage).await?;
        Ok(match current(&deployed) {
            Some(now) if now.release == output.release => Verdict::Holds,
            Some(now) => Verdict::Drifted(format!(
                "{} was left on {} and {} is there now",
                output.name, input.stage, now.release_name
            )),
            None => Verdict::Drifted(format!("nothing is on {} any more", input.stage)),
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), Handle>> {
        self.bring_back(ctx, &attempt).await
    }
}
