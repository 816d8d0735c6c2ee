//! Properties of whole runs: random workflows, random outcomes, random meddling by humans and
//! crashes.

use crate::support::*;
use proptest::prelude::*;
use windlass_model::Side::{Forward, Undo};
use windlass_model::apply::fold;
use windlass_model::catalog::ActionTraits;
use windlass_model::checkpoint;
use windlass_model::decide::decide;
use windlass_model::observation::Signal;
use windlass_model::run::{Course, Halt, Run};
use windlass_model::step::{Compensate, OnInDoubt, OnTimeout, Retry};
use windlass_model::workflow::OnFailure;
use windlass_model::{Decision, Phase, StepDef, StepId, Value, Work, Workflow};

/// Rounds of a human's help after which a run must have ended.
const ROUNDS_MAX: usize = 60;

#[derive(Clone, Debug)]
pub struct Plan {
    pub steps: Vec<StepDef>,
    pub max_parallel: u32,
    pub on_failure: OnFailure,
    pub fates: Vec<(usize, bool, Vec<Fate>)>,
    pub readings: Vec<(usize, bool, Vec<Reading>)>,
    pub moves: Vec<Move>,
}

#[derive(Clone, Debug)]
pub enum Move {
    Turn(usize),
    Crash,
    Resume,
    Answer(usize, bool),
    Pause,
    Cancel(bool),
    Decide(usize, Decision),
    Rollback(Option<usize>),
}

fn traits_strategy() -> impl Strategy<Value = ActionTraits> {
    (any::<bool>(), any::<bool>(), prop_oneof![Just(0), Just(120_000)]).prop_map(
        |(captures, compensates_in_progress, settle_ms)| ActionTraits {
            captures,
            compensates_in_progress,
            settle_ms,
            ..traits()
        },
    )
}

fn compensate() -> impl Strategy<Value = Compensate> {
    prop_oneof![
        6 => Just(Compensate::Auto),
        1 => Just(Compensate::AutoIf { only_if: constant(true) }),
        1 => Just(Compensate::AutoIf { only_if: constant(false) }),
        1 => Just(Compensate::AutoIf { only_if: constant(7) }),
        1 => Just(Compensate::None { reason: Some("it does no harm".into()) }),
        1 => Just(custom_undo(None)),
    ]
}

fn action() -> impl Strategy<Value = StepDef> {
    let retry = (1..4_u32).prop_map(|max_attempts| Retry { max_attempts, ..Retry::default() });
    let doubt = prop_oneof![
        8 => Just(OnInDoubt::Probe), 1 => Just(OnInDoubt::Ask), 1 => Just(OnInDoubt::Rerun)
    ];
    let timeout = prop_oneof![2 => Just(None), 1 => Just(Some(3_000)), 1 => Just(Some(600_000))];
    let condition = prop_oneof![8 => Just(None), 1 => Just(Some(constant(false)))];
    (traits_strategy(), retry, compensate(), doubt, timeout, condition, 0..8_u32).prop_map(
        |(traits, retry, compensate, on_in_doubt, timeout_ms, condition, rare)| StepDef {
            retry,
            compensate,
            on_in_doubt,
            timeout_ms,
            condition,
            irreversible: rare == 0,
            ..act_with("x", &[], traits)
        },
    )
}

fn step() -> impl Strategy<Value = StepDef> {
    let on_timeout =
        prop_oneof![Just(OnTimeout::Wait), Just(OnTimeout::Fail), Just(OnTimeout::Skip)];
    prop_oneof![
        8 => action(),
        1 => on_timeout.prop_map(|on_timeout| {
            StepDef { on_timeout, timeout_ms: Some(60_000), ..approve("x", &[]) }
        }),
        1 => Just(sleep("x", &[], "90s")),
        1 => Just(set("x", &[], Value::from(1))),
        1 => Just(join("x", &[])),
    ]
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Done),
        2 => Just(Fate::Transient),
        1 => Just(Fate::Permanent),
        2 => (1..4_u32).prop_map(Fate::Accepted),
        1 => (1..4_u32).prop_map(Fate::FailsLater),
        2 => Just(Fate::LostBefore),
        2 => Just(Fate::LostAfter),
        2 => (1..4_u32).prop_map(Fate::LostAccepted),
        1 => Just(Fate::Blind),
        1 => Just(Fate::Hangs),
    ]
}

fn reading() -> impl Strategy<Value = Reading> {
    prop_oneof![3 => Just(Reading::Ok), 2 => Just(Reading::Transient), 1 => Just(Reading::Permanent)]
}

