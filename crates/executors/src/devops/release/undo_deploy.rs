//! The way back of a deployment: the release that was on the stage before is deployed there again.
//!
//! What was deployed to a stage last says where one is; deployments are numbered in order, so no
//! clock is asked.

use super::deploy::{Deploy, captured, permanent, usual_or_new};
use super::deploy_shapes::{Before, Handle, OnStage, Output};
use super::deployments::{Deployment, StageState, current};
use super::releases::{Definition, Release};
use crate::devops::build::builds::BuildState;
use crate::devops::definition_ref::release_definition;
use crate::devops::signature::signature;
use windlass_model::Failure;
use windlass_ports::typed::{Acted, Found, TypedAttempt};
use windlass_ports::{Context, Outcome};

/// Where the stage stands on the way back.
enum Way {
    /// The previous release is there.
    There(String),
    /// Somebody else's is, and stays.
    Theirs(String),
    /// The previous release is on its way.
    Coming(Deployment),
    /// The previous release was sent, and did not arrive.
    Refused(Deployment),
    /// Ours, or what ours left, is there.
    Ours,
}

fn way(before: &Before, previous: &OnStage, deployed: &[Deployment], ours: Option<u64>) -> Way {
    let Some(last) = deployed.first() else { return Way::Ours };
    let newer = last.id > previous.deployment;
    if last.release == previous.release {
        return match (last.is_deployed(), last.is_at_work()) {
            (true, _) => Way::There(format!("{} is on the stage", previous.name)),
            (false, true) if newer => Way::Coming(last.clone()),
            _ if newer => Way::Refused(last.clone()),
            _ => Way::Ours,
        };
    }
    let own = ours.or_else(|| before.release.as_ref().map(|named| named.id));
    let foreign = current(deployed).filter(|now| {
        now.id > previous.deployment && now.release != previous.release && Some(now.release) != own
    });
    match foreign {
        Some(now) if own.is_some() => Way::Theirs(format!(
            "{} was deployed to the stage by somebody else meanwhile, and stays",
            now.release_name
        )),
        _ => Way::Ours,
    }
}

/// By which release the previous build comes back.
enum Again {
    /// By the one that was there.
    Itself,
    /// By another one of its build: the one that was there is abandoned, or leads to a slot.
    Usual(OnStage),
    /// By one that is yet to be made.
    Missing { definition: u64, build: u64 },
}

impl Deploy {
    /// By which release the build comes back that was on the stage.
    async fn again(
        &self,
        attempt: &TypedAttempt<'_, Self>,
        before: &Before,
        previous: &OnStage,
    ) -> Outcome<Again> {
        let id = release_definition(&self.devops, attempt.input.definition.as_ref()).await?;
        let there = Release::read(&self.devops, previous.release).await?;
        let ours = attempt.output.as_ref().map(|output| output.release);
        let ours = match ours.or_else(|| before.release.as_ref().map(|named| named.id)) {
            Some(ours) => Some(Release::read(&self.devops, ours).await?),
            None => None,
        };
        let tasks = |release: &Release| {
            let mut stages = release.stages.iter();
            let own = stages.find(|one| one.definition_stage == before.definition_stage);
            own.map(|one| one.tasks.clone())
        };
        let usual = Definition::read(&self.devops, id).await?;
        let goes = ours.as_ref().and_then(tasks);
        let goes = goes.or_else(|| usual.tasks.get(&before.definition_stage).cloned());
        let elsewhere = tasks(&there).zip(goes).is_some_and(|(it, us)| it.lead_elsewhere_than(&us));
        if there.active && !elsewhere {
            return Ok(Again::Itself);
        }
        let Some(build) = there.build_id else { return Ok(Again::Itself) };
        Ok(match Release::usual(&self.devops, id, build).await?.0 {
            None => Again::Missing { definition: id, build },
            Some(found) => Again::Usual(OnStage {
                release: found.id,
                name: found.name,
                deployment: previous.deployment,
            }),
        })
    }

    async fn stage_now(
        &self,
        attempt: &TypedAttempt<'_, Self>,
        before: &Before,
    ) -> Outcome<Vec<Deployment>> {
        let definition =
            release_definition(&self.devops, attempt.input.definition.as_ref()).await?;
        Deployment::of_stage(&self.devops, definition, before.definition_stage).await
    }

