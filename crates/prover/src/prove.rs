//! The proof of a workflow: its invariants, and the properties that every workflow must have.

use crate::cure::order;
use crate::focus::{Focus, ValueIdx};
use crate::invariant::{Claim, Watch};
use crate::moves::{Moves, Refused};
use crate::outline::{Outline, Sketch};
use crate::property::{deletes_what_is_protected, endless_waits, ends_as_it_ran, shape};
use crate::search::{Found, Searched, search};
use crate::story::{Story, Teller};
use crate::verdict::{Options, Verdict};
use windlass_model::catalog::EffectClass;
use windlass_model::{StepDef, Work};

/// Steps that an assumption names.
const TOLD_MAX: usize = 8;

/// Proves a workflow, or tells what can be broken. An error is a bug: the model refused what its
/// own rules led to.
pub fn prove(outline: &Outline, options: Options) -> Result<Verdict, Refused> {
    let mut verdict = invariants(outline, options)?;
    verdict.assumes = assumptions(outline);
    verdict.stories.extend(shape(outline));
    verdict.stories.extend(endless_waits(outline));
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
        let name = claim.name();
        let focus = Focus::new(outline, claim.fields());
        let searched = look(outline, options, &claim, &focus)?;
        verdict.states += searched.states;
        verdict.looked_at.push(name.clone());
        match searched.found {
            Found::Nothing => {}
            Found::TooMany => verdict.not_proved.push((name, options.states_max)),
            Found::Breach(world, way, facts) => {
                let holds = |other: &Outline| {
                    let focus = Focus::new(other, claim.fields());
                    let searched = look(other, options, &claim, &focus)?;
                    Ok(matches!(searched.found, Found::Nothing))
                };
                let order = order(outline, &focus, &way, &holds)?;
                let teller = Teller { outline, focus: &focus };
                let moves = Moves { outline, focus: &focus, reduced: options.reduced };
                verdict.stories.push(Story {
                    then: Watch::new(outline, &focus, claim.clone()).told(&world, &facts),
                    cure: order.map(|(first, then)| {
                        format!("put `{first}` before `{then}`: then nothing breaks it")
                    }),
                    ..teller.story(name, &moves, &way, &facts)
                });
            }
        }
    }
    Ok(verdict)
}

fn look(
    outline: &Outline,
    options: Options,
    claim: &Claim,
    focus: &Focus,
) -> Result<Searched<Vec<ValueIdx>>, Refused> {
    let moves = Moves { outline, focus, reduced: options.reduced };
    let watch = Watch::new(outline, focus, claim.clone());
    search(&moves, options.states_max, &|state| {
        let facts = watch.broken(&state.world, &state.facts)?;
        Some((state.world.clone(), facts))
    })
}
