//! A run: the fold of its events. Everything in it follows from the workflow and the history; the
//! sets beside the lanes exist so that one event costs the work of its dependents and not a scan.

use crate::drift::Drifted;
use crate::event::Side;
use crate::id::{RunId, Seq, StepId};
use crate::lane::{Finish, Lane, LaneState};
use crate::notice::Untold;
use crate::phase::Phase;
use crate::time::Timestamp;
use crate::workflow::{StepIdx, Workflow};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// A lane's address.
pub type LaneId = (StepIdx, Side);

/// Which way a run works.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Course {
    /// Waits for its lock.
    Queued {
        /// Who holds it.
        behind: Option<RunId>,
    },
    /// Works forward.
    Forward,
    /// Undoes.
    Back {
        /// Only what came after this step.
        to: Option<StepId>,
    },
    /// Ended.
    Ended(Phase),
}

/// Why a live run does nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Halt {
    /// On request.
    Paused,
    /// A step failed.
    Failed {
        /// In a sentence.
        why: String,
    },
    /// A human must decide.
    Stuck {
        /// In a sentence.
        why: String,
    },
}

/// A wish to stop that is not fulfilled yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Pause.
    Pause,
    /// Undo and end.
    Cancel,
    /// End, things left as they are.
    CancelKeep,
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRun {
    /// The step itself.
    pub forward: Lane,
    /// Its compensation; absent until a rollback calls for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Box<Lane>>,
    /// Whether the compensation still waits for the end of the step's own attempt.
    #[serde(default)]
    pub undo_waits: bool,
    /// Its outputs.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub output: Value,
    /// What was no longer as it left it, when a resume looked last and found something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drifted: Option<Drifted>,
    /// Steps behind others that have begun, which wait until this one has put back what drifted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<StepIdx>,
}

/// A signal that no step has taken yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// Its name.
    pub name: String,
    /// Who sent it.
    pub by: String,
    /// What it says.
    pub data: Value,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A run at an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The last event folded.
    pub seq: Seq,
    /// When it started (its first event).
    pub started_at: Timestamp,
    /// When its last event was decided.
    pub updated_at: Timestamp,
    /// Which way it works.
    pub course: Course,
    /// Why it does nothing.
    pub halt: Option<Halt>,
    /// What it was asked to do next.
    pub wish: Option<Wish>,
    /// Who asked for the wish, or for the rollback.
    pub asked_by: Option<String>,
    /// The steps, in the workflow's order.
    pub steps: Vec<StepRun>,
    /// Lanes that could start now.
    pub ready: BTreeSet<LaneId>,
    /// Lanes with an attempt in flight, those that ask a human included.
    pub active: BTreeSet<LaneId>,
    /// Lanes with a timer: retries, waits, deadlines of questions.
    pub timers: BTreeSet<(Timestamp, LaneId)>,
    /// How many of the timers are of retries: a run that has one is at work, not waiting.
    pub retrying: u32,
    /// Lanes that wait for a human's answer, or for a signal.
    pub awaiting: BTreeSet<LaneId>,
    /// Lanes that failed.
    pub failed: BTreeSet<LaneId>,
    /// Forward lanes that have not finished.
    pub unfinished: u32,
    /// Undo lanes that have not finished, once a rollback has started.
    pub undo_unfinished: u32,
    /// Signals that no step has taken yet, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<Sent>,
    /// Messages that are to be told, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untold: Vec<Untold>,
    /// The event by which it goes on by another workflow than it began with, the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migrated_at: Option<Seq>,
}

impl Run {
    /// A run before its first event.
    pub fn new(id: RunId, workflow: &Workflow) -> Self {
        let mut run = Self {
            id,
            seq: 0,
            started_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            course: Course::Queued { behind: None },
            halt: None,
            wish: None,
            asked_by: None,
            steps: Vec::with_capacity(workflow.len()),
            ready: BTreeSet::new(),
            active: BTreeSet::new(),
            timers: BTreeSet::new(),
            retrying: 0,
            awaiting: BTreeSet::new(),
            failed: BTreeSet::new(),
            unfinished: 0,
            undo_unfinished: 0,
            signals: Vec::new(),
            untold: Vec::new(),
            migrated_at: None,
        };
        for at in 0..workflow.len() as StepIdx {
            let forward = Lane::blocked(workflow.needs(at).count() as u32);
            let (undo, undo_waits, drifted) = (None, false, None);
            run.steps.push(StepRun {
                forward,
                undo,
                undo_waits,
                output: Value::Null,
                drifted,
                holds: Vec::new(),
            });
        }
        run.unfinished = workflow.len() as u32;
        let free = (0..workflow.len() as StepIdx).filter(|at| workflow.needs(*at).next().is_none());
        for at in free {
            run.ready.insert((at, Side::Forward));
        }
        run
    }

