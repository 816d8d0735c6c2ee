//! What must hold when a run has ended.

use crate::judge::Judge;
use crate::mirror::Mirror;
use std::collections::BTreeMap;
use windlass_model::lane::Lane;
use windlass_model::workflow::StepIdx;
use windlass_model::{EffectClass, EventKind, Phase, Side, Work};
use windlass_testkit::World;
use windlass_testkit::world::ledger::Thing;

/// Judges the end.
pub fn verdict(
    judge: &Judge,
    mirror: &Mirror,
    world: &World,
    before: &BTreeMap<String, i64>,
) -> Result<(), String> {
    let phase = mirror.run.phase();
    if !phase.ended() {
        return Err(format!("the run ended {phase}"));
    }
    reasons(mirror)?;
    match phase {
        Phase::Succeeded => effects_stand(judge, mirror),
        Phase::RolledBack => {
            everything_undone(judge, mirror)?;
            things_as_before(judge, mirror, world, before)
        }
        _ => Ok(()),
    }
}

/// A run that is stuck or failed says why.
fn reasons(mirror: &Mirror) -> Result<(), String> {
    for event in &mirror.events {
        let (EventKind::RunStuck { why } | EventKind::RunFailed { why }) = &event.kind else {
            continue;
        };
        if why.is_empty() || why.contains("nothing can go on") {
            return Err(format!("event {} halts the run without a reason: `{why}`", event.seq));
        }
    }
    Ok(())
}

fn acts(mirror: &Mirror, at: StepIdx) -> bool {
    matches!(&mirror.workflow.step(at).work, Work::Action { traits, .. }
        if traits.class != EffectClass::ReadOnly)
}

fn effects_stand(judge: &Judge, mirror: &Mirror) -> Result<(), String> {
    for at in 0..mirror.workflow.len() as StepIdx {
        if mirror.decided.contains(&(at, Side::Forward)) || !acts(mirror, at) {
            continue;
        }
        let id = &mirror.workflow.step(at).id;
        let stands = judge.standing.get(&at).is_some_and(|requests| !requests.is_empty());
        let succeeded = mirror.run.lane((at, Side::Forward)).is_some_and(Lane::succeeded);
        if stands != succeeded {
            return Err(format!(
                "the run succeeded; `{id}` succeeded: {succeeded}; its effect stands: {stands}"
            ));
        }
    }
    Ok(())
}

fn everything_undone(judge: &Judge, mirror: &Mirror) -> Result<(), String> {
    for at in 0..mirror.workflow.len() as StepIdx {
        let stands = judge.standing.get(&at).is_some_and(|requests| !requests.is_empty());
        let left = stands || judge.residue.contains(&at);
        if left && !Judge::may_stay(mirror, at) {
            let id = &mirror.workflow.step(at).id;
            return Err(format!("the run rolled back, and something of `{id}` is left"));
        }
    }
    Ok(())
}

/// Every thing whose steps were all compensated is what it was before the run.
fn things_as_before(
    judge: &Judge,
    mirror: &Mirror,
    world: &World,
    before: &BTreeMap<String, i64>,
) -> Result<(), String> {
    let state = world.state();
    for (target, steps) in &judge.touched {
        if !steps.iter().all(|at| Judge::undone_by_history(mirror, *at))
            || steps.iter().any(|at| Judge::may_stay(mirror, *at))
        {
            continue;
        }
        let (was, is): (Thing, Thing) = (before.get(target).copied(), state.thing(target));
        if was != is {
            return Err(format!("the run rolled back; `{target}` was {was:?} and is {is:?}"));
        }
    }
    Ok(())
}
