//! A2, A3, A4: stop, start and restart. They must not know what an app needs to be healthy.

use super::address::{Target, begin_write};
use super::stamp::stamped;
use crate::http::Answer;
use crate::ledger::{Effect, app_detail};
use crate::turn::Turn;

/// Stops or starts an app. Doing it again answers the same and changes nothing, the stamp included.
pub fn set_running(turn: &mut Turn<'_>, target: &Target, running: bool) -> Result<Answer, Answer> {
    begin_write(turn, target)?;
    let now = turn.now;
    let changed = match turn.world.app_mut(&target.address) {
        Some(app) if app.running != running => {
            app.running = running;
            app.touch(now);
            true
        }
        _ => false,
    };
    if changed {
        turn.launch(&target.address);
        let effect = if running { Effect::AppStarted } else { Effect::AppStopped };
        let detail = app_detail(turn.world, &target.address);
        turn.record(effect, target.address.to_string(), detail);
    }
    Ok(stamped(Answer::empty(200), target.modified(turn)))
}

/// Restarts an app. The stamp moves, a stopped app's too, which stays stopped; the answer does not
/// carry it.
pub fn restart(turn: &mut Turn<'_>, target: &Target) -> Result<Answer, Answer> {
    begin_write(turn, target)?;
    let now = turn.now;
    if let Some(app) = turn.world.app_mut(&target.address) {
        app.touch(now);
    }
    turn.launch(&target.address);
    if target.app(turn).is_some_and(|app| app.running) {
        let detail = app_detail(turn.world, &target.address);
        turn.record(Effect::AppRestarted, target.address.to_string(), detail);
    }
    Ok(Answer::empty(200))
}
