//! Every rehearsal of a workflow on the engine's own core, as far as it goes: every order of the
//! steps that touch what is watched, and one or two incidents, wherever they may come: an
//! attempt that fails with or without its effect, a lost answer, a death, a rollback.
//!
//! It must not know how the prover searches: the two are compared.

use super::actor::Actor;
use super::sight::Watched;
use super::stage::{decided, goes_well};
use super::worlds::{self, Before};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use windlass_model::decide::Verb;
use windlass_model::rollback::{bars_the_way_back, point_of_no_return};
use windlass_model::run::LaneId;
use windlass_prover::Outline;
use windlass_prover::focus::Focus;

/// What one incident costs where it comes to a step that touches what is watched, or to the run.
const NEAR: u8 = 1;

/// What it costs anywhere else: one of them is as far as it goes.
const FAR: u8 = 2;

/// What may be spent on incidents.
const BUDGET: u8 = 2;

/// Situations of one world after which it gives up.
const SITUATIONS_MAX: usize = 400_000;

/// What the rehearsals of one condition came to.
pub struct Every {
    /// Whether it was broken in one of them.
    pub broken: bool,
    /// Worlds that they began in.
    pub worlds: usize,
    /// Situations that they came to.
    pub situations: usize,
}

/// Rehearses all. The error is why that could not be done.
pub fn every(outline: &Outline, watched: &Watched) -> Result<Every, String> {
    let focus = Focus::new(outline, watched.fields());
    let stops = |lane: LaneId| point_of_no_return(outline.bare.step(lane.0));
    let near = |lane: LaneId| focus.sees_step(lane.0) || stops(lane);
    let mut lanes = worlds::lanes(outline);
    lanes.retain(|lane| near(*lane));
    let all = worlds::all(outline, watched, &lanes)?;
    let mut every = Every { broken: false, worlds: all.len(), situations: 0 };
    for before in &all {
        let explored = Explorer { outline, watched, near: &near, before }.explore()?;
        every.situations += explored.1;
        every.broken |= explored.0;
        if every.broken {
            break;
        }
    }
    Ok(every)
}

struct Explorer<'a> {
    outline: &'a Outline,
    watched: &'a Watched,
    near: &'a dyn Fn(LaneId) -> bool,
    before: &'a Before,
}

/// A situation, and what may still be spent.
#[derive(Clone)]
struct Here<'a> {
    actor: Actor<'a>,
    left: u8,
}

impl<'a> Explorer<'a> {
    /// Whether it is broken somewhere, and how many situations there are.
    fn explore(&self) -> Result<(bool, usize), String> {
        let workflow =
            decided(self.outline, &self.before.facts).map_err(|error| error.to_string())?;
        let actor = Actor::begin(self.outline, &workflow, self.before.world.clone());
        let mut open = vec![Here { actor, left: BUDGET }];
        let mut seen: HashSet<(u64, u8)> = HashSet::new();
        while let Some(here) = open.pop() {
            if !seen.insert((key(&here.actor), here.left)) {
                continue;
            }
            if seen.len() > SITUATIONS_MAX {
                return Err(format!("there are more than {SITUATIONS_MAX} situations"));
            }
            let facts = &self.before.facts;
            if self.watched.is_broken(&self.outline.def, &here.actor, facts) {
                return Ok((true, seen.len()));
            }
            self.next(&here, &mut open);
        }
        Ok((false, seen.len()))
    }

