//! A look for a breach of one invariant, and how one is told. It must not know what becomes of a
//! verdict.

use crate::facts::Facts;
use crate::focus::ValueIdx;
use crate::invariant::{Claim, Watch};
use crate::moves::{Moves, Refused};
use crate::search::{Searched, Way, search};
use crate::story::{Story, Teller};
use crate::verdict::Options;

/// Looks for a breach of an invariant.
pub(crate) fn look(
    moves: &Moves<'_>,
    options: Options,
    claim: &Claim,
) -> Result<Searched<Vec<ValueIdx>>, Refused> {
    let watch = Watch::new(moves.outline, moves.focus, claim.clone());
    search(moves, options.states_max, &mut |state| {
        let facts = watch.broken(&state.world, &state.facts)?;
        Some((state.world.clone(), facts))
    })
}

/// Tells a breach.
pub(crate) fn told(
    moves: &Moves<'_>,
    claim: &Claim,
    world: &[ValueIdx],
    way: &Way,
    facts: &Facts,
) -> Story {
    let teller = Teller { outline: moves.outline, focus: moves.focus };
    let watch = Watch::new(moves.outline, moves.focus, claim.clone());
    Story { then: watch.told(world, facts), ..teller.story(claim.name(), moves, way, facts) }
}