    pub(super) async fn bring_back(
        &self,
        ctx: &Context,
        attempt: &TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), Handle>> {
        let before = captured(attempt)?.clone();
        let deployed = self.stage_now(attempt, &before).await?;
        let stage_name = &attempt.input.stage;
        let Some(previous) = &before.previous else {
            if current(&deployed).is_none() && !deployed.iter().any(Deployment::is_at_work) {
                return Ok(Acted::Done(()));
            }
            return permanent(
                "nothing_before",
                format!(
                    "failed to undo the deployment to {stage_name}: nothing was deployed there \
                     before"
                ),
            );
        };
        let again = match self.again(attempt, &before, previous).await? {
            Again::Itself => previous.clone(),
            Again::Usual(release) => release,
            Again::Missing { definition, build } => {
                let build = BuildState::read(&self.devops, build).await?.build;
                let request = attempt.raw.request_id;
                let made = usual_or_new(&self.devops, ctx, (definition, &build), request).await?;
                OnStage { release: made.id, name: made.name, deployment: previous.deployment }
            }
        };
        let previous = &again;
        let ours = attempt.output.as_ref().map(|output| output.release);
        match way(&before, previous, &deployed, ours) {
            Way::There(why) => {
                ctx.output.line(&why);
                return Ok(Acted::Done(()));
            }
            Way::Theirs(why) => {
                ctx.output.kept(&why);
                return Ok(Acted::Done(()));
            }
            Way::Coming(last) => {
                if let Some(stage) = last.environment {
                    let state = StageState::read(&self.devops, last.release, stage).await?;
                    let attempts = state.attempts.saturating_sub(1);
                    return Ok(Acted::Accepted(Handle { release: last.release, stage, attempts }));
                }
            }
            Way::Refused(_) | Way::Ours => {}
        }
        let release = Release::read(&self.devops, previous.release).await?;
        let stage = release.stage(stage_name)?.id;
        let state = StageState::read(&self.devops, release.id, stage).await?;
        let handle = Handle { release: release.id, stage, attempts: state.attempts };
        let request = attempt.raw.request_id;
        let comment = signature(ctx, request);
        StageState::deploy(&self.devops, (release.id, stage), comment, request).await?;
        Ok(Acted::Accepted(handle))
    }

    pub(super) async fn probe_return(
        &self,
        attempt: &TypedAttempt<'_, Self>,
        handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        let before = captured(attempt)?.clone();
        let deployed = self.stage_now(attempt, &before).await?;
        let Some(previous) = &before.previous else { return Ok(Found::Absent) };
        let again = match self.again(attempt, &before, previous).await? {
            Again::Itself => previous.clone(),
            Again::Usual(release) => release,
            Again::Missing { .. } => return Ok(Found::Absent),
        };
        let previous = &again;
        let ours = attempt.output.as_ref().map(|output| output.release);
        let last = match way(&before, previous, &deployed, ours) {
            Way::There(_) | Way::Theirs(_) => {
                return Ok(Found::Done(self.returned(attempt, previous)));
            }
            Way::Ours => return Ok(Found::Absent),
            Way::Refused(last) => {
                return Ok(Found::Failed(Failure::permanent(
                    "deployment_failed",
                    format!(
                        "failed to bring {} back to {}: Azure DevOps says {}; read its log there",
                        previous.name, attempt.input.stage, last.status
                    ),
                )));
            }
            Way::Coming(last) => last,
        };
        let stage = match (&handle, last.environment) {
            (Some(handle), _) => handle.stage,
            (None, Some(stage)) => stage,
            (None, None) => {
                let release = Release::read(&self.devops, last.release).await?;
                release.stage(&attempt.input.stage)?.id
            }
        };
        let state = StageState::read(&self.devops, last.release, stage).await?;
        let attempts = state.attempts.saturating_sub(1);
        Ok(Found::InProgress(Handle { release: last.release, stage, attempts }))
    }

    /// What a return has to say; the engine drops it.
    fn returned(&self, attempt: &TypedAttempt<'_, Self>, previous: &OnStage) -> Output {
        Output {
            release: previous.release,
            name: previous.name.clone(),
            stage: attempt.input.stage.clone(),
            branch: None,
            version: None,
            previous_release: None,
        }
    }
}
