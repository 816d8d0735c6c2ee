//! A1: a site or a slot as it is. It must not change anything, the stamp included.

use super::address::Target;
use super::stamp::{last_modified, stamped};
use crate::clock::iso_millis;
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::{App, AppAddress, Site, SwapStatus, side};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Reads it.
pub fn get(turn: &Turn<'_>, target: &Target) -> Answer {
    let (Some(body), Some(app)) = (body(turn, target), target.app(turn)) else {
        return Answer::empty(404);
    };
    stamped(Answer::site(body), shown_stamp(turn, app))
}

/// The sites of a resource group, or of the whole subscription; slots are no part of such a list.
pub fn list(turn: &Turn<'_>, group: Option<&str>) -> Answer {
    let fits = |site: &&Site| group.is_none_or(|group| site.group.eq_ignore_ascii_case(group));
    let sites = turn.world.sites.iter().filter(fits).map(|site| site.name.clone());
    let targets = sites.map(|site| Target { address: AppAddress { site, slot: None } });
    let bodies: Vec<Value> = targets.filter_map(|target| body(turn, &target)).collect();
    Answer::site(json!({"value": bodies, "nextLink": null}))
}

/// The site or slot as JSON.
pub fn body(turn: &Turn<'_>, target: &Target) -> Option<Value> {
    let (site, app) = (target.site(turn)?, target.app(turn)?);
    let slot = target.address.slot.as_deref();
    let name = match slot {
        None => site.name.clone(),
        Some(slot) => format!("{}/{slot}", site.name),
    };
    let mut body = json!({
        "id": target.id(turn),
        "name": name,
        "type": target.kind(),
        "kind": "app",
        "location": site.location,
        "properties": properties(turn, site, slot, app),
    });
    if let Some(tags) = &app.tags {
        body["tags"] = json!(tags);
    }
    Some(body)
}

fn shown_stamp(turn: &Turn<'_>, app: &App) -> Timestamp {
    if turn.twist.lagging_stamp { app.modified_before } else { app.modified }
}

fn swap_status(status: &SwapStatus) -> Value {
    json!({
        "timestampUtc": iso_millis(status.at),
        "sourceSlotName": status.source,
        "destinationSlotName": status.destination,
    })
}

fn properties(turn: &Turn<'_>, site: &Site, slot: Option<&str>, app: &App) -> Value {
    let (host, kudu) = (site.host(slot), site.deployment_host(slot));
    let group = &site.group;
    let web_space = format!("{group}-{}webspace", site.location.replace(' ', ""));
    let farm = format!(
        "/subscriptions/{}/resourceGroups/{group}/providers/Microsoft.Web/serverfarms/{}",
        turn.world.subscription, site.plan
    );
    let prepared = site.prepared.as_ref().filter(|held| held.target.as_deref() == slot);
    let mut properties = json!({
        "name": slot.map_or(site.name.clone(), |slot| format!("{}({slot})", site.name)),
        "state": if app.running { "Running" } else { "Stopped" },
        "hostNames": [host],
        "webSpace": web_space,
        "repositorySiteName": site.name,
        "owner": null,
        "usageState": "Normal",
        "enabled": true,
        "adminEnabled": true,
        "enabledHostNames": [host, kudu],
        "siteProperties": {"metadata": null, "properties": [], "appSettings": null},
        "availabilityState": "Normal",
        "hostNameSslStates": [ssl_state(&host, "Standard"), ssl_state(&kudu, "Repository")],
        "serverFarmId": farm,
        "lastModifiedTimeUtc": last_modified(shown_stamp(turn, app)),
        "deploymentId": app.content,
        "slotName": null,
        "slotSwapStatus": app.swapped.as_ref().map(swap_status),
        "targetSwapSlot": prepared.map(|held| side(held.source.as_deref())),
        "inProgressOperationId": site.swap().map(|swap| swap.id.clone()),
        "resourceGroup": group,
        "defaultHostName": host,
    });
    if let (Some(all), Value::Object(rest)) = (properties.as_object_mut(), rest()) {
        all.extend(rest);
    }
    properties
}

/// What is the same for every site here. The wire has it, and clients must bear it.
fn rest() -> Value {
    json!({
        "serverFarm": null,
        "reserved": false,
        "isXenon": false,
        "hyperV": false,
        "storageRecoveryDefaultState": "Running",
        "contentAvailabilityState": "Normal",
        "runtimeAvailabilityState": "Normal",
        "siteConfig": {
            "numberOfWorkers": 1,
            "linuxFxVersion": "",
            "appSettings": null,
            "connectionStrings": null,
            "alwaysOn": true,
            "http20Enabled": true,
        },
        "trafficManagerHostNames": null,
        "sku": "Standard",
        "scmSiteAlsoStopped": false,
        "clientAffinityEnabled": true,
        "clientCertEnabled": false,
        "hostNamesDisabled": false,
        "kind": "app",
        "containerSize": 0,
        "dailyMemoryTimeQuota": 0,
        "suspendedTill": null,
        "siteDisabledReason": 0,
        "maxNumberOfWorkers": null,
        "tags": null,
        "httpsOnly": true,
        "redundancyMode": "None",
        "privateEndpointConnections": [],
        "publicNetworkAccess": "Enabled",
        "storageAccountRequired": false,
        "virtualNetworkSubnetId": null,
        "keyVaultReferenceIdentity": "SystemAssigned",
        "defaultHostNameScope": "Global",
    })
}

fn ssl_state(name: &str, host_type: &str) -> Value {
    json!({
        "name": name,
        "sslState": "Disabled",
        "ipBasedSslResult": null,
        "virtualIP": null,
        "thumbprint": null,
        "toUpdate": null,
        "ipBasedSslState": "NotConfigured",
        "hostType": host_type,
    })
}