fn decision() -> impl Strategy<Value = Decision> {
    prop_oneof![Just(Decision::Done), Just(Decision::Skip), Just(Decision::Retry)]
}

fn one_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        30 => (0..8_usize).prop_map(Move::Turn),
        2 => Just(Move::Crash),
        2 => Just(Move::Resume),
        2 => (0..8_usize, any::<bool>()).prop_map(|(at, yes)| Move::Answer(at, yes)),
        1 => Just(Move::Pause),
        1 => (0..6_u32).prop_map(|keep| Move::Cancel(keep == 0)),
        1 => (0..8_usize, decision()).prop_map(|(at, d)| Move::Decide(at, d)),
        1 => proptest::option::of(0..8_usize).prop_map(Move::Rollback),
    ]
}

pub fn plan() -> impl Strategy<Value = Plan> {
    let steps = proptest::collection::vec((step(), any::<u8>()), 1..8);
    let fates = (0..8_usize, any::<bool>(), proptest::collection::vec(fate(), 1..4));
    let readings = (0..8_usize, any::<bool>(), proptest::collection::vec(reading(), 1..4));
    (
        steps,
        0..4_u32,
        prop_oneof![3 => Just(OnFailure::Stop), 1 => Just(OnFailure::Rollback)],
        proptest::collection::vec(fates, 0..10),
        proptest::collection::vec(readings, 0..4),
        proptest::collection::vec(one_move(), 0..60),
    )
        .prop_map(|(steps, max_parallel, on_failure, fates, readings, moves)| {
            let named = steps.into_iter().enumerate().map(|(at, (step, needs))| StepDef {
                id: StepId::from(name(at).as_str()),
                needs: (0..at)
                    .filter(|before| needs >> before & 1 == 1)
                    .map(|before| StepId::from(name(before).as_str()))
                    .collect(),
                ..step
            });
            Plan { steps: named.collect(), max_parallel, on_failure, fates, readings, moves }
        })
}

fn name(at: usize) -> String {
    format!("s{at}")
}

impl Plan {
    pub fn workflow(&self) -> Workflow {
        workflow_with(self.steps.clone(), |def| {
            def.max_parallel = self.max_parallel;
            def.on_failure = self.on_failure;
        })
    }

    /// A run with its scripts; a call that never ends is scripted only where a timeout ends it.
    pub fn driver(&self) -> Driver {
        let mut d = Driver::start(self.workflow());
        for (at, undo, fates) in &self.fates {
            let Some(step) = self.steps.get(*at) else { continue };
            let fates = fates.iter().map(|fate| match fate {
                Fate::Hangs if step.timeout_ms.is_none() => Fate::LostAfter,
                fate => *fate,
            });
            let side = if *undo { Undo } else { Forward };
            d.outside.fates.entry((name(*at), side)).or_default().extend(fates);
        }
        for (at, undo, readings) in &self.readings {
            let side = if *undo { Undo } else { Forward };
            d.outside.readings.entry((name(*at), side)).or_default().extend(readings);
        }
        d
    }
}

fn play(d: &mut Driver, moves: &[Move]) {
    let step = |at: usize| StepId::from(name(at).as_str());
    let by = || "ann".to_owned();
    for one in moves {
        let live = !matches!(d.run.course, Course::Ended(_));
        match one {
            Move::Turn(nth) => drop(d.turn(*nth)),
            Move::Crash if live => d.crash(),
            Move::Resume if d.run.halt.is_some() => d.resume(),
            Move::Crash | Move::Resume => {}
            Move::Answer(at, yes) => {
                let (step, value) = (step(*at), Value::Bool(*yes));
                d.signal(Signal::Answer { step, value, by: by(), note: None });
            }
            Move::Pause => drop(d.signal(Signal::Pause { by: by() })),
            Move::Cancel(keep) => drop(d.signal(Signal::Cancel { by: by(), keep: *keep })),
            Move::Decide(at, decision) => {
                let (step, decision) = (step(*at), *decision);
                d.signal(Signal::Decide { step, decision, by: by(), reason: "so".into() });
            }
            Move::Rollback(to) => {
                let to = to.map(step);
                d.signal(Signal::Rollback { by: by(), reason: "so".into(), to });
            }
        }
    }
}

