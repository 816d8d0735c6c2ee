//! What a decision about a step means for the rest of its run, told before it is taken. It must not
//! know who decides, nor how it was asked for.

use super::duration::{date_time, span};
use super::put_back;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use windlass_model::expr::roots;
use windlass_model::guards::proves;
use windlass_model::lane::LaneState;
use windlass_model::rollback::undo_of;
use windlass_model::run::{LaneId, Run};
use windlass_model::step::{Compensate, Work};
use windlass_model::{Decision, Event, EventKind, Side, StepDef, StepId, StepIdx, Workflow};

/// Attempts that are told one by one; what came before them is counted.
const ATTEMPTS_TOLD: usize = 5;

/// Steps that are named; a line has room for no more.
const NAMED_MAX: usize = 6;

/// What follows from a decision about one side of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Consequence {
    step: StepId,
    side: Side,
    decision: Decision,
    /// What comes next of the steps that wait for it.
    next: Vec<StepId>,
    /// Steps to come that read what it gives.
    reads: Vec<StepId>,
    /// Steps to come whose proof stands on what it gives.
    proofs: Vec<StepId>,
    /// What an undo puts back.
    puts_back: Vec<String>,
    /// Whether a rollback undoes what it may have done.
    undone: Option<bool>,
    /// What became of its attempts.
    attempts: Vec<String>,
    /// Whether what it began may be at work, so that it is looked at first.
    looks_first: bool,
}

impl Consequence {
    /// Of a decision about a lane that one can decide about.
    pub fn of(
        workflow: &Workflow,
        run: &Run,
        (at, side): LaneId,
        decision: Decision,
        events: &[Event],
    ) -> Self {
        let step = workflow.step(at);
        let lane = run.lane((at, side));
        let state = &run.steps[at as usize];
        let armed = side == Side::Forward && state.forward.armed;
        let in_doubt =
            lane.is_some_and(|lane| matches!(lane.state, LaneState::Failed { in_doubt: true, .. }));
        let back = match undo_of(step) {
            Some(_) if side == Side::Undo => {
                let effects = state.forward.attempt.as_deref().map(|one| one.effects.as_slice());
                put_back::sentences(effects.unwrap_or_default(), &state.output)
            }
            _ => Vec::new(),
        };
        let onward = side == Side::Forward && !run.going_back();
        let ids = |found: BTreeSet<StepIdx>| -> Vec<StepId> {
            let order = workflow.order().iter().filter(|at| found.contains(at));
            order.map(|at| workflow.step(*at).id.clone()).collect()
        };
        let open = |at: &StepIdx| onward && !run.steps[*at as usize].forward.finished();
        Self {
            step: step.id.clone(),
            side,
            decision,
            next: match onward {
                true => ids(waiting_for(workflow, at)),
                false => ids(undos_behind(workflow, run, at)),
            },
            reads: ids(readers(workflow, &step.id).filter(open).collect()),
            proofs: ids(proves(workflow, at).into_iter().filter(open).collect()),
            puts_back: back,
            undone: armed.then(|| undo_of(step).is_some()),
            attempts: attempts(&step.id, side, events),
            looks_first: in_doubt,
        }
    }

    /// The step gives what a look has seen, so that nothing to come misses it.
    pub fn takes_what_was_seen(&mut self) {
        self.reads.clear();
        self.proofs.clear();
    }

    /// As sentences, the most telling first.
    pub fn lines(&self) -> Vec<String> {
        match self.decision {
            Decision::Retry => self.of_a_retry(),
            Decision::Done | Decision::Skip => self.of_going_on(),
        }
    }

    fn of_a_retry(&self) -> Vec<String> {
        let what = self.named();
        let mut lines = self.attempts.clone();
        lines.push(match (self.looks_first, self.attempts.is_empty()) {
            (true, _) => {
                format!("{what} is looked at first, and tried again where nothing of it is there")
            }
            (false, true) => format!("{what} begins anew"),
            (false, false) => format!("{what} is tried once more, at once"),
        });
        lines
    }

    fn of_going_on(&self) -> Vec<String> {
        let what = self.named();
        let left = match (self.decision, self.side) {
            (Decision::Done, _) => "counts as done",
            (_, Side::Forward) => "is left out",
            (_, Side::Undo) => "is left undone",
        };
        let then = match (self.side, self.next.as_slice()) {
            (Side::Forward, []) => "no step waits for it".to_owned(),
            (Side::Undo, []) => "no other undo waits for it".to_owned(),
            (Side::Forward, next) => format!("then comes {}", names(next)),
            (Side::Undo, next) => format!("then {} undone", are(next)),
        };
        let mut lines = vec![format!("{what} {left}: {then}")];
        if !self.reads.is_empty() {
            let readers = names(&self.reads);
            lines.push(format!("its outputs stay empty, which {readers} would read"));
        }
        if !self.proofs.is_empty() {
            lines.push(format!("what {} requires stands on what it gives", names(&self.proofs)));
        }
        let so = match self.decision {
            Decision::Skip => "this does not happen",
            _ => "this counts as having happened",
        };
        lines.extend(self.puts_back.iter().map(|back| format!("{so}: {back}")));
        lines.extend(self.undone.map(|undone| match undone {
            true => "it may have acted: a rollback undoes it all the same".to_owned(),
            false => "it may have acted, and no rollback undoes it".to_owned(),
        }));
        lines
    }

