//! A15: swaps. One is accepted at once and runs for a minute or two; whoever follows it is given
//! another address with every answer. It must not know what is exchanged.

use super::address::{Target, begin_write};
use super::get;
use super::preview::refusal;
use super::stamp::stamped;
use super::swap_pair::{CANNOT_SWAP, check, target};
use crate::arm::resource_not_found;
use crate::clock::later;
use crate::http::{Answer, site_error};
use crate::ledger::Effect;
use crate::site_progress::swap_detail;
use crate::turn::Turn;
use crate::world::{OperationFailure, Swap, SwapState};

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
    let site = source.site(turn);
    let sticky = site.map(|site| site.sticky.clone()).unwrap_or_default();
    let warmed_up = app.sets().arriving_at(&place.sets(), &sticky);
    // One that is prepared has the sticky settings of the target already.
    let own = match site.and_then(|site| site.prepared.as_ref()) {
        Some(held) if held.source != source.address.slot || held.target != target.address.slot => {
            return Err(refusal(held));
        }
        Some(held) => held.source_sets.clone(),
        None => app.sets(),
    };
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
        site.prepared = None;
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
