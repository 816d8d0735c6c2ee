//! The two sides of a swap, as both of its phases take them from a request. It must not know what
//! is done with them.

use super::address::Target;
use super::body::bad_value;
use crate::arm::resource_not_found;
use crate::http::{Answer, site_error};
use crate::turn::Turn;
use crate::world::AppAddress;
use serde_json::Value;

/// App Service's code for a swap that cannot be.
pub const CANNOT_SWAP: &str = "04024";

/// The slot that the body names.
pub fn target(turn: &Turn<'_>, source: &Target) -> Result<Target, Answer> {
    let body = turn.request.json().unwrap_or_default();
    let (Some(name), Value::Bool(_)) = (body["targetSlot"].as_str(), &body["preserveVnet"]) else {
        return Err(bad_value("The parameter slotSwapEntity has an invalid value."));
    };
    let site = source.address.site.clone();
    if name.eq_ignore_ascii_case("production") {
        return Ok(Target { address: AppAddress { site, slot: None } });
    }
    let held = source.site(turn).ok_or_else(|| Answer::empty(404))?;
    let known = held.slots.iter().find(|slot| slot.name.eq_ignore_ascii_case(name));
    let missing =
        || resource_not_found("Microsoft.Web/sites", &format!("{site}/slots/{name}"), &held.group);
    let slot = Some(known.ok_or_else(missing)?.name.clone());
    Ok(Target { address: AppAddress { site, slot } })
}

/// Refuses a pair that cannot be swapped.
pub fn check(turn: &Turn<'_>, source: &Target, target: &Target) -> Result<(), Answer> {
    if source.address == target.address {
        let message = "Source and destination slots cannot be the same.";
        return Err(site_error(400, CANNOT_SWAP, message));
    }
    for side in [source, target] {
        if side.app(turn).is_some_and(|app| !app.running) {
            let message = format!(
                "Cannot swap site slots for site '{}' because the '{}' slot is stopped.",
                side.address.site,
                crate::world::side(side.address.slot.as_deref())
            );
            return Err(site_error(409, CANNOT_SWAP, &message));
        }
    }
    Ok(())
}
