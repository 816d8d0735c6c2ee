//! Where a run under way stands, as a proof keeps it: its lanes, the world as its attempts left it,
//! and what they found before. What became of an attempt that failed is not known, so a run may be
//! in more than one situation. It must not know what happens next.

use crate::focus::Focus;
use crate::outline::Outline;
use crate::state::State;
use windlass_model::event::Side;
use windlass_model::lane::{AttemptState, Lane, LaneState};
use windlass_model::run::{LaneId, Run};
use windlass_model::{StepIdx, Timestamp, Work};

/// Attempts of which nobody knows whether they left something, that are told apart in one proof:
/// each one doubles the situations. More of them, on the same few fields, fail in no run.
const UNSURE_MAX: usize = 8;

/// What became of the world by a lane.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Did {
    /// It took effect.
    All,
    /// It did nothing, or nothing yet.
    Nothing,
    /// Nobody knows.
    Unsure,
}

/// One thing that a run did.
struct Deed {
    at: Timestamp,
    /// Its place among those of the same moment.
    rank: usize,
    lane: LaneId,
    did: Did,
    /// Whether an attempt of it began.
    began: bool,
}

/// The situations that a run may be in. The error is why they cannot be told.
pub fn states(outline: &Outline, focus: &Focus, run: &Run) -> Result<Vec<State>, String> {
    if run.steps.len() != outline.bare.len() {
        let (has, wants) = (run.steps.len(), outline.bare.len());
        return Err(format!("the run has {has} steps, and the workflow has {wants}"));
    }
    let deeds = deeds(outline, run);
    let is_unsure = |deed: &&Deed| deed.did == Did::Unsure && focus.sees(deed.lane);
    let unsure: Vec<LaneId> = deeds.iter().filter(is_unsure).map(|deed| deed.lane).collect();
    if unsure.len() > UNSURE_MAX {
        let count = unsure.len();
        return Err(format!("{count} attempts may have left something: more than {UNSURE_MAX}"));
    }
    let bare = bare(run);
    let states = (0..1_usize << unsure.len()).map(|taken| {
        let acted = |deed: &Deed| match deed.did {
            Did::All => true,
            Did::Nothing => false,
            Did::Unsure => {
                let which = unsure.iter().position(|lane| *lane == deed.lane);
                which.is_some_and(|which| taken & (1 << which) != 0)
            }
        };
        let mut state = State::new(bare.clone(), focus);
        for deed in &deeds {
            if deed.began && deed.lane.1 == Side::Forward && focus.sees(deed.lane) {
                state.capture(deed.lane.0);
            }
            if acted(deed) {
                state.act(focus, deed.lane);
                state.ended(deed.lane);
            }
        }
        state
    });
    Ok(states.collect())
}

/// What a run did, in the order in which it began. Of a step that an operator called done nobody
/// knows when: it came after all that it needs.
fn deeds(outline: &Outline, run: &Run) -> Vec<Deed> {
    let mut times = vec![Timestamp::default(); run.steps.len()];
    let mut deeds = Vec::new();
    let order = outline.bare.order();
    for (rank, at) in order.iter().enumerate() {
        let step = &run.steps[*at as usize];
        let needs = outline.bare.needs(*at).map(|need| times[need as usize]).max();
        let began = step.forward.attempt.as_ref().map(|attempt| attempt.started_at);
        let time = began.or(needs).unwrap_or_default();
        times[*at as usize] = time;
        if !matches!(outline.bare.step(*at).work, Work::Action { .. }) {
            continue;
        }
        deeds.extend(deed((*at, Side::Forward), &step.forward, time, rank));
        let undo = step.undo.as_deref();
        // On the way back the last comes first.
        let last = order.len() * 2 - rank;
        deeds.extend(undo.and_then(|undo| {
            let began = undo.attempt.as_ref().map(|attempt| attempt.started_at);
            deed((*at, Side::Undo), undo, began.unwrap_or(run.updated_at), last)
        }));
    }
    deeds.sort_by_key(|deed| (deed.at, deed.rank));
    deeds
}

fn deed(lane: LaneId, stands: &Lane, at: Timestamp, rank: usize) -> Option<Deed> {
    let attempt = stands.attempt.as_deref();
    let began = attempt.is_some();
    // What is in flight may yet act: that is a move of its own.
    let waits =
        matches!(stands.state, LaneState::Attempting | LaneState::Failed { in_doubt: true, .. });
    let left = attempt.is_some_and(|one| one.armed_before || (one.may_have_acted && !waits));
    let did = match stands.succeeded() {
        true => Did::All,
        false if left => Did::Unsure,
        false => Did::Nothing,
    };
    (began || did == Did::All).then_some(Deed { at, rank, lane, did, began })
}

/// The run without what asks, waits and guards. What waits for a human or for its time could go on
/// at once; what a remote operation still does is looked at like what is in doubt.
pub fn bare(run: &Run) -> Run {
    let mut bare = run.clone();
    bare.wish = None;
    bare.signals.clear();
    bare.untold.clear();
    bare.timers.clear();
    bare.awaiting.clear();
    bare.retrying = 0;
    for (at, step) in bare.steps.iter_mut().enumerate() {
        let at = at as StepIdx;
        let undo = step.undo.as_deref_mut().map(|lane| ((at, Side::Undo), lane));
        for (id, lane) in [((at, Side::Forward), &mut step.forward)].into_iter().chain(undo) {
            let waits = matches!(
                lane.state,
                LaneState::RetryAt(_)
                    | LaneState::Sleeping(_)
                    | LaneState::Awaiting(_)
                    | LaneState::Answered
            );
            if waits {
                lane.state = LaneState::Ready;
                bare.ready.insert(id);
            }
            let Some(attempt) = lane.attempt.as_deref_mut() else { continue };
            if matches!(attempt.state, AttemptState::Accepted | AttemptState::Asks { .. }) {
                let why = "a look must tell".to_owned();
                attempt.state = AttemptState::InDoubt { why };
            }
        }
    }
    bare
}