    fn next(&self, here: &Here<'a>, open: &mut Vec<Here<'a>>) {
        let mut add = |cost: u8, change: &dyn Fn(&mut Actor<'a>)| {
            let Some(left) = here.left.checked_sub(cost) else { return };
            let mut next = Here { actor: here.actor.clone(), left };
            change(&mut next.actor);
            open.push(next);
        };
        let calls: Vec<(LaneId, Verb)> =
            here.actor.calls().map(|(lane, verb)| (lane, verb.clone())).collect();
        let far = calls.iter().find(|(lane, _)| !(self.near)(*lane));
        // What touches nothing goes on first: whatever comes between would come after it as well.
        let turn: Vec<&(LaneId, Verb)> = match far {
            Some(one) => vec![one],
            None => calls.iter().collect(),
        };
        for (lane, verb) in &turn {
            let (lane, cost) = (*lane, if far.is_some() { FAR } else { NEAR });
            let acted = here.actor.has_acted(lane);
            match (far.is_some(), acted) {
                (true, _) => add(0, &|actor| goes_well(actor, lane)),
                (false, true) => add(0, &|actor| actor.ends_well(lane)),
                (false, false) => add(0, &|actor| actor.acts(lane)),
            }
            match (verb, acted) {
                (Verb::Act, false) => {
                    add(cost, &|actor| actor.fails_idle(lane));
                    add(cost, &|actor| actor.is_lost(lane));
                    if far.is_some() {
                        add(cost, &|actor| {
                            actor.acts(lane);
                            actor.fails_acted(lane);
                        });
                    }
                }
                (Verb::Act, true) => {
                    add(cost, &|actor| actor.fails_acted(lane));
                    add(cost, &|actor| actor.is_lost(lane));
                }
                (Verb::Probe, false) => add(0, &|actor| actor.is_absent(lane)),
                (Verb::Probe, true) => add(cost, &|actor| actor.fails_acted(lane)),
                (Verb::Poll | Verb::Capture { .. }, _) => {}
            }
        }
        if !calls.is_empty() {
            add(if far.is_some() { FAR } else { NEAR }, &|actor| actor.restarts());
        }
        if calls.is_empty() && !here.actor.rests() {
            add(0, &|actor| {
                actor.wakes();
            });
        }
        let run = here.actor.run();
        if here.actor.rests() && !run.phase().ended() {
            add(0, &|actor| actor.restarts());
            let bars = |lane: &LaneId| bars_the_way_back(&self.outline.bare, run, *lane);
            for lane in run.failed.iter().copied().filter(|lane| !bars(lane)) {
                let cost = if (self.near)(lane) { NEAR } else { FAR };
                add(cost, &|actor| actor.is_done_by_hand(lane));
            }
        }
        let turns = run.may_turn_back() && !run.going_back();
        if turns {
            add(if far.is_some() { FAR } else { NEAR }, &|actor| actor.turns_back());
        }
    }
}

/// By what a situation is known again: the run but for its times and counts, and the world.
fn key(actor: &Actor<'_>) -> u64 {
    let run = actor.run();
    let mut hasher = DefaultHasher::new();
    run.halt.as_ref().map(std::mem::discriminant).hash(&mut hasher);
    format!("{:?}", run.course).hash(&mut hasher);
    for step in &run.steps {
        for lane in std::iter::once(&step.forward).chain(step.undo.as_deref()) {
            std::mem::discriminant(&lane.state).hash(&mut hasher);
            (lane.state.describe(), lane.armed).hash(&mut hasher);
            lane.in_flight().map(|state| state.describe()).hash(&mut hasher);
            let attempt = lane.attempt.as_deref();
            attempt.map(|one| (one.may_have_acted, one.armed_before)).hash(&mut hasher);
        }
        (step.undo.is_some(), step.undo_waits).hash(&mut hasher);
    }
    let calls: Vec<(LaneId, bool)> =
        actor.calls().map(|(lane, verb)| (lane, *verb == Verb::Act)).collect();
    calls.hash(&mut hasher);
    actor.rests().hash(&mut hasher);
    let (before, acted) = actor.kept();
    acted.hash(&mut hasher);
    let worlds = before.values().map(|(_, fields)| fields).chain([actor.world()]);
    for value in worlds.flat_map(|fields| fields.values()) {
        value.to_string().hash(&mut hasher);
    }
    before.iter().for_each(|(step, (touched, _))| (step, touched).hash(&mut hasher));
    hasher.finish()
}
