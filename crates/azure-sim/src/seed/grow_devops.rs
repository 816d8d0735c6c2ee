//! Azure DevOps from its part of the document: builds, releases and what was deployed where. It
//! must not know where the world will be kept.

use super::document::{BuildSeed, DevOpsSeed, ReleaseSeed};
use super::grow_git::{commit_id, grow_repository};
use crate::clock::earlier;
use crate::ids::{IdSource, named};
use crate::stage_tasks::of_stage;
use crate::world::{
    Attempt, AttemptStatus, Build, DevOps, Release, ReleaseStage, Stage, by_itself,
};
use jiff::Timestamp;

/// The first number of a stage of a release; far from those of definitions, so that no client
/// passes by taking one for the other.
const FIRST_STAGE: u64 = 9000;
/// The first number of a deployment.
const FIRST_DEPLOYMENT: u64 = 50_000;
/// How long a stage of the past took, in seconds.
pub const PAST_DEPLOYMENT_S: i64 = 240;

/// Lets it begin.
pub fn grow_devops(seed: &DevOpsSeed, now: Timestamp, ids: &mut IdSource, canary: &str) -> DevOps {
    let mut definitions = seed.release_definitions.clone();
    for definition in &mut definitions {
        definition.triggers.extend(seed.triggers.iter().cloned());
        definition.revision = definition.revision.max(1);
    }
    let mut build_definitions = seed.build_definitions.clone();
    for definition in &mut build_definitions {
        for variable in definition.variables.values_mut() {
            variable.value = variable.value.replace("{canary}", canary);
        }
    }
    let mut devops = DevOps {
        organization: seed.organization.clone(),
        project: seed.project.clone(),
        project_id: ids.fresh().to_string(),
        build_definitions,
        builds: seed.builds.iter().map(|build| grow_build(build, now)).collect(),
        release_definitions: definitions,
        releases: Vec::new(),
        last_release: 0,
        last_stage: FIRST_STAGE,
        last_deployment: FIRST_DEPLOYMENT,
        repositories: seed.repositories.iter().map(|one| grow_repository(one, now)).collect(),
        runs: Vec::new(),
    };
    for release in &seed.releases {
        grow_release(&mut devops, release, now);
    }
    devops
}

fn grow_release(devops: &mut DevOps, release: &ReleaseSeed, now: Timestamp) {
    let created = earlier(now, release.hours_ago * 3600);
    let stages: Option<Vec<Stage>> =
        devops.release_definition(release.definition).map(|known| known.stages.clone());
    let mut grown = Release {
        id: release.id,
        name: format!("Release-{}", release.id),
        definition: release.definition,
        description: release.description.clone(),
        build: release.build,
        created,
        stages: Vec::new(),
        abandoned: false,
        snapshot_edits: 0,
    };
    for stage in stages.unwrap_or_default() {
        devops.last_stage += 1;
        let mut attempts = Vec::new();
        if release.deployed_to.contains(&stage.name) {
            devops.last_deployment += 1;
            attempts.push(past_attempt(devops.last_deployment, created));
        }
        grown.stages.push(ReleaseStage {
            id: devops.last_stage,
            definition_stage: stage.id,
            tasks: of_stage(&stage),
            name: stage.name,
            attempts,
        });
    }
    devops.last_release = devops.last_release.max(release.id);
    devops.releases.push(grown);
}

fn grow_build(seed: &BuildSeed, now: Timestamp) -> Build {
    let finished = earlier(now, seed.hours_ago * 3600);
    let commit = named(&format!("{}@{}", seed.branch, seed.number)).simple().to_string();
    // A commit id has 40 digits, a GUID 32.
    let own = format!("{commit}{}", &commit[..8]);
    Build {
        id: seed.id,
        definition: seed.definition,
        number: seed.number.clone(),
        branch: seed.branch.clone(),
        commit: seed.commit.as_deref().map_or(own, commit_id),
        status: if seed.result.is_some() { "completed" } else { "inProgress" }.into(),
        result: seed.result.clone(),
        queued: earlier(finished, 1200),
        finished: seed.result.is_some().then_some(finished),
        reason: by_itself(),
        ..Build::default()
    }
}

fn past_attempt(id: u64, created: Timestamp) -> Attempt {
    let ends = earlier(created, -PAST_DEPLOYMENT_S);
    Attempt {
        id,
        attempt: 1,
        status: AttemptStatus::Succeeded,
        reason: "manual".into(),
        comment: None,
        queued: created,
        starts: created,
        ends,
        will_fail: false,
        request_id: None,
        approval: None,
    }
}
