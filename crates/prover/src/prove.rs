//! The proof of a workflow: its invariants, and the properties that every workflow must have.

use crate::cure::order;
use crate::facts::Facts;
use crate::focus::{Focus, ValueIdx};
use crate::invariant::{Claim, Watch};
use crate::moves::{Moves, Refused};
use crate::outline::{Outline, Sketch};
use crate::property::{deletes_what_is_protected, endless_waits, ends_as_it_ran, shape};
use crate::search::{Found, Searched, Way, search};
use crate::story::{Story, Teller};
use crate::verdict::{Options, Verdict};
use windlass_model::catalog::EffectClass;
use windlass_model::run::LaneId;
use windlass_model::{Side, StepDef, StepIdx, Work};

/// Steps that an assumption names.
const TOLD_MAX: usize = 8;

/// Proves a workflow, or tells what can be broken. An error is a bug: the model refused what its
/// own rules led to.
pub fn prove(outline: &Outline, options: Options) -> Result<Verdict, Refused> {
    let mut verdict = invariants(outline, options)?;
    verdict.assumes = assumptions(outline);
    verdict.stories.extend(shape(outline));
    verdict.stories.extend(endless_waits(outline));
    if verdict.stories.is_empty() {
        let lanes = not_skippable(outline, options)?.into_iter();
        verdict.not_skippable = lanes.map(|lane| outline.lane_name(lane)).collect();
    }
    ends_as_it_ran(outline, options, &mut verdict)?;
    deletes_what_is_protected(outline, options, &mut verdict)?;
    Ok(verdict)
}

/// What a proof stands on: whoever reads it must know.
fn assumptions(outline: &Outline) -> Vec<String> {
    let silent = |(step, sketch): (&StepDef, &Sketch)| {
        let acts = matches!(&step.work, Work::Action { traits, .. }
            if traits.class != EffectClass::ReadOnly);
        (acts && sketch.effects.is_empty()).then(|| step.id.as_str().to_owned())
    };
    let steps = outline.def.steps.iter().zip(&outline.sketches);
    let silent: Vec<String> = steps.filter_map(silent).collect();
    let mut assumes = vec![
        "every action sets the fields that it declares, and no others".to_owned(),
        "nobody else changes them meanwhile".to_owned(),
    ];
    if !silent.is_empty() {
        let told: Vec<&str> = silent.iter().take(TOLD_MAX).map(String::as_str).collect();
        let more = silent.len().saturating_sub(TOLD_MAX);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        assumes.push(format!("these change no field: {}{more}", told.join(", ")));
    }
    assumes
}

/// Proves the invariants of a workflow and its environment alone.
pub fn invariants(outline: &Outline, options: Options) -> Result<Verdict, Refused> {
    let mut verdict = Verdict::default();
    for claim in Claim::all(&outline.def) {
        let focus = Focus::new(outline, claim.fields());
        let moves = Moves::new(outline, &focus, options.reduced);
        let searched = look(&moves, options, &claim)?;
        verdict.states += searched.states;
        verdict.looked_at.push(claim.name());
        match searched.found {
            Found::Nothing => {}
            Found::TooMany => verdict.not_proved.push((claim.name(), options.states_max)),
            Found::Breach(breach, way, facts) => {
                let holds = |other: &Outline| {
                    let focus = Focus::new(other, claim.fields());
                    let moves = Moves::new(other, &focus, options.reduced);
                    Ok(matches!(look(&moves, options, &claim)?.found, Found::Nothing))
                };
                // A run under way has begun in the order that it has.
                let order = match &outline.present {
                    None => order(outline, &focus, &way, &holds)?,
                    Some(_) => None,
                };
                let cure = order.map(|(first, then)| {
                    format!("put `{first}` before `{then}`: then nothing breaks it")
                });
                let story = told(&moves, &claim, &breach, &way, &facts);
                verdict.stories.push(Story { cure, ..story });
            }
        }
    }
    Ok(verdict)
}

/// What a skip of a step, or of its undoing, could break, where nothing else breaks it: the first
/// such story. The step is one that an operator decides about.
pub fn skipped(
    outline: &Outline,
    lane: LaneId,
    options: Options,
) -> Result<Option<Story>, Refused> {
    for claim in Claim::all(&outline.def) {
        let focus = Focus::new(outline, claim.fields());
        if !focus.sees(lane) {
            continue;
        }
        let moves = Moves::new(outline, &focus, options.reduced).skipping(lane);
        if let Found::Breach(breach, way, facts) = look(&moves, options, &claim)?.found {
            return Ok(Some(told(&moves, &claim, &breach, &way, &facts)));
        }
    }
    Ok(None)
}

/// The steps that are not to be skipped, and those whose undoing is not: a skip could break an
/// invariant.
fn not_skippable(outline: &Outline, options: Options) -> Result<Vec<LaneId>, Refused> {
    let steps = 0..outline.sketches.len() as StepIdx;
    let lanes = steps.flat_map(|step| [(step, Side::Forward), (step, Side::Undo)]);
    let mut found = Vec::new();
    for lane in lanes {
        if skipped(outline, lane, options)?.is_some() {
            found.push(lane);
        }
    }
    Ok(found)
}

/// Looks for a breach of an invariant.
pub(crate) fn look(
    moves: &Moves<'_>,
    options: Options,
    claim: &Claim,
) -> Result<Searched<Vec<ValueIdx>>, Refused> {
    let watch = Watch::new(moves.outline, moves.focus, claim.clone());
    search(moves, options.states_max, &|state| {
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
