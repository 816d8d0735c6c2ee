//! A world from its document. It must not know where the world will be kept.

use super::document::{BuildSeed, DatabaseSeed, DevOpsSeed, SiteSeed, WorldSeed};
use crate::clock::{VirtualClock, earlier};
use crate::ids::{IdSource, content_of_slot, named};
use crate::world::{
    App, AppAddress, Attempt, AttemptStatus, Build, ConnectionString, Database, DatabaseStatus,
    Deployed, DevOps, Fit, Release, ReleaseStage, Site, Slot, SqlServer, Sticky, World,
};
use indexmap::IndexMap;
use jiff::Timestamp;

/// The first number of a stage of a release; far from those of definitions, so that no client
/// passes by taking one for the other.
const FIRST_STAGE: u64 = 9000;
/// The first number of a deployment.
const FIRST_DEPLOYMENT: u64 = 50_000;
/// How long a stage of the past took, in seconds.
const PAST_DEPLOYMENT_S: i64 = 240;

/// Lets a world begin at what its clock shows at a real moment. Worlds of other salts have other
/// ids.
pub fn grow(seed: &WorldSeed, clock: VirtualClock, real: Timestamp, salt: &str) -> World {
    let now = clock.at(real);
    let mut ids = IdSource::new(salt);
    let devops = grow_devops(&seed.devops, now, &mut ids);
    let servers = seed.servers.iter().map(|server| {
        let master = DatabaseSeed {
            name: "master".into(),
            sku: crate::world::Sku::default(),
            copy_s: None,
            hours_ago: 24 * 400,
            fit: Fit::default(),
        };
        let all = std::iter::once(&master).chain(&server.databases);
        SqlServer {
            group: server.group.clone(),
            name: server.name.clone(),
            location: server.location.clone(),
            admin_login: server.admin_login.clone(),
            databases: all.map(|one| grow_database(one, seed, now, &mut ids)).collect(),
            dropped: Vec::new(),
        }
    });
    let servers = servers.collect();
    let sites = seed.sites.iter().map(|site| grow_site(site, seed, &devops, now)).collect();
    let mut identity = seed.identity.clone();
    identity.client_secret = fill(&identity.client_secret, &seed.canary);
    World {
        clock,
        latest: now,
        ids,
        timing: seed.timing.clone(),
        tenant: seed.tenant.clone(),
        subscription: seed.subscription.clone(),
        groups: seed.groups.clone(),
        canary: seed.canary.clone(),
        identity,
        sites,
        servers,
        operations: Vec::new(),
        devops,
    }
}

fn fill(text: &str, canary: &str) -> String {
    text.replace("{canary}", canary)
}

fn grow_database(
    seed: &DatabaseSeed,
    world: &WorldSeed,
    now: Timestamp,
    ids: &mut IdSource,
) -> Database {
    Database {
        name: seed.name.clone(),
        database_id: ids.fresh().to_string(),
        status: DatabaseStatus::Online,
        created: Some(earlier(now, seed.hours_ago * 3600)),
        sku: seed.sku.clone(),
        tags: None,
        copy_s: seed.copy_s.unwrap_or(world.timing.copy_s),
        content_of: seed.name.clone(),
        fit: seed.fit.clone(),
    }
}

fn grow_site(seed: &SiteSeed, world: &WorldSeed, devops: &DevOps, now: Timestamp) -> Site {
    let app = |slot: Option<&str>, running, strings: &IndexMap<_, _>, settings: &IndexMap<_, _>| {
        let address = AppAddress { site: seed.name.clone(), slot: slot.map(str::to_owned) };
        let (deployed, since) = deployed_on(devops, &address)
            .unwrap_or_else(|| (Deployed::default(), earlier(now, PAST_DEPLOYMENT_S)));
        let strings = strings.iter().map(|(name, given): (&String, &ConnectionString)| {
            let value = fill(&given.value, &world.canary);
            (name.clone(), ConnectionString { value, kind: given.kind.clone() })
        });
        let settings = settings
            .iter()
            .map(|(name, value): (&String, &String)| (name.clone(), fill(value, &world.canary)));
        App {
            running,
            modified: since,
            modified_before: since,
            connection_strings: strings.collect(),
            app_settings: settings.collect(),
            deployed,
            started: since,
            startup_failed: false,
            content: content(&seed.name, slot),
            swapped: None,
            packages: Vec::new(),
            tags: None,
        }
    };
    let slots = seed.slots.iter().map(|slot| Slot {
        name: slot.name.clone(),
        app: app(Some(&slot.name), slot.running, &slot.connection_strings, &slot.app_settings),
    });
    Site {
        group: seed.group.clone(),
        name: seed.name.clone(),
        location: seed.location.clone(),
        plan: seed.plan.clone(),
        app: app(None, seed.running, &seed.connection_strings, &seed.app_settings),
        slots: slots.collect(),
        sticky: sticky(seed),
        database_connection: seed.database_connection.clone(),
        locked_until: None,
        ramp_up: Vec::new(),
        shared_out: 0,
        swaps: Vec::new(),
    }
}