/// Nothing is in flight, no alarm is set, and there is nothing to decide: why?
fn rests_for_a_reason(d: &Driver) {
    let ended = matches!(d.run.course, Course::Ended(_));
    let halted = d.run.halt.is_some();
    let asked = !d.run.awaiting.is_empty();
    assert!(ended || halted || asked, "the run hangs\n{}", d.story());
    if ended {
        assert!(decide(&d.workflow, &d.run, d.now, &d.busy).is_empty(), "an end is not silent");
    }
    if asked && !halted && !ended {
        assert_eq!(d.run.phase(), Phase::Waiting, "{}", d.story());
    }
}

/// Goes on with a human beside it who says yes to everything.
fn settle_down_answered(d: &mut Driver) {
    loop {
        d.decide();
        let asked: Vec<u32> = d.run.awaiting.iter().map(|(at, _)| *at).collect();
        for at in if d.run.works() { asked } else { Vec::new() } {
            let step = d.workflow.step(at).id.clone();
            let answer = Signal::Answer { step, value: true.into(), by: "bob".into(), note: None };
            assert_eq!(d.signal(answer), 2, "an answer to a question that waits means nothing");
        }
        if !d.turn(0) {
            break;
        }
    }
}

/// A human does what leads on.
fn help(d: &mut Driver) {
    let by = || "bob".to_owned();
    let name = |at: u32| d.workflow.step(at).id.clone();
    match &d.run.halt {
        None => {}
        Some(Halt::Stuck { .. }) => {
            let open: Vec<StepId> = d
                .run
                .asking()
                .chain(d.run.failed.iter().copied())
                .map(|(at, _)| name(at))
                .collect();
            for step in open {
                let decision = Decision::Skip;
                d.signal(Signal::Decide { step, decision, by: by(), reason: "leave it".into() });
            }
            d.resume();
        }
        Some(_) if matches!(d.run.course, Course::Back { to: Some(_) }) => {
            d.signal(crate::rules::rollback(None));
        }
        Some(_) => d.resume(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_run_rests_for_a_reason_and_a_human_can_end_it(plan in plan()) {
        let mut d = plan.driver();
        play(&mut d, &plan.moves);
        d.settle_down();
        rests_for_a_reason(&d);
        for _ in 0..ROUNDS_MAX {
            if matches!(d.run.course, Course::Ended(_)) {
                break;
            }
            help(&mut d);
            settle_down_answered(&mut d);
            rests_for_a_reason(&d);
        }
        assert!(matches!(d.run.course, Course::Ended(_)), "no end\n{}", d.story());
    }

    #[test]
    fn no_effect_happens_twice_and_what_is_undone_is_as_it_was(plan in plan()) {
        let mut d = plan.driver();
        play(&mut d, &plan.moves);
        d.settle_down();
        let decided: Vec<String> = d.history.iter()
            .filter(|e| e.kind.name() == "operator_decision")
            .filter_map(|e| e.kind.lane().map(|(step, _)| step.to_string()))
            .collect();
        let rolled_back = d.run.phase() == Phase::RolledBack;
        for (at, step) in d.workflow.def().steps.iter().enumerate() {
            let Work::Action { traits, .. } = &step.work else { continue };
            if step.on_in_doubt == OnInDoubt::Rerun || decided.contains(&step.id.to_string()) {
                continue;
            }
            let times = d.outside.count(step.id.as_str(), Forward);
            assert!(times <= 1, "`{}` took place {times} times\n{}", step.id, d.story());
            let undone = d.run.steps[at].undo.as_deref().is_some_and(|l| l.succeeded());
            if rolled_back && undone && traits.captures && step.compensate == Compensate::Auto {
                let state = d.outside.state.get(step.id.as_str()).cloned().unwrap_or_default();
                assert_eq!(state, Value::Null, "`{}` is not as it was\n{}", step.id, d.story());
            }
        }
    }

    #[test]
    fn a_checkpoint_and_its_tail_are_the_fold(plan in plan(), cut in any::<prop::sample::Index>()) {
        let mut d = plan.driver();
        d.checks = false;
        play(&mut d, &plan.moves);
        d.settle_down();
        let (head, tail) = d.history.split_at(cut.index(d.history.len() + 1));
        let mut run = Run::new(d.run.id, &d.workflow);
        fold(&d.workflow, &mut run, head).unwrap();
        let mut again = checkpoint::read(&checkpoint::write(&run).unwrap()).unwrap();
        prop_assert_eq!(&again, &run);
        fold(&d.workflow, &mut again, tail).unwrap();
        prop_assert_eq!(&again, &d.run);
    }
}
