//! Humans and scripts around the run: those who answer, pause, cancel, roll back, decide; rivals
//! who start a second engine; and the operator who never gives up. He tells the truth: he looks at
//! the world before he decides.

use crate::happening::{Happening, Wire};
use crate::ready::ready;
use crate::sim::Sim;
use windlass_model::lane::LaneState;
use windlass_model::observation::Signal;
use windlass_model::rollback::bars_the_way_back;
use windlass_model::run::{Course, Halt, LaneId};
use windlass_model::{
    Decision, Event, EventKind, Phase, Side, SignalId, StepId, Timestamp, Value, Work,
};
use windlass_ports::store::StoredSignal;
use windlass_testkit::world::state::Fate;

/// Until when people and faults disturb the run, in physical milliseconds.
const DISTURBED_MS: u64 = 1_200_000;

/// Looks at a resting run after which it counts as one that nobody can bring to an end.
const ROUNDS_MAX: u32 = 120;

/// Looks after which the operator stops trying again and leaves what fails.
const PATIENT_ROUNDS: u32 = 25;

fn sent(name: String) -> Signal {
    Signal::Send { name, data: Value::from(7), by: by(), note: None }
}

fn by() -> String {
    "op".to_owned()
}

impl Sim {
    /// What is going to disturb this seed.
    pub fn plan(&mut self) {
        self.soon(0, Happening::Start { displace: false });
        self.soon(DISTURBED_MS, Happening::Calm);
        let busy = self.prng.between(20_000, 500_000);
        for _ in 0..self.prng.below(4) {
            let displace = self.prng.percent(75);
            let at = self.prng.below(busy);
            self.soon(at, Happening::Start { displace });
        }
        if self.prng.percent(20) {
            let by = *self.prng.pick(&[-300_000, -20_000, 3_000, 25_000, 400_000, 7_200_000]);
            let at = self.prng.below(busy);
            self.soon(at, Happening::Jump(by));
        }
        for _ in 0..self.prng.below(3) {
            let at = self.prng.below(busy);
            self.soon(at, Happening::Crash);
        }
        for _ in 0..self.prng.below(4) {
            let Some(signal) = self.any_signal() else { continue };
            let at = self.prng.below(busy);
            self.send(at, signal);
        }
        self.send_early(busy);
    }

    /// Scripts that send what steps will wait for, perhaps before they do.
    fn send_early(&mut self, busy: u64) {
        let works = self.mirror.workflow.def().steps.iter().map(|step| &step.work);
        let names: Vec<String> = works
            .filter_map(|work| match work {
                Work::WaitSignal { name } => Some(name.clone()),
                _ => None,
            })
            .collect();
        for name in names {
            if self.prng.percent(40) {
                let at = self.prng.below(busy);
                self.send(at, sent(name));
            }
        }
    }

    fn any_signal(&mut self) -> Option<Signal> {
        let by = by();
        Some(match self.prng.below(100) {
            0..=34 => Signal::Pause { by },
            35..=54 => Signal::Cancel { by, keep: false },
            55..=57 => Signal::Cancel { by, keep: true },
            58..=89 => {
                let steps = self.mirror.workflow.len() as u64;
                let at = self.prng.below(steps) as u32;
                let to = self.prng.percent(25).then(|| self.mirror.workflow.step(at).id.clone());
                Signal::Rollback { by, reason: "asked for".to_owned(), to }
            }
            _ => return None,
        })
    }

    pub fn send(&mut self, delay: u64, signal: Signal) {
        self.signals += 1;
        let id = SignalId(uuid::Uuid::from_u128(self.signals));
        if self.prng.percent(5) {
            // Posting twice is posting once.
            let again = delay + self.prng.below(3_000);
            self.soon(again, Happening::Post(id, signal.clone()));
        }
        self.soon(delay, Happening::Post(id, signal));
    }

    /// Somebody posts a signal; whoever drives hears of it, or somebody drives.
    pub fn post(&mut self, id: SignalId, signal: &Signal) -> Result<(), String> {
        if self.over {
            return Ok(());
        }
        if let Signal::Answer { step, .. } = signal {
            self.note_race(step);
        }
        let bytes = serde_json::to_vec(signal).map_err(|error| error.to_string())?;
        ready(self.store.post_signal(self.run, StoredSignal { id, bytes }))
            .map_err(|error| error.to_string())?;
        let ids: Vec<u32> = self.actors.keys().copied().collect();
        let decides = matches!(signal, Signal::Decide { .. });
        for id in ids {
            let delay = if decides { 0 } else { self.prng.below(600) };
            self.soon(delay, Happening::Bell(id));
        }
        if self.actors.is_empty() {
            let delay = self.prng.below(2_000);
            self.soon(delay, Happening::Start { displace: false });
        }
        Ok(())
    }

