//! A world from its document. It must not know where the world will be kept.

use super::document::{DatabaseSeed, SiteSeed, WorldSeed};
use super::grow_devops::{PAST_DEPLOYMENT_S, grow_devops};
use crate::clock::{VirtualClock, earlier};
use crate::ids::{IdSource, content_of_slot};
use crate::world::{
    App, AppAddress, ConnectionString, Database, DatabaseStatus, Deployed, DevOps, Fit, Site, Slot,
    SqlServer, Sticky, StorageAccount, World,
};
use indexmap::IndexMap;
use jiff::Timestamp;

/// Lets a world begin at what its clock shows at a real moment. Worlds of other salts have other
/// ids.
pub fn grow(seed: &WorldSeed, clock: VirtualClock, real: Timestamp, salt: &str) -> World {
    let now = clock.at(real);
    let mut ids = IdSource::new(salt);
    let devops = grow_devops(&seed.devops, now, &mut ids, &seed.canary);
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
            admin_password: fill(&server.admin_password, &seed.canary),
            firewall_rules: server.firewall_rules.clone(),
            public_access: true,
            closed_to_azure: None,
            databases: all.map(|one| grow_database(one, seed, now, &mut ids)).collect(),
            dropped: Vec::new(),
            restorable: Vec::new(),
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
        storage: grow_storage(seed),
        activity: Vec::new(),
        devops,
    }
}

fn fill(text: &str, canary: &str) -> String {
    text.replace("{canary}", canary)
}

fn grow_storage(seed: &WorldSeed) -> Vec<StorageAccount> {
    let mut accounts = seed.storage.clone();
    for account in &mut accounts {
        let secrets = account.keys.iter_mut().chain(&mut account.sas_signature);
        secrets.for_each(|secret| *secret = fill(secret, &seed.canary));
    }
    accounts
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
        requested: None,
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
            deployment_host_back: None,
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
        only_through_azure: seed.only_through_azure,
        locked_until: None,
        ramp_up: Vec::new(),
        shared_out: 0,
        swaps: Vec::new(),
        prepared: None,
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
