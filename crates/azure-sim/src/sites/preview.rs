//! A16, A17: the first phase of a swap with preview. The source runs with the target's sticky
//! settings until the swap completes it or somebody cancels. It must not know how a swap goes on.

use super::address::{Target, begin_write};
use super::stamp::stamped;
use super::swap_pair::{CANNOT_SWAP, check, target};
use crate::http::{Answer, site_error};
use crate::ledger::{Effect, detail};
use crate::turn::Turn;
use crate::world::{Prepared, side};
use serde_json::json;

/// Prepares a swap; the same again changes nothing.
pub fn apply(turn: &mut Turn<'_>, source: &Target) -> Result<Answer, Answer> {
    let target = target(turn, source)?;
    begin_write(turn, source)?;
    check(turn, source, &target)?;
    let Some(site) = source.site(turn) else { return Err(Answer::empty(404)) };
    let (from, to) = (source.address.slot.clone(), target.address.slot.clone());
    match &site.prepared {
        Some(held) if held.source == from && held.target == to => {
            return Ok(stamped(Answer::empty(200), source.modified(turn)));
        }
        Some(held) => return Err(refusal(held)),
        None => {}
    }
    let sticky = site.sticky.clone();
    let (Some(app), Some(place)) = (source.app(turn), target.app(turn)) else {
        return Err(Answer::empty(404));
    };
    let (own, arrived) = (app.sets(), app.sets().arriving_at(&place.sets(), &sticky));
    let now = turn.now;
    if let Some(site) = turn.world.site_mut(&source.address.site) {
        site.prepared = Some(Prepared { source: from, target: to, source_sets: own });
    }
    if let Some(app) = turn.world.app_mut(&source.address) {
        app.set_sets(arrived);
        app.touch(now);
    }
    turn.launch(&source.address);
    record(turn, source, Effect::SlotSwapPrepared);
    Ok(stamped(Answer::empty(200), source.modified(turn)))
}

/// Cancels what is prepared, at either side; where nothing is, that is well too.
pub fn reset(turn: &mut Turn<'_>, at: &Target) -> Result<Answer, Answer> {
    begin_write(turn, at)?;
    let slot = &at.address.slot;
    let held = at.site(turn).and_then(|site| site.prepared.clone());
    let Some(held) = held.filter(|held| held.source == *slot || held.target == *slot) else {
        return Ok(Answer::empty(200));
    };
    let mut source = at.clone();
    source.address.slot = held.source;
    let now = turn.now;
    if let Some(site) = turn.world.site_mut(&at.address.site) {
        site.prepared = None;
    }
    if let Some(app) = turn.world.app_mut(&source.address) {
        app.set_sets(held.source_sets);
        app.touch(now);
    }
    turn.launch(&source.address);
    record(turn, &source, Effect::SlotSwapReset);
    Ok(Answer::empty(200))
}

/// What else is asked of a pair that is prepared.
pub fn refusal(held: &Prepared) -> Answer {
    let message = format!(
        "Cannot swap site slots because the '{}' slot is prepared for a swap with '{}'.",
        side(held.source.as_deref()),
        side(held.target.as_deref())
    );
    site_error(409, CANNOT_SWAP, &message)
}

/// Refuses to change the settings of a slot that is prepared.
pub fn refuse_prepared(turn: &Turn<'_>, target: &Target) -> Result<(), Answer> {
    let held = target.site(turn).and_then(|site| site.prepared.as_ref());
    if held.is_some_and(|held| held.source == target.address.slot) {
        let message = "The slot cannot be changed because its configuration settings have been \
                       prepared for swap.";
        return Err(site_error(409, CANNOT_SWAP, message));
    }
    Ok(())
}

fn record(turn: &mut Turn<'_>, source: &Target, effect: Effect) {
    let detail = detail([("app", json!(source.address.to_string()))]);
    turn.record(effect, source.address.to_string(), detail);
}