    /// Where the run stands, in one word.
    pub fn phase(&self) -> Phase {
        match (&self.course, &self.halt) {
            (Course::Ended(phase), _) => *phase,
            (_, Some(Halt::Paused)) => Phase::Paused,
            (_, Some(Halt::Failed { .. })) => Phase::Failed,
            (_, Some(Halt::Stuck { .. })) => Phase::Stuck,
            (Course::Queued { .. }, None) => Phase::Queued,
            (Course::Back { .. }, None) => Phase::RollingBack,
            (Course::Forward, None) if self.only_waits() => Phase::Waiting,
            (Course::Forward, None) => Phase::Running,
        }
    }

    /// A lane.
    pub fn lane(&self, (at, side): LaneId) -> Option<&Lane> {
        let step = self.steps.get(at as usize)?;
        match side {
            Side::Forward => Some(&step.forward),
            Side::Undo => step.undo.as_deref(),
        }
    }

    /// When the next timer is due.
    pub fn next_timer(&self) -> Option<Timestamp> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// The oldest signal of this name that no step has taken.
    pub fn sent(&self, name: &str) -> Option<&Sent> {
        self.signals.iter().find(|sent| sent.name == name)
    }

    /// Whether it works at all: neither ended, nor halted, nor queued.
    pub fn works(&self) -> bool {
        self.halt.is_none() && matches!(self.course, Course::Forward | Course::Back { .. })
    }

    /// Whether it has begun and not ended, works or not.
    pub fn begun(&self) -> bool {
        matches!(self.course, Course::Forward | Course::Back { .. })
    }

    /// Whether it undoes.
    pub fn going_back(&self) -> bool {
        matches!(self.course, Course::Back { .. })
    }

    /// Whether a rollback may start: from every course but rolled back and cancelled; on the way
    /// back only to widen a partial one.
    pub fn may_turn_back(&self) -> bool {
        match &self.course {
            Course::Queued { .. } | Course::Forward => true,
            Course::Back { to } => to.is_some(),
            Course::Ended(phase) => matches!(phase, Phase::Succeeded | Phase::Superseded),
        }
    }

