//! The id by which what a step leaves in the world is known again: the same for all its attempts,
//! so that a later one finds what an earlier one left half done.

use windlass_model::{RequestId, Side};
use windlass_ports::{Attempt, Context};

/// Attempts count from 1: this number is nobody's.
const ALL_ATTEMPTS: u32 = 0;

/// The variable that marks every process that a step starts.
pub const MARK: &str = "WINDLASS_ATTEMPT";

/// The id of what an attempt does forward. An action that a step names as its compensation has
/// traces of its own.
pub fn key(ctx: &Context, attempt: &Attempt) -> RequestId {
    let compensation = attempt.side == Side::Forward && attempt.undoes.is_some();
    let side = if compensation { Side::Undo } else { Side::Forward };
    RequestId::derive(ctx.run, &ctx.step, side.as_str(), ALL_ATTEMPTS)
}

/// The id of what a step starts only to look.
pub fn looking(ctx: &Context) -> RequestId {
    RequestId::derive(ctx.run, &ctx.step, "look", ALL_ATTEMPTS)
}
