//! A12, A13, A14: the slots of a site. They must not know swaps.

use super::address::{Target, begin_write};
use super::body::bad_value;
use super::get;
use crate::arm::{ArmPath, resource_not_found};
use crate::http::{Answer, site_error};
use crate::ids::content_of_slot;
use crate::ledger::{Effect, app_detail};
use crate::turn::Turn;
use crate::world::{App, AppAddress, ConnectionString, Deployed, Slot};
use indexmap::IndexMap;
use serde_json::{Value, json};

/// How many slots a Standard plan has beside production.
const SLOTS_MAX: usize = 5;

/// App Service's code for a plan that is full.
const NO_SLOT_LEFT: &str = "59312";

/// Lists them, production excluded.
pub fn list(turn: &Turn<'_>, target: &Target) -> Answer {
    let site = target.site(turn);
    let names = site.iter().flat_map(|site| &site.slots).map(|slot| slot.name.clone());
    let addresses =
        names.map(|name| AppAddress { site: target.address.site.clone(), slot: Some(name) });
    let bodies = addresses.filter_map(|address| get::body(turn, &Target { address }));
    Answer::site(json!({"value": bodies.collect::<Vec<Value>>(), "nextLink": null}))
}

/// Makes a slot, empty but for the settings that were sent. One that is there is updated, which
/// restarts it.
pub fn put(turn: &mut Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let (site, slot) = place(turn, path)?;
    let body = turn.request.json().unwrap_or_default();
    if body["location"].as_str().is_none() {
        return Err(bad_value("The parameter location has an invalid value."));
    }
    let sets = sets(&body["properties"]["siteConfig"])?;
    begin_write(turn, &Target { address: AppAddress { site: site.clone(), slot: None } })?;
    let tags = body["tags"].as_object().cloned();
    let (now, content) = (turn.now, content_of_slot(&site, &slot));
    let Some(held) = turn.world.site_mut(&site) else { return Err(Answer::empty(404)) };
    let existing = held.slots.iter().find(|known| known.name.eq_ignore_ascii_case(&slot));
    let address =
        AppAddress { site, slot: Some(existing.map_or(slot.clone(), |known| known.name.clone())) };
    let effect = match existing.is_some() {
        true => Effect::SlotUpdated,
        false if held.slots.len() >= SLOTS_MAX => {
            let message = "Cannot complete the operation because the site will exceed the number \
                           of slots allowed for the 'Standard' SKU.";
            return Err(site_error(409, NO_SLOT_LEFT, message));
        }
        false => {
            held.slots.push(Slot { name: slot, app: empty(now, content) });
            Effect::SlotCreated
        }
    };
    if let Some(app) = held.app_mut(address.slot.as_deref()) {
        if let Some(settings) = sets.0 {
            app.app_settings = settings;
        }
        if let Some(strings) = sets.1 {
            app.connection_strings = strings;
        }
        app.tags = tags.or(app.tags.take());
        app.touch(now);
    }
    turn.launch(&address);
    let detail = app_detail(turn.world, &address);
    turn.record(effect, address.to_string(), detail);
    Ok(get::get(turn, &Target { address }))
}

/// Deletes a slot, its content included. One that is not there is gone: 204.
pub fn delete(turn: &mut Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let (site, slot) = place(turn, path)?;
    begin_write(turn, &Target { address: AppAddress { site: site.clone(), slot: None } })?;
    let Some(held) = turn.world.site_mut(&site) else { return Err(Answer::empty(404)) };
    let place = held.slots.iter().position(|known| known.name.eq_ignore_ascii_case(&slot));
    let Some(index) = place else { return Ok(Answer::empty(204)) };
    let name = held.slots[index].name.clone();
    let address = AppAddress { site: site.clone(), slot: Some(name) };
    let host = held.host(address.slot.as_deref());
    let detail = app_detail(turn.world, &address);
    if let Some(held) = turn.world.site_mut(&site) {
        held.slots.remove(index);
        held.prepared = held
            .prepared
            .take()
            .filter(|swap| swap.source != address.slot && swap.target != address.slot);
        held.ramp_up.retain(|rule| !rule.host.eq_ignore_ascii_case(&host));
    }
    turn.record(Effect::SlotDeleted, address.to_string(), detail);
    Ok(Answer::empty(200))
}

/// The site and the slot that a path names; the slot need not be there.
fn place(turn: &Turn<'_>, path: &ArmPath) -> Result<(String, String), Answer> {
    let (name, group) = (path.name(1), path.group());
    let site = turn.world.site(name).filter(|site| site.group.eq_ignore_ascii_case(group));
    let site = site.ok_or_else(|| resource_not_found("Microsoft.Web/sites", name, group))?;
    Ok((site.name.clone(), path.name(3).to_owned()))
}

fn empty(now: jiff::Timestamp, content: String) -> App {
    App {
        running: true,
        modified: now,
        modified_before: now,
        connection_strings: IndexMap::new(),
        app_settings: IndexMap::new(),
        deployed: Deployed::default(),
        started: now,
        startup_failed: false,
        content,
        swapped: None,
        packages: Vec::new(),
        deployment_host_back: None,
        tags: None,
    }
}

type Given = (Option<IndexMap<String, String>>, Option<IndexMap<String, ConnectionString>>);

/// The sets in a `siteConfig`, each a list there; what is not sent is not set.
fn sets(config: &Value) -> Result<Given, Answer> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let settings = config["appSettings"].as_array().map(|list| {
        let pairs = list.iter().map(|one| Some((text(&one["name"])?, text(&one["value"])?)));
        pairs.collect::<Option<IndexMap<_, _>>>()
    });
    let strings = config["connectionStrings"].as_array().map(|list| {
        let pairs = list.iter().map(|one| {
            let (value, kind) = (text(&one["connectionString"])?, text(&one["type"])?);
            Some((text(&one["name"])?, ConnectionString { value, kind }))
        });
        pairs.collect::<Option<IndexMap<_, _>>>()
    });
    match (settings, strings) {
        (Some(None), _) | (_, Some(None)) => {
            Err(bad_value("The parameter siteConfig has an invalid value."))
        }
        (settings, strings) => Ok((settings.flatten(), strings.flatten())),
    }
}
