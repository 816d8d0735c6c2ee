//! Which order would mend a breach: two steps in each other's places, and the same proof again. It
//! must not know how a breach is told.

use crate::focus::{Focus, Touch};
use crate::moves::{Move, Refused};
use crate::outline::Outline;
use crate::search::Way;
use std::collections::BTreeMap;
use windlass_model::StepIdx;
use windlass_model::event::Side;
use windlass_model::rollback::descendants;

/// Orders that are tried: more are no help to anybody.
const TRIES_MAX: usize = 8;

/// The step that should come before another one; nothing where no such exchange mends it. `holds`
/// carries the proof out anew.
pub fn order(
    outline: &Outline,
    focus: &Focus,
    way: &Way,
    holds: &dyn Fn(&Outline) -> Result<bool, Refused>,
) -> Result<Option<(String, String)>, Refused> {
    let last = way.iter().rev().find_map(|made| match made {
        Move::Acts(lane) => Some(*lane),
        _ => None,
    });
    // On the way back the order follows from that of the way forward.
    let Some((breaker, Side::Forward)) = last else { return Ok(None) };
    let groups = groups(outline);
    let Some(wrong) = groups.values().find(|steps| steps.contains(&breaker)) else {
        return Ok(None);
    };
    let after = descendants(&outline.bare, breaker);
    let sets = |at: &StepIdx| matches!(focus.touch((*at, Side::Forward)), Touch::Set(_));
    // The nearest first, as the file has them.
    let mut all: Vec<(&String, &Vec<StepIdx>)> = groups.iter().collect();
    all.sort_by_key(|(_, steps)| steps.iter().min().copied());
    let later = all.into_iter().filter(|(_, steps)| {
        steps.len() == wrong.len()
            && !steps.contains(&breaker)
            && steps.iter().all(|at| after.contains(at) || !wrong.contains(at))
            && steps.iter().any(|at| after.contains(at) && sets(at))
    });
    for (name, steps) in later.take(TRIES_MAX) {
        let pairs: Vec<(StepIdx, StepIdx)> =
            wrong.iter().copied().zip(steps.iter().copied()).collect();
        let Ok(swapped) = outline.swapped(&pairs) else { continue };
        if holds(&swapped)? {
            return Ok(Some((name.clone(), group(outline, breaker).to_owned())));
        }
    }
    Ok(None)
}

/// Steps by the name that the file gives them: all of a `for_each` together.
fn groups(outline: &Outline) -> BTreeMap<String, Vec<StepIdx>> {
    let mut groups: BTreeMap<String, Vec<StepIdx>> = BTreeMap::new();
    for at in (0..outline.bare.len() as StepIdx).filter(|at| !outline.bare.is_join(*at)) {
        groups.entry(group(outline, at).to_owned()).or_default().push(at);
    }
    groups
}

fn group(outline: &Outline, at: StepIdx) -> &str {
    let id = outline.id(at).as_str();
    id.strip_suffix(']').and_then(|id| id.rsplit_once('[')).map_or(id, |(group, _)| group)
}