    /// An answer within a moment of the deadline, before or after it.
    fn note_race(&mut self, step: &StepId) {
        let asked = self.mirror.events.iter().rev().find_map(|event| match &event.kind {
            EventKind::SignalAwaited { step: asked, deadline, .. } if asked == step => *deadline,
            _ => None,
        });
        if let Some(deadline) = asked {
            let away = deadline.0.abs_diff(self.now().0);
            self.met.answer_races |= away <= 150;
        }
    }

    /// People see what is durable.
    pub fn seen_by_people(&mut self, event: &Event) {
        if let EventKind::SignalAwaited { step, deadline, .. } = &event.kind {
            self.answer_in_time(step.clone(), *deadline);
        }
        if let EventKind::SignalSent { name, .. } = &event.kind {
            let (workflow, run) = (&self.mirror.workflow, &self.mirror.run);
            let waits = run.awaiting.iter().any(|(at, _)| {
                matches!(&workflow.step(*at).work, Work::WaitSignal { name: own } if own == name)
            });
            self.met.sent_early |= !waits;
        }
        if matches!(&event.kind, EventKind::RollbackStarted { to: Some(_), .. }) {
            self.met.partial = true;
        }
        // Rivals like rollbacks best.
        if matches!(&event.kind, EventKind::RollbackStarted { .. })
            && !self.calm
            && self.prng.percent(12)
        {
            let delay = self.prng.below(60_000);
            self.soon(delay, Happening::Start { displace: true });
        }
    }

    fn answer_in_time(&mut self, step: StepId, deadline: Option<Timestamp>) {
        let left = deadline.map(|at| at.since(self.now()));
        let delay = match (left, self.prng.below(100)) {
            (None, _) => self.prng.between(200, 100_000),
            (Some(left), 0..=49) => (left + self.prng.below(160)).saturating_sub(80),
            (Some(left), 50..=79) => self.prng.below(left + 1),
            (Some(_), _) => return,
        };
        let signal = self.answer(step);
        self.send(delay, signal);
    }

    fn answer(&mut self, step: StepId) -> Signal {
        let at = self.mirror.workflow.find(&step);
        if let Some(Work::WaitSignal { name }) = at.map(|at| &self.mirror.workflow.step(at).work) {
            return sent(name.clone());
        }
        let asks_yes = self.mirror.workflow.find(&step).is_some_and(|at| {
            matches!(self.mirror.workflow.step(at).work, windlass_model::Work::Approve { .. })
        });
        let value = match (asks_yes, self.prng.below(100)) {
            (true, 0..=9) if !self.calm => Value::from(false),
            (true, _) => Value::from(true),
            (false, 0..=4) if !self.calm => Value::from("no number"),
            (false, _) => Value::from(42),
        };
        Signal::Answer { step, value, by: by(), note: None, evidence: Vec::new() }
    }

    /// Nothing else is going to happen: whoever is asked answers. False where nobody is asked.
    pub fn answer_at_last(&mut self) -> bool {
        let asked: Vec<LaneId> = self.mirror.run.awaiting.iter().copied().collect();
        self.calm = true;
        for (at, _) in &asked {
            let signal = self.answer(self.mirror.workflow.step(*at).id.clone());
            self.send(0, signal);
        }
        !asked.is_empty()
    }

    /// The run has ended, for good or until somebody rolls it back.
    pub fn ended(&mut self, phase: Phase) {
        if phase == Phase::Succeeded && !self.calm && self.prng.percent(40) {
            let signal = Signal::Rollback { by: by(), reason: "after all".to_owned(), to: None };
            let delay = self.prng.below(60_000);
            self.send(delay, signal);
            return;
        }
        self.over = true;
        let on_its_way = |h: &Happening| {
            matches!(
                h,
                Happening::CallLands(_)
                    | Happening::AppendLands(_)
                    | Happening::Neighbour
                    | Happening::TakeOver
            )
        };
        drop(self.queue.take(|happening| !on_its_way(happening)));
    }

