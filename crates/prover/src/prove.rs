//! The proof of a workflow: its invariants, and the properties that every workflow must have.

use crate::cure::order;
use crate::facts::{Atom, Facts};
use crate::focus::{Field, Focus};
use crate::invariant::Claim;
use crate::look::{look, told};
use crate::moves::{Moves, Refused};
use crate::outline::{Outline, Sketch};
use crate::property::{deletes_what_is_protected, endless_waits, ends_as_it_ran, shape};
use crate::search::Found;
use crate::skips::{Kept, look_with_skips, not_skippable};
use crate::story::Story;
use crate::unknown::is_open;
use crate::verdict::{Options, Verdict};
use windlass_model::catalog::EffectClass;
use windlass_model::event::Effect;
use windlass_model::run::LaneId;
use windlass_model::{StepDef, Value, Work};

/// Steps that an assumption names.
const TOLD_MAX: usize = 8;

/// Proves a workflow, or tells what can be broken. An error is a bug: the model refused what its
/// own rules led to.
pub fn prove(outline: &Outline, options: Options) -> Result<Verdict, Refused> {
    let (mut verdict, mut kept) = (Verdict::default(), Vec::new());
    for claim in Claim::all(&outline.def) {
        kept.extend(one(outline, options, claim, &mut verdict, true)?);
    }
    verdict.assumes = assumptions(outline);
    verdict.stories.extend(shape(outline));
    verdict.stories.extend(endless_waits(outline));
    if verdict.stories.is_empty() {
        let (lanes, states) = not_skippable(outline, options, kept)?;
        verdict.states += states;
        verdict.not_skippable = lanes.into_iter().map(|lane| outline.lane_name(lane)).collect();
    }
    ends_as_it_ran(outline, options, &mut verdict)?;
    deletes_what_is_protected(outline, options, &mut verdict)?;
    Ok(verdict)
}

/// What a proof stands on: whoever reads it must know.
fn assumptions(outline: &Outline) -> Vec<String> {
    let steps = || outline.def.steps.iter().zip(&outline.sketches);
    let id = |(step, _): (&StepDef, &Sketch)| step.id.as_str().to_owned();
    let silent = |(step, sketch): &(&StepDef, &Sketch)| {
        let acts = matches!(&step.work, Work::Action { traits, .. }
            if traits.class != EffectClass::ReadOnly);
        acts && sketch.effects.is_empty()
    };
    let fields: Vec<Field> = Claim::all(&outline.def).iter().flat_map(Claim::fields).collect();
    let somewhere = |(_, sketch): &(&StepDef, &Sketch)| {
        sketch.effects.iter().any(|effect| fields.iter().any(|field| may_be(effect, field)))
    };
    let mut assumes = vec![
        "every action sets the fields that it declares, and no others".to_owned(),
        "nobody else changes them meanwhile".to_owned(),
    ];
    let silent: Vec<String> = steps().filter(silent).map(id).collect();
    if !silent.is_empty() {
        assumes.push(format!("these change no field: {}", listed(&silent)));
    }
    let somewhere: Vec<String> = steps().filter(somewhere).map(id).collect();
    if !somewhere.is_empty() {
        let of = listed(&somewhere);
        assumes.push(format!(
            "these change nothing that a rule is about, though they could name it: {of}"
        ));
    }
    assumes
}

/// Whether an effect on something whose name is not known may be one on this field.
fn may_be(effect: &Effect, (resource, field): &Field) -> bool {
    let name = || Atom::Equal(effect.resource.clone(), Value::from(resource.as_str()).to_string());
    is_open(&effect.resource)
        && effect.field == *field
        && Facts::default().holds(&name()) != Some(false)
}

/// The first of them, and how many more there are.
fn listed(steps: &[String]) -> String {
    let told = steps.iter().take(TOLD_MAX).cloned().collect::<Vec<_>>().join(", ");
    match steps.len().saturating_sub(TOLD_MAX) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}

/// Proves the invariants of a workflow and its environment alone.
pub fn invariants(outline: &Outline, options: Options) -> Result<Verdict, Refused> {
    let mut verdict = Verdict::default();
    for claim in Claim::all(&outline.def) {
        one(outline, options, claim, &mut verdict, false)?;
    }
    Ok(verdict)
}

/// Proves an invariant. Where it is kept, all that was looked at can be gone on from.
fn one(
    outline: &Outline,
    options: Options,
    claim: Claim,
    verdict: &mut Verdict,
    with_skips: bool,
) -> Result<Option<Kept>, Refused> {
    let focus = Focus::new(outline, claim.fields());
    let moves = Moves::new(outline, &focus, options.reduced);
    let (searched, skipped) = match with_skips {
        true => look_with_skips(&moves, options, &claim)?,
        false => (look(&moves, options, &claim)?, Vec::new()),
    };
    verdict.states += searched.states;
    verdict.looked_at.push(claim.name());
    match searched.found {
        Found::Nothing => {
            return Ok(Some(Kept { claim, seen: searched.seen, skipped }));
        }
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
    Ok(None)
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