    /// The lane in words.
    fn named(&self) -> String {
        match self.side {
            Side::Forward => format!("`{}`", self.step),
            Side::Undo => format!("the undo of `{}`", self.step),
        }
    }

    /// The same as data.
    pub fn json(&self) -> Value {
        json!({
            "step": self.step,
            "undo": self.side == Side::Undo,
            "decision": self.decision,
            "next": self.next,
            "reads": self.reads,
            "proofs": self.proofs,
            "puts_back": self.puts_back,
            "attempts": self.attempts,
            "says": self.lines(),
        })
    }
}

fn names(steps: &[StepId]) -> String {
    let named = steps.iter().take(NAMED_MAX).map(|step| format!("`{step}`"));
    let named = named.collect::<Vec<_>>().join(", ");
    match steps.len().saturating_sub(NAMED_MAX) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn are(steps: &[StepId]) -> String {
    format!("{} {}", names(steps), if steps.len() == 1 { "is" } else { "are" })
}

/// The steps that wait for a step, those behind a join in its place.
fn waiting_for(workflow: &Workflow, at: StepIdx) -> BTreeSet<StepIdx> {
    let mut found = BTreeSet::new();
    let mut open = vec![at];
    while let Some(at) = open.pop() {
        for next in workflow.dependents(at) {
            match workflow.is_join(next) {
                true => open.push(next),
                false => drop(found.insert(next)),
            }
        }
    }
    found
}

/// The steps before one whose undos are still to come: they wait for its own.
fn undos_behind(workflow: &Workflow, run: &Run, at: StepIdx) -> BTreeSet<StepIdx> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![at];
    while let Some(at) = open.pop() {
        for need in workflow.needs(at).filter(|need| seen.insert(*need)) {
            let undo = run.lane((need, Side::Undo)).filter(|lane| !lane.finished());
            let armed = run.steps[need as usize].forward.armed;
            match undo.is_some() && armed && undo_of(workflow.step(need)).is_some() {
                true => drop(found.insert(need)),
                false => open.push(need),
            }
        }
    }
    found
}

/// The steps that name another one's outputs.
fn readers<'w>(workflow: &'w Workflow, id: &'w StepId) -> impl Iterator<Item = StepIdx> + 'w {
    workflow.order().iter().copied().filter(move |at| reads(workflow.step(*at), id))
}

fn reads(step: &StepDef, id: &StepId) -> bool {
    let mut found = false;
    let mut see = |expr: &_| {
        found |= roots(expr).iter().any(|path| {
            matches!(path.as_slice(), [first, of, ..] if first == "steps" && of == id.as_str())
        });
    };
    step.condition.iter().chain(&step.requires).chain(&step.verify).for_each(&mut see);
    match &step.work {
        Work::Action { with, .. } => with.visit_exprs(&mut see),
        Work::Approve { prompt, typed, .. } => {
            prompt.visit_exprs(&mut see);
            typed.iter().for_each(|typed| typed.visit_exprs(&mut see));
        }
        Work::Input { prompt, .. } => prompt.visit_exprs(&mut see),
        Work::WaitFor { span } => span.visit_exprs(&mut see),
        Work::WaitUntil { until, .. } => until.visit_exprs(&mut see),
        Work::Rounds { until } => see(until),
        Work::Assert { that, message } => {
            see(that);
            message.iter().for_each(|message| message.visit_exprs(&mut see));
        }
        Work::Set { values } => values.visit_exprs(&mut see),
        Work::WaitWindow { .. } | Work::WaitSignal { .. } | Work::Join => {}
    }
    if let Compensate::Custom { with, .. } = &step.compensate {
        with.visit_exprs(&mut see);
    }
    found
}

/// What became of each attempt of a lane, the newest last.
fn attempts(step: &StepId, side: Side, events: &[Event]) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    let mut began = None;
    for event in events {
        let (of, on, end) = match &event.kind {
            EventKind::AttemptStarted { step: of, side: on, attempt, .. } => {
                if (of, *on) == (step, side) {
                    began = Some(event.at);
                    told.push(format!("attempt {attempt} began {}", date_time(event.at)));
                }
                continue;
            }
            EventKind::AttemptAccepted { step, side, .. } => (step, side, "accepted".to_owned()),
            EventKind::AttemptSucceeded { step, side, .. } => (step, side, "done".to_owned()),
            EventKind::AttemptFailed { step, side, failure, .. } => {
                (step, side, format!("failed: {}", failure.message))
            }
            EventKind::AttemptInDoubt { step, side, why, .. } => {
                (step, side, format!("in doubt: {why}"))
            }
            EventKind::AttemptFoundAbsent { step, side, .. } => {
                (step, side, "nothing of it was there".to_owned())
            }
            EventKind::AttemptFoundBegun { step, side, .. } => {
                (step, side, "it had ended half-way".to_owned())
            }
            EventKind::DoubtUnsettled { step, side, why, .. } => {
                (step, side, format!("nobody could tell: {why}"))
            }
            _ => continue,
        };
        if (of, *on) == (step, side)
            && let (Some(last), Some(began)) = (told.last_mut(), began)
        {
            last.push_str(&format!("; after {} {end}", span(event.at.since(began))));
        }
    }
    let before = told.len().saturating_sub(ATTEMPTS_TOLD);
    if before > 0 {
        told.drain(..before);
        told.insert(0, format!("{before} attempts before these"));
    }
    told
}
