//! Properties of whole runs: random workflows, random outcomes, random meddling by humans and
//! crashes.

use crate::plan::{Move, name, plan};
use crate::support::*;
use proptest::prelude::*;
use windlass_model::Side::Forward;
use windlass_model::apply::fold;
use windlass_model::checkpoint;
use windlass_model::decide::decide;
use windlass_model::observation::Signal;
use windlass_model::rollback::{bars_the_way_back, undo_in_progress};
use windlass_model::run::{Course, Halt, LaneId, Run};
use windlass_model::step::{Compensate, OnInDoubt};
use windlass_model::{Decision, Phase, StepId, Value, Work};

/// Rounds of a human's help after which a run must have ended.
const ROUNDS_MAX: usize = 60;

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
                d.signal(Signal::Answer {
                    step,
                    value,
                    by: by(),
                    note: None,
                    evidence: Vec::new(),
                });
            }
            Move::Pause => drop(d.signal(Signal::Pause { by: by() })),
            Move::Cancel(keep) => drop(d.signal(Signal::Cancel { by: by(), keep: *keep })),
            Move::Decide(at, decision) => {
                let (step, decision) = (step(*at), *decision);
                d.signal(Signal::Decide {
                    step,
                    decision,
                    by: by(),
                    reason: "so".into(),
                    output: None,
                });
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
            let answer = Signal::Answer {
                step,
                value: true.into(),
                by: "bob".into(),
                note: None,
                evidence: Vec::new(),
            };
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
    match &d.run.halt {
        None => {}
        Some(Halt::Stuck { .. }) => {
            let open: Vec<LaneId> = d.run.asking().chain(d.run.failed.iter().copied()).collect();
            for id in open {
                // Past a point of no return leads only the word that it was undone by hand.
                let decision = match bars_the_way_back(&d.workflow, &d.run, id) {
                    true => Decision::Done,
                    false => Decision::Skip,
                };
                let step = d.workflow.step(id.0).id.clone();
                d.signal(Signal::Decide {
                    step,
                    decision,
                    by: by(),
                    reason: "leave it".into(),
                    output: None,
                });
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
            // Where an action undoes what is at work, nobody waits for that any more.
            let cut_short = undo_in_progress(step);
            let behind = d.outside.at_work(step.id.as_str(), Forward);
            assert!(!rolled_back || cut_short || !behind, "`{}` works on\n{}", step.id, d.story());
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