    /// Lanes that ask a human what became of their attempt.
    pub fn asking(&self) -> impl Iterator<Item = LaneId> + '_ {
        self.active.iter().copied().filter(|id| self.lane(*id).is_some_and(Lane::asks))
    }

    /// Whether every attempt in flight asks a human (or none is in flight).
    pub fn nothing_moves(&self) -> bool {
        self.active.iter().all(|id| self.lane(*id).is_some_and(Lane::asks))
    }

    fn only_waits(&self) -> bool {
        let some = !self.awaiting.is_empty() || !self.timers.is_empty();
        some && self.active.is_empty() && self.ready.is_empty() && self.retrying == 0
    }

    pub(crate) fn lane_mut(&mut self, (at, side): LaneId) -> Option<&mut Lane> {
        let step = self.steps.get_mut(at as usize)?;
        match side {
            Side::Forward => Some(&mut step.forward),
            Side::Undo => step.undo.as_deref_mut(),
        }
    }

    /// Moves a lane to a state and keeps the sets in step: the only place that writes them.
    pub(crate) fn set(&mut self, id: LaneId, state: LaneState) {
        let Some(lane) = self.lane_mut(id) else { return };
        let before_due = lane.due();
        let was_finished = lane.finished();
        let retried = u32::from(matches!(lane.state, LaneState::RetryAt(_)));
        let retries = u32::from(matches!(state, LaneState::RetryAt(_)));
        lane.state = state;
        let (after_due, finished) = (lane.due(), lane.finished());
        let ready = lane.state == LaneState::Ready;
        let active = lane.state == LaneState::Attempting;
        let awaiting = matches!(lane.state, LaneState::Awaiting(_));
        let failed = matches!(lane.state, LaneState::Failed { .. });
        if let Some(due) = before_due {
            self.timers.remove(&(due, id));
        }
        if let Some(due) = after_due {
            self.timers.insert((due, id));
        }
        self.retrying = self.retrying + retries - retried;
        keep(&mut self.ready, id, ready);
        keep(&mut self.active, id, active);
        keep(&mut self.awaiting, id, awaiting);
        keep(&mut self.failed, id, failed);
        let left = match id.1 {
            Side::Forward => &mut self.unfinished,
            Side::Undo => &mut self.undo_unfinished,
        };
        match (was_finished, finished) {
            (false, true) => *left = left.saturating_sub(1),
            (true, false) => *left += 1,
            _ => {}
        }
    }

    /// Ends a lane and frees those that waited for it; joins and lanes with nothing to do end in
    /// the same breath.
    pub(crate) fn finish(&mut self, workflow: &Workflow, id: LaneId, how: Finish) {
        let mut ended = vec![(id, how)];
        while let Some((id, how)) = ended.pop() {
            self.set(id, LaneState::Finished(how));
            let freed: Vec<StepIdx> = match id.1 {
                Side::Forward => {
                    let held = std::mem::take(&mut self.steps[id.0 as usize].holds);
                    workflow.dependents(id.0).chain(held).collect()
                }
                Side::Undo => workflow.needs(id.0).collect(),
            };
            for at in freed {
                if let Some(end) = self.free_one(workflow, (at, id.1)) {
                    ended.push(((at, id.1), end));
                }
            }
        }
    }

    /// Makes a finished step ready once more. What comes after it and has not begun waits again,
    /// however far behind; what has begun goes on.
    pub(crate) fn reopen(&mut self, workflow: &Workflow, at: StepIdx) {
        let id = (at, Side::Forward);
        if let Some(lane) = self.lane_mut(id) {
            lane.renew();
        }
        self.set(id, LaneState::Ready);
        let mut seen = BTreeSet::from([at]);
        // Each with whether it is open again, so that its dependents wait for it by themselves.
        let mut open = vec![(at, true)];
        while let Some((before, is_open)) = open.pop() {
            for after in workflow.dependents(before).collect::<Vec<_>>() {
                let id = (after, Side::Forward);
                let unmet = match self.steps[after as usize].forward.state {
                    LaneState::Blocked(unmet) => unmet,
                    LaneState::Ready => 0,
                    // It joins what is open again: what comes after it waits with it.
                    LaneState::Finished(_) if is_open && workflow.is_join(after) => {
                        self.set(id, LaneState::Blocked(1));
                        seen.insert(after);
                        open.push((after, true));
                        continue;
                    }
                    _ => {
                        if seen.insert(after) {
                            open.push((after, false));
                        }
                        continue;
                    }
                };
                if is_open {
                    self.set(id, LaneState::Blocked(unmet + 1));
                } else if !self.steps[at as usize].holds.contains(&after) {
                    self.steps[at as usize].holds.push(after);
                    self.set(id, LaneState::Blocked(unmet + 1));
                }
            }
        }
    }

    /// Counts one need as met. Returns how the lane ends at once, where it has nothing to do
    /// itself.
    pub(crate) fn free_one(&mut self, workflow: &Workflow, id: LaneId) -> Option<Finish> {
        let idle = match id.1 {
            Side::Forward => workflow.is_join(id.0).then_some(Finish::Succeeded),
            Side::Undo => (!self.steps[id.0 as usize].forward.armed).then_some(Finish::Skipped),
        };
        let lane = self.lane_mut(id)?;
        let LaneState::Blocked(unmet) = lane.state else { return None };
        if unmet > 1 {
            lane.state = LaneState::Blocked(unmet - 1);
            return None;
        }
        if idle.is_none() {
            self.set(id, LaneState::Ready);
        }
        idle
    }
}

fn keep(set: &mut BTreeSet<LaneId>, id: LaneId, inside: bool) {
    if inside {
        set.insert(id);
    } else {
        set.remove(&id);
    }
}
