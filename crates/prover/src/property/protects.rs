//! No rollback deletes what a step protects (D5): where a step deletes something with proof only,
//! what was made before it is the way back for all that is done between the two.

use crate::focus::{Field, Focus};
use crate::moves::{Moves, Refused};
use crate::outline::{Outline, Undo};
use crate::search::{Found, search};
use crate::state::State;
use crate::story::{Place, Story, Teller};
use crate::verdict::{Options, Verdict};
use windlass_model::catalog::EffectClass;
use windlass_model::event::Side;
use windlass_model::lane::Lane;
use windlass_model::rollback::descendants;
use windlass_model::{StepIdx, Value, Work};

/// The field that says whether a thing is there.
const EXISTS: &str = "exists";

/// What is made by one step, and deleted by another one with proof.
struct Kept {
    resource: String,
    maker: StepIdx,
    /// What is done between the two.
    between: Vec<StepIdx>,
}

/// Looks for a rollback that deletes such a thing while something stays done that it is the way
/// back for.
pub fn deletes_what_is_protected(
    outline: &Outline,
    options: Options,
    verdict: &mut Verdict,
) -> Result<(), Refused> {
    for kept in all_kept(outline) {
        let name = format!("no_rollback_deletes_what_is_protected for {}", kept.resource);
        let field: Field = (kept.resource.clone(), EXISTS.to_owned());
        let focus = Focus::new(outline, vec![field]).minding(kept.between.iter().copied());
        let moves = Moves::new(outline, &focus, options.reduced);
        let searched = search(&moves, options.states_max, &mut |state| {
            stays(&kept, state).map(|step| (step, state.facts.clone()))
        })?;
        verdict.states += searched.states;
        match searched.found {
            Found::Nothing => {}
            Found::TooMany => verdict.not_proved.push((name, options.states_max)),
            Found::Breach(step, way, facts) => {
                let teller = Teller { outline, focus: &focus };
                let mut story = teller.story(name, &moves, &way, &facts);
                story.places.push(Place::of(outline, step));
                verdict.stories.push(Story {
                    then: vec![format!(
                        "{} is gone, and `{}` stays done",
                        kept.resource,
                        outline.id(step)
                    )],
                    cure: Some(format!(
                        "say `irreversible: true` at `{}`, so that a rollback stops there; or \
                         `compensate: {{ uses: auto, only_if: … }}` at `{}`",
                        outline.id(step),
                        outline.id(kept.maker)
                    )),
                    ..story
                });
            }
        }
    }
    Ok(())
}

/// The step between the two that stays done although the thing is gone.
fn stays(kept: &Kept, state: &State) -> Option<StepIdx> {
    let undo = (kept.maker, Side::Undo);
    let undone = state.run.lane(undo).is_some_and(Lane::succeeded) || state.acted.contains(&undo);
    if !undone || !state.run.steps[kept.maker as usize].forward.armed {
        return None;
    }
    let stays = |step: &&StepIdx| {
        let step = &state.run.steps[**step as usize];
        step.forward.armed && !step.undo.as_deref().is_some_and(Lane::succeeded)
    };
    kept.between.iter().find(stays).copied()
}

fn all_kept(outline: &Outline) -> Vec<Kept> {
    let steps = 0..outline.sketches.len() as StepIdx;
    let sets = |at: StepIdx, value: bool| {
        let effects = outline.sketches[at as usize].effects.iter();
        effects
            .filter(move |effect| effect.field == EXISTS && effect.value == Value::Bool(value))
            .map(|effect| effect.resource.clone())
            .collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    for maker in steps.clone().filter(|at| outline.sketches[*at as usize].undo != Undo::Nothing) {
        let after = descendants(&outline.bare, maker);
        for resource in sets(maker, true) {
            let deletes = |at: &StepIdx| {
                after.contains(at)
                    && outline.def.steps[*at as usize].requires.is_some()
                    && sets(*at, false).contains(&resource)
            };
            let Some(deleter) = steps.clone().find(deletes) else { continue };
            let between = after.iter().copied().filter(|at| {
                let changes = matches!(&outline.def.steps[*at as usize].work,
                    Work::Action { traits, .. } if traits.class != EffectClass::ReadOnly);
                changes && descendants(&outline.bare, *at).contains(&deleter)
            });
            // What says for itself that it stays is told with its reason.
            let between = between.filter(|at| !outline.says_that_it_stays(*at)).collect();
            found.push(Kept { resource, maker, between });
        }
    }
    found
}
