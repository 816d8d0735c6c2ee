//! One situation that a run and its world can be in, and the short form by which it is known again.

use crate::facts::Facts;
use crate::focus::{Focus, Touch, ValueIdx};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use windlass_model::event::Side;
use windlass_model::lane::{AttemptState, Finish, Lane, LaneState};
use windlass_model::run::{Course, Halt, LaneId, Run};
use windlass_model::{Phase, StepIdx};

/// What a situation is known by: two hashes of 64 bits, so that two situations of one proof are
/// taken for each other less often than memory fails.
pub type Key = (u64, u64);

/// The fields before a step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Before {
    /// Their values.
    pub fields: Vec<ValueIdx>,
    /// Whether an attempt of the step has acted since.
    pub touched: bool,
}

/// A run, and the world around it.
#[derive(Clone)]
pub struct State {
    /// The run, as the model folds it.
    pub run: Run,
    /// The fields, by their positions in the focus.
    pub world: Vec<ValueIdx>,
    /// What steps captured.
    pub before: BTreeMap<StepIdx, Before>,
    /// Attempts in flight that have acted.
    pub acted: BTreeSet<LaneId>,
    /// What was chosen of what nobody knows.
    pub facts: Facts,
}

impl State {
    /// A run, in the world as it is before it.
    pub fn new(run: Run, focus: &Focus) -> Self {
        let (before, acted, facts) = Default::default();
        Self { run, world: focus.first(), before, acted, facts }
    }

    /// An attempt of a step begins: what it will touch is captured, unless an earlier attempt may
    /// have touched it.
    pub fn capture(&mut self, step: StepIdx) {
        match self.before.get(&step) {
            Some(before) if before.touched => {}
            _ => {
                let fields = self.world.clone();
                self.before.insert(step, Before { fields, touched: false });
            }
        }
    }

    /// Lets the attempt of a lane act.
    pub fn act(&mut self, focus: &Focus, lane: LaneId) {
        self.acted.insert(lane);
        match focus.touch(lane) {
            Touch::Nothing => {}
            Touch::Set(set) => {
                for (at, value) in set {
                    self.world[*at] = *value;
                }
            }
            // What never acted left nothing that could be put back.
            Touch::PutBack(fields) => {
                if let Some(before) = self.before.get(&lane.0).filter(|before| before.touched) {
                    for at in fields {
                        self.world[*at] = before.fields[*at];
                    }
                }
            }
        }
        match lane.1 {
            Side::Undo => drop(self.before.remove(&lane.0)),
            Side::Forward => {
                if let Some(before) = self.before.get_mut(&lane.0) {
                    before.touched = true;
                }
            }
        }
    }

    /// The end of a lane's attempt is known.
    pub fn ended(&mut self, lane: LaneId) {
        self.acted.remove(&lane);
    }

    /// By what it is known again. Times, ids and counts of attempts are no part of it: nothing that
    /// follows hangs on them.
    pub fn key(&self) -> Key {
        let mut hashers = [DefaultHasher::new(), DefaultHasher::new()];
        // Two hashes that begin otherwise go on otherwise.
        1_u8.hash(&mut hashers[1]);
        for hasher in &mut hashers {
            self.told(hasher);
        }
        let [first, second] = hashers.map(|hasher| hasher.finish());
        (first, second)
    }

    fn told(&self, into: &mut DefaultHasher) {
        course(&self.run.course).hash(into);
        match &self.run.halt {
            None => 0_u8,
            Some(Halt::Paused) => 1,
            Some(Halt::Failed { .. }) => 2,
            Some(Halt::Stuck { .. }) => 3,
        }
        .hash(into);
        for step in &self.run.steps {
            lane(&step.forward).hash(into);
            step.undo.as_deref().map(lane).hash(into);
            step.undo_waits.hash(into);
        }
        self.world.hash(into);
        self.before.hash(into);
        self.acted.hash(into);
        self.facts.hash(into);
    }
}

fn course(course: &Course) -> (u8, Option<&str>) {
    match course {
        Course::Queued { .. } => (0, None),
        Course::Forward => (1, None),
        Course::Back { to } => (2, to.as_ref().map(|to| to.as_str())),
        Course::Ended(Phase::Succeeded) => (3, None),
        Course::Ended(Phase::RolledBack) => (4, None),
        Course::Ended(_) => (5, None),
    }
}

/// All of a lane that anything that follows hangs on.
fn lane(lane: &Lane) -> (u8, u32, [bool; 3]) {
    let (word, count) = match &lane.state {
        LaneState::Blocked(unmet) => (0, *unmet),
        LaneState::Ready | LaneState::RetryAt(_) | LaneState::Sleeping(_) => (1, 0),
        LaneState::Attempting => match lane.in_flight() {
            Some(AttemptState::Started) | None => (2, 0),
            Some(AttemptState::Accepted) => (3, 0),
            Some(AttemptState::InDoubt { .. }) => (4, 0),
            Some(AttemptState::Asks { .. }) => (5, 0),
        },
        LaneState::Awaiting(_) | LaneState::Answered => (6, 0),
        LaneState::Failed { in_doubt, .. } => (7, u32::from(*in_doubt)),
        LaneState::Finished(Finish::Succeeded) => (8, 0),
        LaneState::Finished(Finish::Skipped) => (9, 0),
    };
    // What an attempt might have done matters until its end.
    let open = matches!(lane.state, LaneState::Attempting | LaneState::Failed { .. });
    let attempt = lane.attempt.as_ref().filter(|_| open);
    let may_have_acted = attempt.is_some_and(|attempt| attempt.may_have_acted);
    let armed_before = attempt.is_some_and(|attempt| attempt.armed_before);
    (word, count, [lane.armed, may_have_acted, armed_before])
}
