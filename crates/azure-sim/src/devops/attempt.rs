//! The beginning of an attempt to deploy a stage, whoever caused it. It must not know how it ends.

use crate::clock::later;
use crate::ledger::{Effect, app_detail, detail};
use crate::turn::Turn;
use crate::world::{Attempt, AttemptStatus};
use serde_json::{Value, json};

/// Queues a new attempt of a stage. One stage of a definition is deployed once at a time: another
/// release's attempt is waited for.
pub fn begin(turn: &mut Turn<'_>, release_id: u64, stage_id: u64, reason: &str) {
    let timing = turn.world.timing.clone();
    let now = turn.now;
    let comment = turn.request.json().and_then(|body| body["comment"].as_str().map(str::to_owned));
    let devops = &mut turn.world.devops;
    let Some(definition_stage) = devops.release(release_id).and_then(|release| {
        let mut stages = release.stages.iter();
        stages.find(|stage| stage.id == stage_id).map(|stage| stage.definition_stage)
    }) else {
        return;
    };
    let stages = devops.releases.iter().flat_map(|release| &release.stages);
    let same = stages.filter(|stage| stage.definition_stage == definition_stage);
    let live = same.filter_map(|stage| stage.latest().filter(|attempt| attempt.is_live()));
    let free = live.map(|attempt| attempt.ends).max().unwrap_or(now).max(now);
    let starts = later(free, timing.stage_queue_s);
    devops.last_deployment += 1;
    let id = devops.last_deployment;
    let mut stages = devops.releases.iter_mut().flat_map(|release| &mut release.stages);
    let Some(stage) = stages.find(|stage| stage.id == stage_id) else { return };
    let number = stage.attempts.last().map_or(1, |last| last.attempt + 1);
    stage.attempts.push(Attempt {
        id,
        attempt: number,
        status: AttemptStatus::Queued,
        reason: reason.to_owned(),
        comment,
        queued: now,
        starts,
        ends: later(starts, timing.stage_deploy_s),
        will_fail: turn.twist.failure.is_some(),
        request_id: turn.request.request_id(),
    });
    record(turn, release_id, stage_id, Effect::StageDeploymentStarted);
}

/// Notes what became of a stage of a release.
pub fn record(turn: &mut Turn<'_>, release_id: u64, stage_id: u64, effect: Effect) {
    let devops = &turn.world.devops;
    let Some(release) = devops.release(release_id) else { return };
    let Some(stage) = release.stages.iter().find(|stage| stage.id == stage_id) else { return };
    let build = devops.build(release.build);
    let definition = devops.release_definition(release.definition);
    let mut known = definition.iter().flat_map(|definition| &definition.stages);
    let known = known.find(|known| known.id == stage.definition_stage);
    let apps = known.iter().flat_map(|known| &known.deploys_to);
    let apps: Vec<Value> = apps.map(|address| json!(app_detail(turn.world, address))).collect();
    let detail = detail([
        ("stage", json!(stage.name)),
        ("release", json!(release.name)),
        ("attempt", json!(stage.latest().map(|attempt| attempt.attempt))),
        ("build", json!(release.build)),
        ("branch", json!(build.map(|build| &build.branch))),
        ("version", json!(build.map(|build| &build.number))),
        ("apps", json!(apps)),
    ]);
    let target = format!("{}/{}", release.name, stage.name);
    turn.record(effect, target, detail);
}
