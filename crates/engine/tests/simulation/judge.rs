//! What must hold at every moment: goes through the world's ledger line by line, beside what is
//! durable at that time.

use crate::mirror::Mirror;
use std::collections::{BTreeMap, BTreeSet};
use windlass_model::lane::{Finish, Lane, LaneState};
use windlass_model::step::OnInDoubt;
use windlass_model::workflow::StepIdx;
use windlass_model::{RequestId, Side, rollback};
use windlass_testkit::World;
use windlass_testkit::generator::policies::guarded_off;
use windlass_testkit::world::ledger::{Deed, Entry};

/// What stands in the world for each step.
#[derive(Default)]
pub struct Judge {
    read: usize,
    /// Forward requests that began or took effect, and were neither ended nor undone.
    pub standing: BTreeMap<StepIdx, BTreeSet<RequestId>>,
    /// Steps that left something half-way, not undone.
    pub residue: BTreeSet<StepIdx>,
    /// Compensations that began or took effect, by request.
    undoing: BTreeMap<StepIdx, BTreeSet<RequestId>>,
    /// Steps whose compensation took effect.
    pub undone: BTreeSet<StepIdx>,
    /// Steps that took effect, or whose compensation did, by target.
    pub touched: BTreeMap<String, BTreeSet<StepIdx>>,
    /// Whether a remote operation was ended by its compensation.
    pub ended_in_progress: bool,
    /// Whether an operation failed half-way.
    pub half_done: bool,
}

impl Judge {
    /// Reads the new lines of the ledger.
    pub fn read(&mut self, world: &World, mirror: &Mirror) -> Result<(), String> {
        let state = world.state();
        let lines: Vec<Entry> = state.ledger().get(self.read..).unwrap_or_default().to_vec();
        drop(state);
        self.read += lines.len();
        lines.iter().try_for_each(|line| {
            self.line(line, mirror).map_err(|why| format!("{why} (ledger: {line:?})"))
        })
    }

    fn line(&mut self, line: &Entry, mirror: &Mirror) -> Result<(), String> {
        let Some(step) = mirror.workflow.find(&line.step) else {
            return Err("an effect of a step that does not exist".to_owned());
        };
        if !mirror.intents.contains_key(&line.request) {
            return Err("an effect without a durable intent".to_owned());
        }
        match line.side {
            Side::Forward => self.forward(step, line, mirror),
            Side::Undo => self.undo(step, line, mirror),
        }
    }

    fn forward(&mut self, step: StepIdx, line: &Entry, mirror: &Mirror) -> Result<(), String> {
        let standing = self.standing.entry(step).or_default();
        match line.deed {
            Deed::Cancelled => {
                standing.remove(&line.request);
                self.ended_in_progress = true;
                return Ok(());
            }
            Deed::Halved { .. } => {
                standing.remove(&line.request);
                self.residue.insert(step);
                self.half_done = true;
            }
            Deed::Begun | Deed::Applied { .. } => {
                let def = mirror.workflow.step(step);
                // Where the author says so, or where the file's own `verify` calls it a failure.
                let again = def.on_in_doubt == OnInDoubt::Rerun || def.verify.is_some();
                let first = standing.insert(line.request);
                let finishes = !first && matches!(line.deed, Deed::Applied { .. });
                if !again && (standing.len() > 1 || (!first && !finishes)) {
                    return Err("a second effect of a step while its first stands".to_owned());
                }
                if self.undone.contains(&step) {
                    return Err("an effect of a step after its compensation".to_owned());
                }
                let unmet = |need: &StepIdx| {
                    !mirror.run.lane((*need, Side::Forward)).is_some_and(Lane::finished)
                };
                if let Some(need) = mirror.workflow.needs(step).find(unmet) {
                    let need = &mirror.workflow.step(need).id;
                    return Err(format!("an effect of a step before `{need}`, which it needs"));
                }
            }
        }
        self.touched.entry(line.target.clone()).or_default().insert(step);
        Ok(())
    }

    fn undo(&mut self, step: StepIdx, line: &Entry, mirror: &Mirror) -> Result<(), String> {
        self.touched.entry(line.target.clone()).or_default().insert(step);
        let undoing = self.undoing.entry(step).or_default();
        if matches!(line.deed, Deed::Halved { .. } | Deed::Cancelled) {
            undoing.remove(&line.request);
            self.residue.insert(step);
            return Ok(());
        }
        let first = undoing.insert(line.request);
        let finishes = !first && matches!(line.deed, Deed::Applied { .. });
        if undoing.len() > 1 || (!first && !finishes) {
            return Err("a second compensation of a step".to_owned());
        }
        let forward = (step, Side::Forward);
        let begun = mirror.intents.values().any(|lane| *lane == forward);
        if !begun {
            return Err("a compensation of a step that never began".to_owned());
        }
        if first {
            self.dependents_first(step, mirror)?;
        }
        if matches!(line.deed, Deed::Applied { .. }) {
            self.standing.remove(&step);
            self.residue.remove(&step);
            self.undone.insert(step);
        }
        Ok(())
    }

    /// Everything that came after a step is undone before it is, or stays for a reason.
    fn dependents_first(&self, step: StepIdx, mirror: &Mirror) -> Result<(), String> {
        let mut next: Vec<StepIdx> = mirror.workflow.dependents(step).collect();
        let mut seen = BTreeSet::new();
        while let Some(at) = next.pop() {
            if !seen.insert(at) {
                continue;
            }
            next.extend(mirror.workflow.dependents(at));
            let stands = self.standing.get(&at).is_some_and(|s| !s.is_empty());
            let undo = mirror.run.lane((at, Side::Undo));
            if stands && !undo.is_some_and(Lane::finished) {
                let id = &mirror.workflow.step(at).id;
                return Err(format!("a compensation while `{id}`, which came after, stands"));
            }
        }
        Ok(())
    }

    /// Whether a step's effects may stay after a rollback: nothing undoes it, or somebody said so.
    pub fn may_stay(mirror: &Mirror, step: StepIdx) -> bool {
        let def = mirror.workflow.step(step);
        let decided = mirror.decided.contains(&(step, Side::Undo));
        rollback::undo_of(def).is_none() || guarded_off(def) || decided
    }

    /// Whether a step's compensation is recorded as done.
    pub fn undone_by_history(mirror: &Mirror, step: StepIdx) -> bool {
        mirror
            .run
            .lane((step, Side::Undo))
            .is_some_and(|lane| lane.state == LaneState::Finished(Finish::Succeeded))
    }
}
