//! What simulated time does by itself: copies come online, operations end, stages are deployed. It
//! must not know requests.

use crate::devops;
use crate::launch::launch;
use crate::ledger::{Change, Effect, app_detail, detail};
use crate::long_work;
use crate::site_progress::{self, SiteDue};
use crate::stage_tasks::{managed, targets};
use crate::world::{AppAddress, AttemptStatus, Deployed, World};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// How long a finished operation can still be polled.
const OPERATION_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// What is due at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Due {
    /// The target of operation `.0` comes online.
    Online(usize),
    /// Operation `.0` ends.
    OperationEnd(usize),
    /// The last attempt of stage `.1` of release `.0` finds an agent.
    AttemptStart(usize, usize),
    /// The last attempt of stage `.1` of release `.0` ends.
    AttemptEnd(usize, usize),
    /// Something of a site.
    Site(SiteDue),
    /// Something of Azure DevOps that is no deployment.
    DevOps(devops::Due),
}

/// Lets everything happen that is due until a moment, in order, and returns the changes.
pub fn advance(world: &mut World, until: Timestamp) -> Vec<Change> {
    let mut changes = Vec::new();
    while let Some((at, due)) = first_due(world).filter(|(at, _)| *at <= until) {
        match due {
            Due::Online(index) => changes.extend(long_work::online(world, index, at)),
            Due::OperationEnd(index) => changes.extend(long_work::end(world, index, at)),
            Due::AttemptStart(release, stage) => {
                changes.extend(attempt_start(world, release, stage, at));
            }
            Due::AttemptEnd(release, stage) => changes.extend(attempt_end(world, release, stage)),
            Due::Site(due) => changes.extend(site_progress::happen(world, &due, at)),
            Due::DevOps(due) => changes.extend(devops::happen(world, &due, at)),
        }
    }
    if until > world.latest {
        world.latest = until;
        let kept = until.checked_sub(OPERATION_KEPT).unwrap_or(Timestamp::MIN);
        world.operations.retain(|operation| operation.is_running() || operation.ends > kept);
        world.identity.tokens.retain(|token| token.expires > until);
    }
    changes
}

fn first_due(world: &World) -> Option<(Timestamp, Due)> {
    let running = world.operations.iter().enumerate().filter(|(_, op)| op.is_running());
    let operations = running.map(|(index, op)| match &op.copying {
        Some(copying) if op.failure.is_none() => (copying.online_at, Due::Online(index)),
        _ => (op.ends, Due::OperationEnd(index)),
    });
    let releases = world.devops.releases.iter().enumerate().flat_map(|(r, release)| {
        let stages = release.stages.iter().enumerate();
        stages.filter_map(move |(s, stage)| {
            let attempt = stage.latest()?;
            match attempt.status {
                AttemptStatus::Queued => Some((attempt.starts, Due::AttemptStart(r, s))),
                AttemptStatus::InProgress => Some((attempt.ends, Due::AttemptEnd(r, s))),
                _ => None,
            }
        })
    });
    let sites = site_progress::first_due(world).map(|(at, due)| (at, Due::Site(due)));
    let others = devops::first_due(world).map(|(at, due)| (at, Due::DevOps(due)));
    operations.chain(releases).chain(sites).chain(others).min_by_key(|(at, _)| *at)
}

fn set_attempt(world: &mut World, release: usize, stage: usize, status: AttemptStatus) {
    let attempts = &mut world.devops.releases[release].stages[stage].attempts;
    if let Some(attempt) = attempts.last_mut() {
        attempt.status = status;
    }
}

/// A deployment begins by stopping what its tasks stop.
fn attempt_start(world: &mut World, release: usize, stage: usize, at: Timestamp) -> Vec<Change> {
    set_attempt(world, release, stage, AttemptStatus::InProgress);
    switch(world, release, stage, at, false)
}

/// Stops or starts the apps that the tasks of a stage stop or start.
fn switch(
    world: &mut World,
    release: usize,
    stage: usize,
    at: Timestamp,
    running: bool,
) -> Vec<Change> {
    let held = &world.devops.releases[release].stages[stage];
    let (word, effect) = match running {
        true => ("Start", Effect::AppStarted),
        false => ("Stop", Effect::AppStopped),
    };
    let request_id = held.latest().and_then(|attempt| attempt.request_id.clone());
    let mut changes = Vec::new();
    for address in managed(&held.tasks, word) {
        let Some(app) = world.app_mut(&address).filter(|app| app.running != running) else {
            continue;
        };
        app.running = running;
        app.touch(at);
        let migrated = launch(world, &address, at);
        let (target, request_id) = (address.to_string(), request_id.clone());
        let detail = app_detail(world, &address);
        changes.push(Change { at, effect, target, request_id, detail });
        changes.extend(migrated);
    }
    changes
}

fn attempt_end(world: &mut World, release: usize, stage: usize) -> Vec<Change> {
    let mut migrated = Vec::new();
    let Some(over) = deployed(world, release, stage, &mut migrated) else { return Vec::new() };
    let (ended, succeeded) = (over.at, over.effect == Effect::StageDeployed);
    let mut changes = vec![over];
    changes.append(&mut migrated);
    // A task that fails ends its stage: what it stopped stays stopped.
    if succeeded {
        changes.extend(switch(world, release, stage, ended, true));
    }
    changes
}

fn deployed(
    world: &mut World,
    release: usize,
    stage: usize,
    migrated: &mut Vec<Change>,
) -> Option<Change> {
    let held = &world.devops.releases[release];
    let (name, of_stage) = (held.name.clone(), held.stages[stage].clone());
    let attempt = of_stage.latest()?.clone();
    let apps = targets(&of_stage.tasks);
    let build = world.devops.build(held.build)?.clone();
    let (status, effect) = match attempt.will_fail {
        true => (AttemptStatus::Rejected, Effect::StageDeploymentFailed),
        false => (AttemptStatus::Succeeded, Effect::StageDeployed),
    };
    set_attempt(world, release, stage, status);
    if status == AttemptStatus::Succeeded {
        let deployed = Deployed {
            branch: build.branch.clone(),
            version: build.number.clone(),
            release: name.clone(),
        };
        for address in &apps {
            migrated.extend(deploy(world, address, deployed.clone(), attempt.ends));
        }
    }
    let detail = detail([
        ("stage", json!(of_stage.name)),
        ("release", json!(name)),
        ("attempt", json!(attempt.attempt)),
        ("build", json!(build.id)),
        ("branch", json!(build.branch)),
        ("version", json!(build.number)),
        ("apps", apps.iter().map(|address| json!(app_detail(world, address))).collect()),
    ]);
    Some(Change {
        at: attempt.ends,
        effect,
        target: format!("{name}/{}", of_stage.name),
        request_id: attempt.request_id,
        detail,
    })
}

/// Puts a build onto an app; a running one comes up anew, and may migrate its database.
fn deploy(
    world: &mut World,
    address: &AppAddress,
    deployed: Deployed,
    at: Timestamp,
) -> Option<Change> {
    let app = world.app_mut(address)?;
    app.deployed = deployed;
    app.touch(at);
    launch(world, address, at)
}