/// The first content of a slot is called by the site and four digits.
fn content(site: &str, slot: Option<&str>) -> String {
    slot.map_or(site.to_owned(), |slot| content_of_slot(site, slot))
}

/// Once one list was set, the others are empty rather than `null`.
fn sticky(seed: &SiteSeed) -> Sticky {
    let set = seed.sticky_connection_strings.is_some() || seed.sticky_app_settings.is_some();
    let or_empty = |list: &Option<Vec<String>>| match list {
        None if set => Some(Vec::new()),
        list => list.clone(),
    };
    Sticky {
        app_settings: or_empty(&seed.sticky_app_settings),
        connection_strings: or_empty(&seed.sticky_connection_strings),
        azure_storage: or_empty(&None),
    }
}

/// The build that the last good deployment brought to an app, and since when it runs.
fn deployed_on(devops: &DevOps, address: &AppAddress) -> Option<(Deployed, Timestamp)> {
    let deployments = devops.releases.iter().flat_map(|release| {
        release.stages.iter().filter_map(move |stage| Some((release, stage, stage.latest()?)))
    });
    let to_us = deployments.filter(|(release, stage, _)| {
        let definition = devops.release_definition(release.definition);
        let mut stages = definition.iter().flat_map(|definition| &definition.stages);
        stages.any(|known| known.id == stage.definition_stage && known.deploys_to.contains(address))
    });
    let (release, _, attempt) = to_us.max_by_key(|(_, _, attempt)| attempt.ends)?;
    let build = devops.build(release.build)?;
    let deployed = Deployed {
        branch: build.branch.clone(),
        version: build.number.clone(),
        release: release.name.clone(),
    };
    Some((deployed, attempt.ends))
}

fn grow_devops(seed: &DevOpsSeed, now: Timestamp, ids: &mut IdSource) -> DevOps {
    let mut definitions = seed.release_definitions.clone();
    for definition in &mut definitions {
        definition.triggers.extend(seed.triggers.iter().cloned());
        definition.revision = definition.revision.max(1);
    }
    let mut devops = DevOps {
        organization: seed.organization.clone(),
        project: seed.project.clone(),
        project_id: ids.fresh().to_string(),
        build_definitions: seed.build_definitions.clone(),
        builds: seed.builds.iter().map(|build| grow_build(build, now)).collect(),
        release_definitions: definitions,
        releases: Vec::new(),
        last_release: 0,
        last_stage: FIRST_STAGE,
        last_deployment: FIRST_DEPLOYMENT,
    };
    for release in &seed.releases {
        let created = earlier(now, release.hours_ago * 3600);
        let stages =
            devops.release_definition(release.definition).map(|known| known.stages.clone());
        let mut grown = Release {
            id: release.id,
            name: format!("Release-{}", release.id),
            definition: release.definition,
            description: release.description.clone(),
            build: release.build,
            created,
            stages: Vec::new(),
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
                name: stage.name,
                attempts,
            });
        }
        devops.last_release = devops.last_release.max(release.id);
        devops.releases.push(grown);
    }
    devops
}

fn grow_build(seed: &BuildSeed, now: Timestamp) -> Build {
    let finished = earlier(now, seed.hours_ago * 3600);
    let commit = named(&format!("{}@{}", seed.branch, seed.number)).simple().to_string();
    Build {
        id: seed.id,
        definition: seed.definition,
        number: seed.number.clone(),
        branch: seed.branch.clone(),
        // A commit id has 40 digits, a GUID 32.
        commit: format!("{commit}{}", &commit[..8]),
        status: if seed.result.is_some() { "completed" } else { "inProgress" }.into(),
        result: seed.result.clone(),
        queued: earlier(finished, 1200),
        finished: seed.result.is_some().then_some(finished),
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
    }
}
