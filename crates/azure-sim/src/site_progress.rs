//! What simulated time does to sites by itself: swaps end, packages are deployed. It must not know
//! requests.

use crate::launch::launch;
use crate::ledger::{Change, Effect, app_detail, detail};
use crate::world::{
    AppAddress, DatabaseStatus, PackageState, Site, Swap, SwapState, SwapStatus, World, side,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// How many swaps of a site can still be asked for.
const SWAPS_KEPT: usize = 20;

/// What is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SiteDue {
    /// The swap of this site ends.
    Swap(String),
    /// The package that this app's deployment host works on is deployed.
    Package(AppAddress),
}

/// What is due first.
pub fn first_due(world: &World) -> Option<(Timestamp, SiteDue)> {
    let swaps = world.sites.iter().filter_map(|site| {
        let swap = site.swap()?;
        Some((swap.ends, SiteDue::Swap(site.name.clone())))
    });
    let packages = world.sites.iter().flat_map(|site| {
        let slots = site.slots.iter().map(|slot| (Some(slot.name.clone()), &slot.app));
        std::iter::once((None, &site.app)).chain(slots).filter_map(|(slot, app)| {
            let mut running = app.packages.iter();
            let package = running.find(|package| package.state == PackageState::Building)?;
            let address = AppAddress { site: site.name.clone(), slot };
            Some((package.ends, SiteDue::Package(address)))
        })
    });
    swaps.chain(packages).min_by_key(|(at, _)| *at)
}

/// Lets it happen.
pub fn happen(world: &mut World, due: &SiteDue, at: Timestamp) -> Vec<Change> {
    match due {
        SiteDue::Swap(site) => swap_end(world, site, at),
        SiteDue::Package(address) => package_end(world, address, at),
    }
}

/// Ends the swap that runs, and returns it as it ended.
fn end(site: &mut Site) -> Option<Swap> {
    let running = site.swaps.iter_mut().find(|swap| swap.state == SwapState::InProgress)?;
    running.state = match running.failure {
        Some(_) => SwapState::Failed,
        None => SwapState::Succeeded,
    };
    let ended = running.clone();
    let spare = site.swaps.len().saturating_sub(SWAPS_KEPT);
    site.swaps.drain(..spare);
    Some(ended)
}

fn swap_end(world: &mut World, site: &str, at: Timestamp) -> Vec<Change> {
    let Some(held) = world.site_mut(site) else { return Vec::new() };
    let Some(swap) = end(held) else { return Vec::new() };
    let address = |slot: &Option<String>| AppAddress { site: site.into(), slot: slot.clone() };
    let (source, target) = (address(&swap.source), address(&swap.target));
    let mut changes = Vec::new();
    let effect = match swap.failure {
        Some(_) => {
            if let Some(app) = world.app_mut(&source) {
                app.set_sets(swap.source_sets.clone());
                app.touch(at);
            }
            changes.extend(launch(world, &source, at));
            Effect::SlotSwapFailed
        }
        None => {
            exchange(world, &swap, &source, &target, at);
            // The new production was warmed up; what it replaced comes up cold.
            changes.extend(launch(world, &source, at));
            Effect::SlotSwapped
        }
    };
    let (request_id, detail) = (swap.request_id.clone(), swap_detail(world, &swap, site));
    changes.push(Change { at, effect, target: site.to_owned(), request_id, detail });
    changes
}

/// Exchanges what travels, and leaves what is sticky.
fn exchange(
    world: &mut World,
    swap: &Swap,
    source: &AppAddress,
    target: &AppAddress,
    at: Timestamp,
) {
    let Some(sticky) = world.site(&source.site).map(|site| site.sticky.clone()) else { return };
    let (Some(was_source), Some(was_target)) =
        (world.app(source).cloned(), world.app(target).cloned())
    else {
        return;
    };
    let status = SwapStatus {
        at,
        source: side(source.slot.as_deref()),
        destination: side(target.slot.as_deref()),
    };
    let back = was_target.sets().arriving_at(&swap.source_sets, &sticky);
    if let Some(app) = world.app_mut(source) {
        app.set_sets(back);
        app.deployed = was_target.deployed;
        app.content = was_target.content;
        app.packages = was_target.packages;
        app.swapped = Some(status.clone());
        app.touch(at);
    }
    if let Some(app) = world.app_mut(target) {
        app.set_sets(was_source.sets());
        app.deployed = was_source.deployed;
        app.content = was_source.content;
        app.packages = was_source.packages;
        app.started = was_source.started;
        app.startup_failed = was_source.startup_failed;
        app.swapped = Some(status);
    }
    let online = world.database_status(target) == Some(DatabaseStatus::Online);
    if let Some(app) = world.app_mut(target) {
        app.startup_failed |= app.running && !app.deployed.version.is_empty() && !online;
    }
}

/// Both sides as they are now.
pub fn swap_detail(world: &World, swap: &Swap, site: &str) -> Map<String, Value> {
    let app = |slot: &Option<String>| {
        let address = AppAddress { site: site.to_owned(), slot: slot.clone() };
        json!(app_detail(world, &address))
    };
    let mut detail = detail([
        ("source", json!(side(swap.source.as_deref()))),
        ("destination", json!(side(swap.target.as_deref()))),
        ("apps", json!([app(&swap.source), app(&swap.target)])),
        ("operation", json!(swap.id)),
    ]);
    if let Some(failure) = &swap.failure {
        detail.insert("code".into(), json!(failure.code));
    }
    detail
}

fn package_end(world: &mut World, address: &AppAddress, at: Timestamp) -> Vec<Change> {
    let Some(app) = world.app_mut(address) else { return Vec::new() };
    let building = app.packages.iter().position(|one| one.state == PackageState::Building);
    let Some(index) = building else { return Vec::new() };
    let failed = app.packages[index].failure.is_some();
    for (other, package) in app.packages.iter_mut().enumerate() {
        package.active = if failed { package.active } else { other == index };
    }
    let package = &mut app.packages[index];
    package.state = if failed { PackageState::Failed } else { PackageState::Succeeded };
    let ended = package.clone();
    let mut changes = Vec::new();
    if !failed {
        app.deployed = ended.holds.clone();
        app.touch(at);
        changes.extend(launch(world, address, at));
    }
    let effect = if failed { Effect::PackageDeploymentFailed } else { Effect::PackageDeployed };
    let mut detail = app_detail(world, address);
    detail.insert("deployment".into(), json!(ended.id));
    let (target, request_id) = (address.to_string(), ended.request_id);
    changes.push(Change { at, effect, target, request_id, detail });
    changes
}
