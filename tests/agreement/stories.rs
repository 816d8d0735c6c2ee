//! Every story can be played: its events happen to the engine's core, in its order, and then the
//! world is as the story says that it must never be.

use super::exits::forbidden;
use super::play::{FIELDS, Play, Small};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use windlass_model::observation::{ActionError, Probed, Sighting};
use windlass_model::rollback::point_of_no_return;
use windlass_model::run::LaneId;
use windlass_model::{Failure, Workflow};
use windlass_prover::facts::{Atom, Facts};
use windlass_prover::focus::Focus;
use windlass_prover::invariant::Claim;
use windlass_prover::moves::Move;
use windlass_prover::unknown::{shown, unknown};
use windlass_prover::{Options, Outline, Story, invariants};
use windlass_testkit::small;

/// Workflows that are tried.
const SEEDS: u64 = 300;

/// Steps of one.
const STEPS_MAX: u64 = 5;

/// What conditions hang on.
const INPUTS: [&str; 3] = ["x", "y", "undo"];

/// Situations after which a seed is left out.
const STATES_MAX: usize = 3_000;

/// Longer than the world takes until "absent" is an answer.
const SETTLED_MS: u64 = 10_000;

/// Whether something is so in a story that nobody knows beforehand. What does not matter is not.
fn is_so(facts: &Facts, name: &str) -> bool {
    let name = format!("<{name}>");
    facts.all().any(|(atom, holds)| match atom {
        Atom::True(text) => holds && shown(text) == name,
        _ => false,
    })
}

/// What a field is before the run, in a story.
fn before(facts: &Facts, field: &str) -> String {
    let name = format!("<{}.{field}>", small::APP);
    let is = facts.all().find_map(|(atom, holds)| match atom {
        Atom::Equal(text, value) if holds && shown(text) == name => Some(value.clone()),
        _ => None,
    });
    is.unwrap_or_else(|| "something else".to_owned())
}

/// Plays a story.
struct Playing {
    play: Play,
    focus: Focus,
    outline: Arc<Outline>,
}

impl Playing {
    fn new(outline: &Arc<Outline>, story: &Story) -> Self {
        let mut def = outline.def.clone();
        for name in INPUTS {
            let is = is_so(&story.facts, &format!("inputs.{name}"));
            def.inputs.insert(name.to_owned(), json!(is));
        }
        for step in &mut def.steps {
            step.retry.max_attempts = 1;
        }
        let world = FIELDS.map(|field| (field.to_owned(), before(&story.facts, field)));
        let workflow = Arc::new(Workflow::new(def).unwrap());
        let play = Play::begin(&workflow, outline, BTreeMap::from(world));
        let focus = Focus::new(outline, Claim::all(&outline.def)[0].fields());
        Self { play, focus, outline: outline.clone() }
    }

    /// What the story does not look at goes well, and at once.
    fn unseen(&mut self) {
        for gone in 0.. {
            assert!(gone < 100, "turns in a circle: {:?}", self.play.calls());
            let unseen = |lane: &&LaneId| {
                let stops = point_of_no_return(self.outline.bare.step(lane.0));
                !self.focus.sees_step(lane.0) && !stops
            };
            let Some(lane) = self.play.calls().keys().find(unseen).copied() else { return };
            self.goes_well(lane);
        }
    }

    fn goes_well(&mut self, lane: LaneId) {
        if !self.play.acted().contains(&lane) {
            self.play.act(lane);
        }
        self.play.ends_well(lane);
    }

    /// Waits until the outside is asked for a lane.
    fn until_asked(&mut self, lane: LaneId) {
        self.unseen();
        for waited in 0.. {
            if self.play.calls().contains_key(&lane) {
                return;
            }
            assert!(waited < 100, "nothing comes to {lane:?}: {:?}", self.play.run());
            assert!(self.play.wakes(), "nothing leads to {lane:?}: {:?}", self.play.run());
            self.unseen();
        }
    }

    fn happens(&mut self, made: &Move) {
        let failure = || Failure::permanent("failed", "it failed");
        match made {
            Move::Acts(lane) => {
                self.until_asked(*lane);
                self.play.act(*lane);
            }
            Move::Ends(lane) | Move::FoundDone(lane) => {
                self.until_asked(*lane);
                self.play.ends_well(*lane);
            }
            Move::FailsIdle(lane) => {
                self.until_asked(*lane);
                self.play.saw(*lane, Sighting::Acted(Err(ActionError::Permanent(failure()))));
            }
            Move::FailsActed(lane) => {
                self.until_asked(*lane);
                match self.play.calls()[lane].1 {
                    windlass_model::decide::Verb::Probe => {
                        self.play.saw(*lane, Sighting::Probed(Ok(Probed::Failed(failure()))));
                    }
                    _ => self.play.fails_half_way(*lane, failure()),
                }
            }
            Move::Doubt(lane) => {
                self.until_asked(*lane);
                let lost = ActionError::InDoubt("no answer".to_owned());
                self.play.saw(*lane, Sighting::Acted(Err(lost)));
            }
            Move::FoundAbsent(lane) => {
                self.until_asked(*lane);
                self.play.rests(SETTLED_MS);
                self.play.saw(*lane, Sighting::Probed(Ok(Probed::Absent)));
            }
            Move::Crash | Move::Resume => {
                self.unseen();
                self.play.restart();
            }
            Move::Rollback => {
                self.unseen();
                self.play.roll_back(None);
            }
            Move::Done(lane) => {
                self.unseen();
                self.play.is_done_by_hand(*lane);
            }
            Move::Skip(lane) => panic!("nobody skips {lane:?} in a proof"),
            Move::Assume(..) => {}
        }
    }
}

#[test]
fn every_story_is_played_to_its_end() {
    let mut played = 0;
    let mut longest = 0;
    let options = Options { states_max: STATES_MAX, ..Options::default() };
    for seed in 0..SEEDS {
        let mut def = small::from_seed(seed, STEPS_MAX);
        for name in INPUTS {
            def.inputs.insert(name.to_owned(), unknown(&format!("inputs.{name}")));
        }
        let outline = Arc::new(Outline::new(def.clone(), &Small).unwrap());
        let verdict = invariants(&outline, options).unwrap();
        let Some(story) = verdict.stories.first() else { continue };
        let mut playing = Playing::new(&outline, story);
        for made in &story.way {
            playing.happens(made);
        }
        let rule = forbidden(&def);
        assert!(playing.play.is_so(&rule), "seed {seed}: {story:?}");
        played += 1;
        longest = longest.max(story.length);
    }
    assert!(played > 100 && longest >= 4, "{played} stories, the longest has {longest} events");
}
