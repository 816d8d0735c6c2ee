//! The prover and the engine agree: for workflows from seeds, every situation that the engine's own
//! core comes to, whatever the world and the operator do to it, is one that the prover listed.

use super::play::{FIELDS, Play, Small, known, told};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;
use windlass_model::Workflow;
use windlass_model::run::Course;
use windlass_prover::Outline;
use windlass_prover::focus::Focus;
use windlass_prover::moves::Moves;
use windlass_prover::search::{Found, search};
use windlass_prover::state::State;
use windlass_prover::unknown::shown_value;
use windlass_testkit::{Prng, small};

/// Workflows that are tried, and plays of each.
const SEEDS: u64 = 60;
const PLAYS: u64 = 60;

/// Steps of one.
const STEPS_MAX: u64 = 4;

/// What happens in a play at most: it ends by itself long before.
const MOVES_MAX: usize = 60;

/// Situations after which a seed is left out.
const STATES_MAX: usize = 15_000;

/// What the prover comes to without its reduction.
#[derive(Default)]
struct Listed {
    situations: BTreeSet<String>,
    worlds: BTreeSet<Vec<String>>,
}

/// All that the prover comes to; none where there is too much of it.
fn listed(outline: &Outline) -> Option<Listed> {
    let fields = FIELDS.map(|field| (small::APP.to_owned(), field.to_owned())).to_vec();
    let focus = Focus::new(outline, fields);
    let moves = Moves::new(outline, &focus, false);
    let listed = RefCell::new(Listed::default());
    let mut note = |state: &State| {
        let world = state.world.iter().map(|value| shown_value(focus.value(*value)));
        let (world, mut listed) = (world.collect::<Vec<_>>(), listed.borrow_mut());
        listed.situations.insert(told(&state.run, &world));
        listed.worlds.insert(world);
        None::<((), _)>
    };
    let searched = search(&moves, STATES_MAX, &mut note).unwrap();
    matches!(searched.found, Found::Nothing).then(|| listed.into_inner())
}

/// Every second play is one with rollbacks that end at a step, go no further, or are widened later.
/// The prover does without those: such a rollback comes to no world that one of all steps does not
/// come to on its way.
#[test]
fn every_situation_of_the_engine_is_one_that_the_prover_listed() {
    let (mut compared, mut situations, mut parts) = (0, BTreeSet::new(), 0);
    for seed in 0..SEEDS {
        let def = small::from_seed(seed, STEPS_MAX);
        let outline = Arc::new(Outline::new(def.clone(), &Small).unwrap());
        let Some(listed) = listed(&outline) else { continue };
        let mut prng = Prng::new(seed);
        for play in 0..PLAYS {
            let workflow = Arc::new(Workflow::new(known(def.clone(), &mut prng)).unwrap());
            let mut played = Play::new(&workflow, &outline);
            played.in_parts = play % 2 == 1;
            for _ in 0..MOVES_MAX {
                if !played.moves(&mut prng) {
                    break;
                }
                parts += usize::from(matches!(&played.run().course, Course::Back { to: Some(_) }));
            }
            for world in &played.worlds {
                assert!(listed.worlds.contains(world), "seed {seed}, play {play}: {world:?}");
            }
            for one in played.seen.iter().filter(|_| !played.in_parts) {
                assert!(listed.situations.contains(one), "seed {seed}, play {play}: {one}");
                situations.insert(format!("{seed} {one}"));
            }
        }
        compared += 1;
    }
    assert!(compared > SEEDS / 2, "{compared} of {SEEDS} were compared");
    assert!(situations.len() > 2_000, "{} situations", situations.len());
    assert!(parts > 500, "{parts} moves were on the way to a step");
}