    /// Somebody looks at a run that rests, and does something about it.
    pub fn operator(&mut self) -> Result<(), String> {
        if self.over || !self.actors.is_empty() {
            return Ok(());
        }
        // Waiting for an operation that works is no failed try.
        let asking: Vec<LaneId> = self.mirror.run.asking().collect();
        let failed: Vec<LaneId> = self.mirror.run.failed.iter().copied().collect();
        let works = asking.iter().chain(&failed).any(|lane| self.works(*lane));
        self.rounds += u32::from(!works);
        if self.rounds > ROUNDS_MAX {
            return Err(format!("nobody can bring the run to an end: {:?}", self.mirror.run.halt));
        }
        let run = &self.mirror.run;
        let partial = matches!(run.course, Course::Back { to: Some(_) });
        if partial && run.undo_unfinished == 0 && run.halt == Some(Halt::Paused) {
            let signal = Signal::Rollback { by: by(), reason: "all of it".to_owned(), to: None };
            self.send(0, signal);
            return Ok(());
        }
        match self.prng.below(100) {
            0..=5 if !self.calm => {
                let signal = Signal::Rollback { by: by(), reason: "enough".to_owned(), to: None };
                self.send(0, signal);
            }
            6..=8 if !self.calm => self.send(0, Signal::Cancel { by: by(), keep: false }),
            9..=30 => self.soon(0, Happening::Start { displace: false }),
            _ if !asking.is_empty() => {
                let lane = *self.prng.pick(&asking);
                self.decide_asking(lane);
            }
            31..=50 if !failed.is_empty() => {
                let lane = *self.prng.pick(&failed);
                self.decide_failed(lane);
            }
            _ if self.rounds > PATIENT_ROUNDS && !failed.is_empty() => {
                let lane = *self.prng.pick(&failed);
                self.decide_failed(lane);
            }
            _ => self.soon(0, Happening::Start { displace: false }),
        }
        Ok(())
    }

    fn works(&self, lane: LaneId) -> bool {
        let attempt = self.mirror.run.lane(lane).and_then(|lane| lane.attempt.as_ref());
        let now = self.now();
        attempt.is_some_and(|attempt| {
            matches!(self.world.state().fate(attempt.request_id, now), Fate::Running { .. })
        })
    }

    /// Looks at the world; nothing where it is not settled yet.
    fn look(&mut self, lane: LaneId) -> Option<Fate> {
        let attempt = self.mirror.run.lane(lane)?.attempt.as_ref()?;
        let (id, started) = (attempt.request_id, attempt.started_at);
        let on_the_way = self.queue.any(|happening| match happening {
            Happening::CallLands(wire) => {
                let Wire { dispatch, .. } = &**wire;
                dispatch.attempt.as_ref().is_some_and(|a| a.request_id == id)
            }
            _ => false,
        });
        let now = self.now();
        let early = now < started.after(windlass_testkit::world::kinds::SETTLE_MS);
        let fate = self.world.state().fate(id, now);
        let open = matches!(fate, Fate::Running { .. }) || (fate == Fate::Absent && early);
        (!on_the_way && !open).then_some(fate)
    }

    fn decide_asking(&mut self, lane: LaneId) {
        let Some(fate) = self.look(lane) else {
            let delay = self.prng.between(5_000, 60_000);
            self.soon(delay, Happening::Operator);
            return;
        };
        let decision = match (fate, self.prng.below(100)) {
            (Fate::Done, 0..=79) => Decision::Done,
            (Fate::Done, _) if lane.1 == Side::Forward => Decision::Skip,
            (Fate::Done, _) => Decision::Done,
            (_, 0..=69) if self.rounds <= PATIENT_ROUNDS => Decision::Retry,
            _ => Decision::Skip,
        };
        self.decide(lane, decision);
    }

    fn decide_failed(&mut self, lane: LaneId) {
        let in_doubt = self
            .mirror
            .run
            .lane(lane)
            .is_some_and(|l| matches!(l.state, LaneState::Failed { in_doubt: true, .. }));
        let unsettled = in_doubt && self.look(lane).is_none();
        if unsettled {
            let delay = self.prng.between(5_000, 60_000);
            self.soon(delay, Happening::Operator);
            return;
        }
        let retry = self.prng.percent(50) && self.rounds <= PATIENT_ROUNDS;
        // Past a point of no return leads only the word that it was undone by hand.
        let barred = bars_the_way_back(&self.mirror.workflow, &self.mirror.run, lane);
        let leave = if barred { Decision::Done } else { Decision::Skip };
        self.decide(lane, if retry { Decision::Retry } else { leave });
    }

    fn decide(&mut self, (at, _): LaneId, decision: Decision) {
        let step = self.mirror.workflow.step(at).id.clone();
        let reason = "looked at the world".to_owned();
        self.send(0, Signal::Decide { step, decision, by: by(), reason, output: None });
    }
}
