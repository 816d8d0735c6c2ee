//! A15: swaps. One is accepted at once and runs for a minute or two; whoever follows it is given
//! another address with every answer. It must not know what is exchanged.

use super::address::{Target, begin_write};
use super::body::bad_value;
use super::get;
use super::stamp::stamped;
use crate::arm::resource_not_found;
use crate::clock::later;
use crate::http::{Answer, site_error};
use crate::ledger::Effect;
use crate::site_progress::swap_detail;
use crate::turn::Turn;
use crate::world::{AppAddress, OperationFailure, Swap, SwapState};
use serde_json::Value;

/// App Service's code for a swap that cannot be.
const CANNOT_SWAP: &str = "04024";

/// How many addresses of a swap are good at a time: the newest, and the one before it for a client
/// that died between the two.
const ADDRESSES_KEPT: u64 = 2;

/// Accepts a swap of an app with the slot that the body names.
pub fn accept(turn: &mut Turn<'_>, source: &Target) -> Result<Answer, Answer> {
    let target = target(turn, source)?;
    begin_write(turn, source)?;
    check(turn, source, &target)?;
    let now = turn.now;
    let stamp_before = target.modified(turn);
    let id = turn.world.ids.fresh().to_string();
    let ends = later(now, turn.world.timing.swap_s);
    let failure = turn.twist.failure.as_ref().map(|failure| OperationFailure {
        code: "BadRequest".into(),
        message: format!(
            "Cannot swap slots for site '{}' because the '{}' slot did not respond to http ping. \
             {}",
            source.address.site,
            crate::world::side(source.address.slot.as_deref()),
            failure.message
        ),
    });
    let (Some(app), Some(place)) = (source.app(turn), target.app(turn)) else {
        return Err(Answer::empty(404));
    };
    let sticky = source.site(turn).map(|site| site.sticky.clone()).unwrap_or_default();
    let (own, warmed_up) = (app.sets(), app.sets().arriving_at(&place.sets(), &sticky));
    let swap = Swap {
        id,
        source: source.address.slot.clone(),
        target: target.address.slot.clone(),
        started: now,
        ends,
        state: SwapState::InProgress,
        failure,
        polls: 0,
        request_id: turn.request.request_id(),
        source_sets: own,
    };
    if let Some(site) = turn.world.site_mut(&source.address.site) {
        site.swaps.push(swap.clone());
    }
    if let Some(app) = turn.world.app_mut(&source.address) {
        app.set_sets(warmed_up);
    }
    if let Some(app) = turn.world.app_mut(&target.address) {
        app.touch(now);
    }
    turn.launch(&source.address);
    let detail = swap_detail(turn.world, &swap, &source.address.site);
    turn.record(Effect::SlotSwapStarted, source.address.site.clone(), detail);
    let answer = Answer::empty(202).with_header("location", location(turn, source, &swap));
    Ok(stamped(answer, stamp_before))
}

fn target(turn: &Turn<'_>, source: &Target) -> Result<Target, Answer> {
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

fn check(turn: &Turn<'_>, source: &Target, target: &Target) -> Result<(), Answer> {
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

/// The address at which a swap is asked for from now on.
fn location(turn: &Turn<'_>, source: &Target, swap: &Swap) -> String {
    let version = turn.request.query("api-version").unwrap_or("2023-12-01");
    let (base, id) = (turn.request.base(), source.id(turn));
    let address = format!("{base}{id}/operationresults/{}?api-version={version}", swap.id);
    match swap.polls {
        0 => address,
        polls => format!("{address}&t={polls}"),
    }
}

/// Says how a swap goes: 202 and another address, or how it ended.
pub fn poll(turn: &mut Turn<'_>, source: &Target, id: &str) -> Result<Answer, Answer> {
    let asked = turn.request.query("t").and_then(|t| t.parse::<u64>().ok()).unwrap_or_default();
    let unknown = || {
        let name = format!("{}/operationresults/{id}", source.address.site);
        resource_not_found("Microsoft.Web/sites", &name, "")
    };
    let Some(site) = turn.world.site_mut(&source.address.site) else { return Err(unknown()) };
    let Some(swap) = site.swaps.iter_mut().find(|swap| swap.id == id) else {
        return Err(unknown());
    };
    if swap.polls.saturating_sub(asked) >= ADDRESSES_KEPT || asked > swap.polls {
        return Err(unknown());
    }
    if swap.state == SwapState::InProgress {
        swap.polls += 1;
        let swap = swap.clone();
        return Ok(Answer::empty(202).with_header("location", location(turn, source, &swap)));
    }
    match &swap.failure {
        Some(failure) => Err(site_error(400, CANNOT_SWAP, &failure.message.clone())),
        None => Ok(get::get(turn, source)),
    }
}
