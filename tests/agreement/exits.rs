//! The ways out of a run under way, as the prover tells them, are those that the engine's core
//! goes: the same steps in the same order, and what is called safe breaks nothing.

use super::play::{FIELDS, Play, Small, known};
use std::collections::BTreeSet;
use std::sync::Arc;
use windlass_model::expr::{BinaryOp, Node};
use windlass_model::rollback::descendants;
use windlass_model::run::LaneId;
use windlass_model::{Phase, Side, StepIdx, Workflow, WorkflowDef};
use windlass_prover::focus::Focus;
use windlass_prover::present::states;
use windlass_prover::unknown::shown_value;
use windlass_prover::{Exit, Options, Outline, exits};
use windlass_testkit::{Prng, small};

/// Workflows that are tried, and plays of each.
const SEEDS: u64 = 150;
const PLAYS: u64 = 12;

/// Steps of one.
const STEPS_MAX: u64 = 5;

/// What happens before a play is left, at most; and after that.
const BEFORE_MAX: u64 = 16;
const AFTER_MAX: usize = 40;

/// Whether no two steps of which neither waits for the other set one field: which of them came
/// last is nowhere written down, and `check` refuses such a file.
fn in_order(outline: &Outline) -> bool {
    let fields: Vec<_> = FIELDS.iter().map(|f| (small::APP.to_owned(), (*f).to_owned())).collect();
    let each = fields.into_iter().map(|field| Focus::new(outline, vec![field]));
    let after = |at| descendants(&outline.bare, at);
    each.into_iter().all(|focus| {
        let steps = (0..outline.bare.len() as StepIdx).filter(|at| focus.sees_step(*at));
        let steps: Vec<StepIdx> = steps.collect();
        steps.iter().all(|one| {
            let ordered = |other: &StepIdx| {
                one == other || after(*one).contains(other) || after(*other).contains(one)
            };
            steps.iter().all(ordered)
        })
    })
}

/// The values that break the rule.
pub fn forbidden(def: &WorkflowDef) -> Vec<(String, String)> {
    fn of(node: &Node) -> Vec<(String, String)> {
        match node {
            Node::Binary { op: BinaryOp::And, left, right } => [of(left), of(right)].concat(),
            Node::Binary { op: BinaryOp::Equal, left, right } => match (&**left, &**right) {
                (Node::Select { field, .. }, Node::Literal(value)) => {
                    vec![(field.clone(), value.to_string())]
                }
                other => panic!("no field and value: {other:?}"),
            },
            other => panic!("not of this form: {other:?}"),
        }
    }
    of(&def.invariants[0].expr.node)
}

/// What the core did on a way that the prover told of.
fn agrees(seed: u64, workflow: &Workflow, exit: &Exit, went: &[LaneId], end: Phase, way: Side) {
    let told: Vec<LaneId> =
        exit.lanes.iter().map(|lane| (workflow.find(&lane.step).unwrap(), lane.side)).collect();
    let went: BTreeSet<LaneId> = went.iter().filter(|lane| lane.1 == way).copied().collect();
    assert_eq!(told.iter().copied().collect::<BTreeSet<_>>(), went, "seed {seed}: {exit:?}");
    for (first, (one, _)) in told.iter().enumerate() {
        let (late, early) = (&told[first + 1..], descendants(workflow, *one));
        let is_wrong = |(other, _): &LaneId| match way {
            Side::Forward => descendants(workflow, *other).contains(one),
            Side::Undo => early.contains(other),
        };
        assert!(!late.iter().any(is_wrong), "seed {seed}: the order of {told:?}");
    }
    let wanted = if way == Side::Forward { Phase::Succeeded } else { Phase::RolledBack };
    assert_eq!(exit.closed.is_none(), end == wanted, "seed {seed}: {end:?} {exit:?}");
}

#[test]
fn the_exits_of_a_run_are_those_that_the_core_goes() {
    let (mut forward, mut back, mut closed, mut broken) = (0, 0, 0, 0);
    for seed in 0..SEEDS {
        let def = small::from_seed(seed, STEPS_MAX);
        let sketched = Arc::new(Outline::new(def.clone(), &Small).unwrap());
        if !in_order(&sketched) {
            continue;
        }
        let mut prng = Prng::new(seed);
        for _ in 0..PLAYS {
            let def = known(def.clone(), &mut prng);
            let workflow = Arc::new(Workflow::new(def.clone()).unwrap());
            let mut play = Play::new(&workflow, &sketched);
            for _ in 0..prng.below(BEFORE_MAX) {
                if !play.moves(&mut prng) {
                    break;
                }
            }
            let run = play.run().clone();
            let outline = Outline::at(def.clone(), &Small, &run).unwrap();
            holds_the_world(seed, &outline, &play);
            let exits = exits(&outline, Options::default()).unwrap();
            let broken_at = forbidden(&def);
            let breaks = |play: &Play| play.broke(&broken_at);
            if !run.phase().ended() && !run.going_back() {
                let mut on = play.fork();
                let (went, end) = on.goes_well(false);
                agrees(seed, &workflow, &exits.forward, &went, end, Side::Forward);
                let said = exits.forward.breaks.is_some();
                assert!(said || !breaks(&on), "seed {seed}: {:?}", exits.forward);
                forward += 1;
                broken += i32::from(said);
            } else {
                assert!(exits.forward.closed.is_some());
            }
            if run.may_turn_back() || run.going_back() {
                let mut turned = play.fork();
                let (went, end) = turned.goes_well(true);
                agrees(seed, &workflow, &exits.back, &went, end, Side::Undo);
                let said = exits.back.breaks.is_some();
                assert!(said || !breaks(&turned), "seed {seed}: {:?}", exits.back);
                back += 1;
                closed += i32::from(exits.back.closed.is_some());
            } else {
                assert!(exits.back.closed.is_some());
            }
            let next = if run.going_back() { &exits.back } else { &exits.forward };
            let ended = run.phase().ended();
            if !ended && next.breaks.is_none() && next.risks.is_none() {
                play.forget();
                for _ in 0..AFTER_MAX {
                    if !play.moves(&mut prng) {
                        break;
                    }
                }
                assert!(!breaks(&play), "seed {seed}: {exits:?}");
            }
        }
    }
    assert!(forward > 100 && back > 100, "{forward} forward, {back} back");
    assert!(closed > 10 && broken > 10, "{closed} closed, {broken} broken");
}

/// The world as it is now is one of those that the run's history leaves possible.
fn holds_the_world(seed: u64, outline: &Outline, play: &Play) {
    let fields = FIELDS.map(|field| (small::APP.to_owned(), field.to_owned())).to_vec();
    let focus = Focus::new(outline, fields);
    let states = states(outline, &focus, play.run()).unwrap();
    let worlds = states.iter().flat_map(|state| {
        let mut acted = state.clone();
        // What is in flight may have acted by now.
        for lane in play.acted() {
            acted.act(&focus, lane);
        }
        [state.world.clone(), acted.world]
    });
    let mut worlds = worlds.map(|world| {
        let values = world.iter().map(|value| shown_value(focus.value(*value)));
        values.collect::<Vec<_>>()
    });
    let is = play.world();
    assert!(worlds.any(|world| world == is), "seed {seed}: {is:?}, and the run {:?}", play.run());
}
