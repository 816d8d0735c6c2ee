//! Which steps nobody is to skip: what was looked at for an invariant is kept, and gone on from
//! with each skip that an operator can decide about. It must not know how a breach is told.

use crate::focus::Focus;
use crate::focus::ValueIdx;
use crate::invariant::{Claim, Watch};
use crate::moves::{Moves, Refused};
use crate::outline::Outline;
use crate::search::{Found, Searched, Seen, search, search_on};
use crate::state::State;
use crate::verdict::Options;
use std::collections::{BTreeMap, BTreeSet};
use windlass_model::run::LaneId;
use windlass_model::{Side, StepIdx};

/// Situations that a skip of a lane leads to.
type Skipped = Vec<(LaneId, State)>;

/// An invariant that is kept where nobody skips anything.
pub struct Kept {
    /// It.
    pub claim: Claim,
    /// All situations that were looked at.
    pub seen: Seen,
    /// Those that a skip of a lane leads to.
    pub skipped: Skipped,
}

/// Looks for a breach, and what each skip on the way would lead to.
pub fn look_with_skips(
    moves: &Moves<'_>,
    options: Options,
    claim: &Claim,
) -> Result<(Searched<Vec<ValueIdx>>, Skipped), Refused> {
    let watch = Watch::new(moves.outline, moves.focus, claim.clone());
    let lanes = lanes(moves.outline, moves.focus);
    let (mut skipped, mut refused) = (Vec::new(), None);
    let searched = search(moves, options.states_max, &mut |state| {
        for lane in &lanes {
            match moves.skipped(state, *lane) {
                Ok(after) => skipped.extend(after.map(|after| (*lane, after))),
                Err(bug) => refused = Some(bug),
            }
        }
        let facts = watch.broken(&state.world, &state.facts)?;
        Some((state.world.clone(), facts))
    })?;
    match refused {
        Some(bug) => Err(bug),
        None => Ok((searched, skipped)),
    }
}

/// The lanes after whose skip one of the invariants could break, and how many more situations that
/// took.
pub fn not_skippable(
    outline: &Outline,
    options: Options,
    all: Vec<Kept>,
) -> Result<(BTreeSet<LaneId>, usize), Refused> {
    let (mut found, mut states) = (BTreeSet::new(), 0);
    for Kept { claim, seen, skipped } in all {
        let focus = Focus::new(outline, claim.fields());
        let watch = Watch::new(outline, &focus, claim);
        let mut from: BTreeMap<LaneId, Vec<State>> = BTreeMap::new();
        for (lane, state) in skipped {
            from.entry(lane).or_default().push(state);
        }
        for (lane, from) in from {
            if found.contains(&lane) {
                continue;
            }
            let moves = Moves::new(outline, &focus, options.reduced).skipping(lane);
            let mut broken = |state: &State| {
                let facts = watch.broken(&state.world, &state.facts)?;
                Some(((), facts))
            };
            let searched = search_on(&moves, options.states_max, from, &seen, &mut broken)?;
            states += searched.states;
            if matches!(searched.found, Found::Breach(..)) {
                found.insert(lane);
            }
        }
    }
    Ok((found, states))
}

/// The lanes that do anything to what is looked at.
fn lanes(outline: &Outline, focus: &Focus) -> Vec<LaneId> {
    let steps = 0..outline.sketches.len() as StepIdx;
    let lanes = steps.flat_map(|step| [(step, Side::Forward), (step, Side::Undo)]);
    lanes.filter(|lane| focus.sees(*lane)).collect()
}
