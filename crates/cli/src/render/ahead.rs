//! How long what is still to come of a run will take, by what earlier runs took: the longest way
//! through it, since what does not wait for each other goes on at once. Where no run tells, that is
//! said; nothing is guessed.

use super::duration::span;
use super::outlook::Took;
use serde::Serialize;
use std::collections::BTreeMap;
use windlass_model::run::LaneId;
use windlass_model::step::Gate;
use windlass_model::{Millis, Side, StepId, StepIdx, Work, Workflow};

/// How long steps took in earlier runs.
pub type Times = BTreeMap<(StepId, Side), Took>;

/// What lies ahead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ahead {
    /// The least time of all that is known.
    pub least_ms: Millis,
    /// The most.
    pub most_ms: Millis,
    /// Of so many steps it is known.
    pub known: usize,
    /// So many do something that takes time.
    pub of: usize,
    /// So many wait for people, signals or times of day, which is in no number here.
    pub waits: usize,
}

impl Ahead {
    /// Of the lanes that come, each with whether it comes for sure; `passed` is how long a lane has
    /// been at work already.
    pub fn of(
        workflow: &Workflow,
        lanes: &[(LaneId, bool)],
        times: &Times,
        passed: &dyn Fn(LaneId) -> Millis,
    ) -> Self {
        let mut ahead = Self::default();
        let mut takes: BTreeMap<LaneId, (Millis, Millis)> = BTreeMap::new();
        for (id, sure) in lanes {
            let step = workflow.step(id.0);
            let works = matches!(step.work, Work::Action { .. });
            ahead.of += usize::from(works);
            let gated = id.1 == Side::Forward && step.gate != Gate::default();
            ahead.waits += usize::from(gated || waits(&step.work));
            let Some(took) = times.get(&(step.id.clone(), id.1)).filter(|_| works) else {
                continue;
            };
            ahead.known += 1;
            let passed = passed(*id);
            let least = if *sure { took.least_ms.saturating_sub(passed) } else { 0 };
            takes.insert(*id, (least, took.most_ms.saturating_sub(passed)));
        }
        // What is in doubt is settled before anything is undone.
        let on = longest(workflow, &takes, Side::Forward);
        let back = longest(workflow, &takes, Side::Undo);
        Self { least_ms: on.0 + back.0, most_ms: on.1 + back.1, ..ahead }
    }

    /// In words, for the end of a sentence; none where nothing takes time.
    pub fn words(&self) -> Option<String> {
        let Self { known, of, .. } = *self;
        if of == 0 {
            return None;
        }
        if known == 0 {
            return Some("for how long no earlier run tells".to_owned());
        }
        let (least, most) = (span(self.least_ms), span(self.most_ms));
        let took = if least == most { least } else { format!("{least} to {most}") };
        let which = if known == of { String::new() } else { format!(" for {known} of them") };
        let waits = if self.waits > 0 { ", beside the waiting" } else { "" };
        Some(format!("{took}{which} by earlier runs{waits}"))
    }
}

/// Whether it stands still until something outside happens.
fn waits(work: &Work) -> bool {
    matches!(
        work,
        Work::Approve { .. }
            | Work::Input { .. }
            | Work::WaitFor { .. }
            | Work::WaitUntil { .. }
            | Work::WaitWindow { .. }
            | Work::WaitSignal { .. }
    )
}

/// The longest way through the lanes of one side, the least and the most.
fn longest(
    workflow: &Workflow,
    takes: &BTreeMap<LaneId, (Millis, Millis)>,
    side: Side,
) -> (Millis, Millis) {
    let mut ends: BTreeMap<StepIdx, (Millis, Millis)> = BTreeMap::new();
    let order: Vec<StepIdx> = match side {
        Side::Forward => workflow.order().to_vec(),
        Side::Undo => workflow.order().iter().rev().copied().collect(),
    };
    for at in order {
        let before: Vec<StepIdx> = match side {
            Side::Forward => workflow.needs(at).collect(),
            Side::Undo => workflow.dependents(at).collect(),
        };
        let begins = before.iter().filter_map(|at| ends.get(at));
        let begins = begins.fold((0, 0), |all, one| (all.0.max(one.0), all.1.max(one.1)));
        let own = takes.get(&(at, side)).copied().unwrap_or_default();
        ends.insert(at, (begins.0 + own.0, begins.1 + own.1));
    }
    ends.values().fold((0, 0), |all, one| (all.0.max(one.0), all.1.max(one.1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_model::catalog::ActionTraits;
    use windlass_model::expr::Template;
    use windlass_model::{EffectClass, StepDef, WorkflowDef};

    fn workflow() -> Workflow {
        let action = |id: &str, needs: &[&str]| {
            let uses = "shell".into();
            let work = Work::Action {
                uses,
                with: Template::Literal(serde_json::json!({})),
                traits: ActionTraits {
                    class: EffectClass::Reversible,
                    captures: false,
                    compensates: true,
                    compensates_in_progress: false,
                    idempotent: true,
                    settle_ms: 0,
                },
            };
            let needs = needs.iter().map(StepId::new).collect();
            StepDef { needs, ..StepDef::new(id, work) }
        };
        let steps = vec![
            action("a", &[]),
            action("b", &["a"]),
            action("c", &["a"]),
            action("d", &["b", "c"]),
        ];
        Workflow::new(WorkflowDef { name: "w".into(), steps, ..WorkflowDef::default() }).unwrap()
    }

    #[test]
    fn what_does_not_wait_for_each_other_goes_on_at_once() {
        let workflow = workflow();
        let took = |ms: u64| Took { least_ms: ms, most_ms: 2 * ms, runs: 3 };
        let mut times = Times::new();
        for (id, ms) in [("a", 1_000), ("b", 5_000), ("c", 60_000), ("d", 2_000)] {
            times.insert((id.into(), Side::Forward), took(ms));
        }
        let all: Vec<(LaneId, bool)> = (0..4).map(|at| ((at, Side::Forward), true)).collect();
        let none = |_: LaneId| 0;
        let ahead = Ahead::of(&workflow, &all, &times, &none);
        assert_eq!((ahead.least_ms, ahead.most_ms), (63_000, 126_000));
        assert_eq!(ahead.words().unwrap(), "1m03s to 2m06s by earlier runs");
        let perhaps = [(all[0].0, true), (all[2].0, false)];
        let ahead = Ahead::of(&workflow, &perhaps, &times, &none);
        assert_eq!((ahead.least_ms, ahead.most_ms), (1_000, 122_000));
        let passed = |_: LaneId| 30_000;
        let ahead = Ahead::of(&workflow, &all[2..3], &times, &passed);
        assert_eq!((ahead.least_ms, ahead.most_ms), (30_000, 90_000));
    }

    #[test]
    fn where_no_run_tells_no_number_is_made_up() {
        let workflow = workflow();
        let back: Vec<(LaneId, bool)> = (0..2).map(|at| ((at, Side::Undo), true)).collect();
        let ahead = Ahead::of(&workflow, &back, &Times::new(), &|_| 0);
        assert_eq!(ahead.words().unwrap(), "for how long no earlier run tells");
        let took = Took { least_ms: 5_000, most_ms: 5_000, runs: 1 };
        let times = Times::from([(("b".into(), Side::Undo), took)]);
        let ahead = Ahead::of(&workflow, &back, &times, &|_| 0);
        assert_eq!(ahead.words().unwrap(), "5s for 1 of them by earlier runs");
        assert_eq!(Ahead::of(&workflow, &[], &times, &|_| 0).words(), None);
    }
}
