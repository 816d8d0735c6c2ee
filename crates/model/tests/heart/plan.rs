//! Random runs: workflows, what becomes of their calls, and what people and crashes do meanwhile.

use crate::support::*;
use proptest::prelude::*;
use windlass_model::Side::{Forward, Undo};
use windlass_model::catalog::ActionTraits;
use windlass_model::step::{Compensate, OnInDoubt, OnTimeout, Retry};
use windlass_model::workflow::OnFailure;
use windlass_model::{Decision, StepDef, StepId, Value, Workflow};

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
        1 => Just(Compensate::None {
            reason: Some("it does no harm".into()),
            way_back: None,
            way_on: None,
        }),
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
        1 => Just(Fate::Half),
        2 => Just(Fate::LostAfter),
        2 => (1..4_u32).prop_map(Fate::LostAccepted),
        1 => Just(Fate::Blind),
        1 => Just(Fate::Hangs),
    ]
}

fn reading() -> impl Strategy<Value = Reading> {
    prop_oneof![
        3 => Just(Reading::Ok),
        2 => Just(Reading::Transient),
        1 => Just(Reading::Permanent),
    ]
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

pub fn name(at: usize) -> String {
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
