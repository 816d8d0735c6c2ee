//! The cost of one completion: what the heart does between a call's end and the next call, for
//! workflows of 1,000, 10,000 and 100,000 steps, as a chain and as a wide graph, forward and back.
//!
//! `cargo bench -p windlass-model [-- --json]`. Rule 10 wants the figures of a column alike.

#![expect(clippy::print_stdout, reason = "its output is what a bench is for")]

use std::collections::VecDeque;
use std::hint::black_box;
use windlass_model::apply::apply;
use windlass_model::catalog::{ActionTraits, EffectClass};
use windlass_model::decide::{Busy, Call, Command, decide, intent};
use windlass_model::expr::Template;
use windlass_model::observation::{Executed, Observation, Prepared, Sighting, Signal};
use windlass_model::run::Run;
use windlass_model::settle::{settle, settle_signal};
use windlass_model::{
    Event, EventKind, Phase, RunId, StepDef, StepId, Timestamp, Value, Work, Workflow, WorkflowDef,
};

/// Sizes whose ratios show the growth: each is ten times the one before.
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

/// Steps in flight: what a file has by default.
const MAX_PARALLEL: u32 = 8;

/// Runs of one measurement; the fastest counts, since noise only adds.
const ROUNDS: usize = 3;

fn main() {
    let json = std::env::args().any(|arg| arg == "--json");
    if !json {
        println!("{:<8} {:>8} {:>14} {:>14}", "shape", "steps", "forward ns", "rollback ns");
    }
    for (shape, build) in [("chain", chain as fn(usize) -> Workflow), ("wide", wide)] {
        for steps in SIZES {
            let workflow = build(steps);
            let rounds = (0..ROUNDS).map(|_| measure(&workflow));
            let (forward, back) =
                rounds.fold((f64::MAX, f64::MAX), |a, b| (a.0.min(b.0), a.1.min(b.1)));
            if json {
                let figures = format!(r#""forward_ns":{forward:.0},"rollback_ns":{back:.0}"#);
                println!(r#"{{"shape":"{shape}","steps":{steps},{figures}}}"#);
            } else {
                println!("{shape:<8} {steps:>8} {forward:>14.0} {back:>14.0}");
            }
        }
    }
}

/// Nanoseconds of a completion, forward and back.
fn measure(workflow: &Workflow) -> (f64, f64) {
    let mut heart = Heart::new(workflow);
    heart.record(EventKind::RunStarted { by: "bench".into() });
    let forward = heart.timed(Phase::Succeeded);
    let undo = Signal::Rollback { by: "bench".into(), reason: "bench".into(), to: None };
    for kind in settle_signal(workflow, &heart.run, undo) {
        heart.record(kind);
    }
    let back = heart.timed(Phase::RolledBack);
    (forward, back)
}

/// The engine's loop without an engine: every call succeeds at once.
struct Heart<'a> {
    workflow: &'a Workflow,
    run: Run,
    busy: Busy,
    calls: VecDeque<Call>,
    now: Timestamp,
}

impl<'a> Heart<'a> {
    fn new(workflow: &'a Workflow) -> Self {
        let run = Run::new(RunId(uuid::Uuid::from_u128(1)), workflow);
        let now = Timestamp(1_790_000_000_000);
        Self { workflow, run, busy: Busy::default(), calls: VecDeque::new(), now }
    }

    /// Drives to an end; the time of one completion.
    #[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
    fn timed(&mut self, end: Phase) -> f64 {
        let started = std::time::Instant::now();
        self.decide();
        let mut completions = 0_u32;
        while let Some(call) = self.calls.pop_front() {
            self.complete(call);
            self.decide();
            completions += 1;
        }
        let spent = started.elapsed();
        assert_eq!(self.run.phase(), end, "the bench's run took another way");
        black_box(&self.run);
        spent.as_nanos() as f64 / f64::from(completions)
    }

    fn decide(&mut self) {
        loop {
            let mut commands = decide(self.workflow, &self.run, self.now, &self.busy);
            let write = commands
                .iter()
                .position(|c| matches!(c, Command::Record(_) | Command::Begin { .. }));
            let Some(write) = write else {
                for command in commands {
                    if let Command::Perform(call) = command {
                        self.busy.calls.insert(call.lane);
                        self.calls.push_back(call);
                    }
                }
                return;
            };
            match commands.swap_remove(write) {
                Command::Record(kind) => self.record(kind),
                Command::Begin { lane, input } => {
                    let kind = intent(
                        self.workflow,
                        &self.run,
                        lane,
                        input,
                        Prepared::default(),
                        Vec::new(),
                    );
                    self.record(kind);
                }
                _ => {}
            }
        }
    }

    fn complete(&mut self, call: Call) {
        self.busy.calls.remove(&call.lane);
        let (step, side) = call.lane;
        let seen = Sighting::Acted(Ok(Executed::Done(Value::Null)));
        let observation = Observation { step, side, attempt: call.attempt, seen };
        for kind in settle(self.workflow, &self.run, observation, 0, self.now).events {
            self.record(kind);
        }
    }

    fn record(&mut self, kind: EventKind) {
        let event = Event { seq: self.run.seq + 1, at: self.now, kind };
        let applied = apply(self.workflow, &mut self.run, &event);
        assert!(applied.is_ok(), "the bench's event was refused: {applied:?}");
    }
}

/// Each step needs the one before.
fn chain(steps: usize) -> Workflow {
    let needs = |i: usize| i.checked_sub(1).map(name).into_iter().collect();
    workflow((0..steps).map(|i| act(i, needs(i))).collect())
}

/// One root, so many leaves, one join.
fn wide(steps: usize) -> Workflow {
    let mut all = vec![act(0, Vec::new())];
    all.extend((1..steps - 1).map(|i| act(i, vec![name(0)])));
    let needs = (1..steps - 1).map(name).collect();
    all.push(StepDef { needs, ..StepDef::new("join", Work::Join) });
    workflow(all)
}

fn name(i: usize) -> StepId {
    StepId::new(format!("step{i}"))
}

fn act(i: usize, needs: Vec<StepId>) -> StepDef {
    let traits = ActionTraits {
        class: EffectClass::Reversible,
        captures: false,
        compensates: true,
        compensates_in_progress: false,
        idempotent: false,
        settle_ms: 0,
    };
    let with = Template::Literal(Value::Null);
    let work = Work::Action { uses: "bench.act".into(), with, traits };
    StepDef { needs, ..StepDef::new(name(i).as_str(), work) }
}

#[expect(clippy::expect_used, reason = "the bench's own workflow is valid")]
fn workflow(steps: Vec<StepDef>) -> Workflow {
    let def = WorkflowDef {
        format: 1,
        name: "bench".into(),
        max_parallel: MAX_PARALLEL,
        steps,
        ..WorkflowDef::default()
    };
    Workflow::new(def).expect("a valid workflow")
}
