//! A story played: its events happen to the engine's core, in its order, and the end is looked at.

use super::actor::Actor;
use super::sight::{Watched, known};
use super::stage::{decided, fields, lets_go};
use windlass_model::Value;
use windlass_model::rollback::point_of_no_return;
use windlass_model::run::LaneId;
use windlass_prover::focus::Focus;
use windlass_prover::moves::Move;
use windlass_prover::{Outline, Story};

/// Timers that are waited for until a lane begins: more than a workflow has.
const WAKES_MAX: usize = 1_000;

/// How a story went.
#[derive(Clone, Debug)]
pub struct Told {
    /// What it says can be broken.
    pub broken: String,
    /// Whether that was seen.
    pub seen: bool,
    /// The fields that it is about, as they are in the end.
    pub world: Vec<String>,
    /// Why it could not be played.
    pub why: Option<String>,
}

/// Plays a story; nothing where nothing happens in it.
pub fn play(outline: &Outline, story: &Story) -> Option<Told> {
    let watched = Watched::of(outline, story)?;
    let told = Told { broken: story.broken.clone(), seen: false, world: Vec::new(), why: None };
    Some(match played(outline, story, &watched) {
        Ok(actor) => {
            let world = watched.fields().into_iter().filter_map(|field| {
                let value = known(actor.world().get(&field)?, &story.facts);
                Some(format!("{}.{} is {value}", field.0, field.1))
            });
            let seen = watched.is_broken(&outline.def, &actor, &story.facts);
            Told { seen, world: world.collect(), ..told }
        }
        Err(why) => Told { why: Some(why), ..told },
    })
}

fn played<'a>(outline: &'a Outline, story: &Story, watched: &Watched) -> Result<Actor<'a>, String> {
    let workflow = decided(outline, &story.facts).map_err(|error| error.to_string())?;
    let mut world = fields(outline, &watched.fields());
    for value in world.values_mut() {
        *value = known(value, &story.facts);
    }
    if let Watched::Deleted(field) = watched {
        // Its maker is a step of this run.
        world.insert(field.clone(), Value::Bool(false));
    }
    let focus = Focus::new(outline, watched.fields());
    let unseen =
        |lane: LaneId| !focus.sees_step(lane.0) && !point_of_no_return(outline.bare.step(lane.0));
    let mut actor = Actor::begin(outline, &workflow, world);
    for made in &story.way {
        lets_go(&mut actor, &unseen);
        if let Some(lane) = lane_of(made) {
            wait(&mut actor, lane, &unseen).map_err(|why| {
                format!("{} does not come to this: {why}", outline.lane_name(lane))
            })?;
        }
        happens(&mut actor, made);
    }
    lets_go(&mut actor, &unseen);
    Ok(actor)
}

fn lane_of(made: &Move) -> Option<LaneId> {
    match made {
        Move::Acts(lane)
        | Move::Ends(lane)
        | Move::FailsIdle(lane)
        | Move::FailsActed(lane)
        | Move::Doubt(lane)
        | Move::FoundDone(lane)
        | Move::FoundAbsent(lane) => Some(*lane),
        Move::Crash
        | Move::Resume
        | Move::Rollback
        | Move::Skip(_)
        | Move::Done(_)
        | Move::Assume(..) => None,
    }
}

/// Lets time pass until the outside is asked for a lane.
fn wait(
    actor: &mut Actor<'_>,
    lane: LaneId,
    unseen: &dyn Fn(LaneId) -> bool,
) -> Result<(), String> {
    for _ in 0..WAKES_MAX {
        if actor.asked(lane).is_some() {
            return Ok(());
        }
        if !actor.wakes() {
            return Err(format!("the run is {}", actor.run().phase()));
        }
        lets_go(actor, unseen);
    }
    Err("time passes, and it never begins".to_owned())
}

fn happens(actor: &mut Actor<'_>, made: &Move) {
    match made {
        Move::Acts(lane) => actor.acts(*lane),
        Move::Ends(lane) | Move::FoundDone(lane) => actor.ends_well(*lane),
        Move::FailsIdle(lane) => actor.fails_idle(*lane),
        Move::FailsActed(lane) => actor.fails_acted(*lane),
        Move::Doubt(lane) => actor.is_lost(*lane),
        Move::FoundAbsent(lane) => actor.is_absent(*lane),
        Move::Crash | Move::Resume => actor.restarts(),
        Move::Rollback => actor.turns_back(),
        Move::Done(lane) => actor.is_done_by_hand(*lane),
        // Nobody skips in a proof; what is assumed was so from the start.
        Move::Skip(_) | Move::Assume(..) => {}
    }
}
