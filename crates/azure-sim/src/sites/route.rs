//! Which operation of App Service a request is. To add one: its file, and its line here.

use super::address::find;
use super::{
    app_settings, config_web, connection_strings, get, power, preview, slot_config_names, slots,
    swap,
};
use crate::arm::{ArmPath, not_simulated};
use crate::http::Answer;
use crate::turn::Turn;

/// Answers a request to `Microsoft.Web`.
pub fn answer(turn: &mut Turn<'_>, path: &ArmPath) -> Answer {
    if path.lower.first().map(String::as_str) != Some("sites") {
        return not_simulated(turn.request);
    }
    if path.rest.len() == 1 {
        return match turn.request.method.as_str() {
            "GET" => get::list(turn, path.group.as_deref()),
            _ => not_simulated(turn.request),
        };
    }
    if path.rest.len() == 4 && path.lower[2] == "slots" {
        // These may name a slot that is not there.
        match turn.request.method.as_str() {
            "PUT" => return slots::put(turn, path).unwrap_or_else(|refusal| refusal),
            "DELETE" => return slots::delete(turn, path).unwrap_or_else(|refusal| refusal),
            _ => {}
        }
    }
    let (target, rest) = match find(turn, path) {
        Ok(found) => found,
        Err(refusal) => return refusal,
    };
    let in_production = target.address.slot.is_none();
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let done = match (turn.request.method.as_str(), rest.as_slice()) {
        ("GET", []) => Ok(get::get(turn, &target)),
        ("POST", ["stop"]) => power::set_running(turn, &target, false),
        ("POST", ["start"]) => power::set_running(turn, &target, true),
        ("POST", ["restart"]) => power::restart(turn, &target),
        ("POST", ["config", "appsettings", "list"]) => Ok(app_settings::list(turn, &target)),
        ("PUT", ["config", "appsettings"]) => app_settings::put(turn, &target),
        ("POST", ["config", "connectionstrings", "list"]) => {
            Ok(connection_strings::list(turn, &target))
        }
        ("PUT", ["config", "connectionstrings"]) => connection_strings::put(turn, &target),
        ("GET", ["config", "slotconfignames"]) if in_production => {
            Ok(slot_config_names::get(turn, &target))
        }
        ("PUT", ["config", "slotconfignames"]) if in_production => {
            slot_config_names::put(turn, &target)
        }
        ("GET", ["slots"]) => Ok(slots::list(turn, &target)),
        ("POST", ["applyslotconfig"]) => preview::apply(turn, &target),
        ("POST", ["resetslotconfig"]) => preview::reset(turn, &target),
        ("POST", ["slotsswap"]) => swap::accept(turn, &target),
        ("GET", ["operationresults", id]) => swap::poll(turn, &target, id),
        ("PATCH", ["config", "web"]) => config_web::patch(turn, &target),
        ("GET", ["config", "web"]) => Ok(config_web::get(turn, &target)),
        _ => Err(not_simulated(turn.request)),
    };
    done.unwrap_or_else(|refusal| refusal)
}
