//! The beginning of an attempt to deploy a stage, whoever caused it. It must not know how it ends.

use crate::clock::later;
use crate::ledger::{Effect, app_detail, detail};
use crate::stage_tasks::targets;
use crate::turn::Turn;
use crate::world::{Approval, Attempt, AttemptStatus};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Queues a new attempt of a stage. One stage of a definition is deployed once at a time: another
/// release's attempt is waited for.
pub fn begin(turn: &mut Turn<'_>, release_id: u64, stage_id: u64, reason: &str) {
    let timing = turn.world.timing.clone();
    let now = turn.now;
    let comment = turn.request.json().and_then(|body| body["comment"].as_str().map(str::to_owned));
    let free = free(turn, release_id, stage_id, now);
    let needs_approval = needs_approval(turn, release_id, stage_id);
    let devops = &mut turn.world.devops;
    let starts = if needs_approval { Timestamp::MAX } else { later(free, timing.stage_queue_s) };
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
        ends: match needs_approval {
            true => Timestamp::MAX,
            false => later(starts, timing.stage_deploy_s * turn.twist.copy_factor),
        },
        will_fail: turn.twist.failure.is_some(),
        request_id: turn.request.request_id(),
        approval: needs_approval.then(|| Approval {
            id,
            status: "pending".to_owned(),
            comments: String::new(),
            created: now,
            modified: now,
        }),
    });
    record(turn, release_id, stage_id, Effect::StageDeploymentStarted);
}

/// When an agent has time for a stage: one that waits for an approval holds none.
fn free(turn: &Turn<'_>, release_id: u64, stage_id: u64, now: Timestamp) -> Timestamp {
    let devops = &turn.world.devops;
    let own = devops.release(release_id).and_then(|release| {
        let mut stages = release.stages.iter();
        stages.find(|stage| stage.id == stage_id).map(|stage| stage.definition_stage)
    });
    let stages = devops.releases.iter().flat_map(|release| &release.stages);
    let same = stages.filter(|stage| Some(stage.definition_stage) == own);
    let live = same.filter_map(|stage| {
        stage.latest().filter(|attempt| attempt.is_live() && !attempt.waits_for_approval())
    });
    live.map(|attempt| attempt.ends).max().unwrap_or(now).max(now)
}

fn needs_approval(turn: &Turn<'_>, release_id: u64, stage_id: u64) -> bool {
    let devops = &turn.world.devops;
    let Some(release) = devops.release(release_id) else { return false };
    let stage = release.stages.iter().find(|stage| stage.id == stage_id);
    let definition = devops.release_definition(release.definition);
    let mut known = definition.iter().flat_map(|definition| &definition.stages);
    known.any(|known| {
        known.needs_approval && stage.is_some_and(|stage| stage.definition_stage == known.id)
    })
}

/// Lets a stage that waits for somebody go on, or ends it.
pub fn approve(
    turn: &mut Turn<'_>,
    release_id: u64,
    stage_id: u64,
    approved: bool,
    comments: String,
) {
    let now = turn.now;
    let timing = turn.world.timing.clone();
    let starts = later(free(turn, release_id, stage_id, now), timing.stage_queue_s);
    let mut stages = turn.world.devops.releases.iter_mut().flat_map(|one| &mut one.stages);
    let stage = stages.find(|stage| stage.id == stage_id);
    let Some(attempt) = stage.and_then(|stage| stage.attempts.last_mut()) else { return };
    if let Some(approval) = &mut attempt.approval {
        approval.status = if approved { "approved" } else { "rejected" }.to_owned();
        approval.comments = comments;
        approval.modified = now;
    }
    if approved {
        attempt.starts = starts;
        attempt.ends = later(starts, timing.stage_deploy_s);
    } else {
        attempt.status = AttemptStatus::Rejected;
        attempt.ends = now;
    }
    record(turn, release_id, stage_id, Effect::ApprovalGiven);
}

/// Notes what became of a stage of a release.
pub fn record(turn: &mut Turn<'_>, release_id: u64, stage_id: u64, effect: Effect) {
    let devops = &turn.world.devops;
    let Some(release) = devops.release(release_id) else { return };
    let Some(stage) = release.stages.iter().find(|stage| stage.id == stage_id) else { return };
    let build = devops.build(release.build);
    let apps = targets(&stage.tasks);
    let apps: Vec<Value> =
        apps.iter().map(|address| json!(app_detail(turn.world, address))).collect();
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
