//! What humans say about a step: decisions and answers, in time and too late.

use crate::rollbacks::{decide_step, undone};
use crate::rules::rollback;
use crate::support::*;
use windlass_model::Side::{Forward, Undo};
use windlass_model::event::Evidence;
use windlass_model::expr::Template;
use windlass_model::lane::{AttemptState, LaneState};
use windlass_model::observation::Signal;
use windlass_model::step::OnTimeout;
use windlass_model::{Confirm, Decision, Phase, StepDef, Value, Work};

pub fn answer(step: &str, value: impl Into<Value>) -> Signal {
    Signal::Answer {
        step: step.into(),
        value: value.into(),
        by: "ann".into(),
        note: None,
        evidence: Vec::new(),
    }
}

#[test]
fn decisions_about_a_step_that_failed() {
    for decision in [Decision::Done, Decision::Skip, Decision::Retry] {
        let mut d = Driver::start(chain(2));
        d.outside.fate("a0", Forward, &[Fate::Permanent]);
        assert_eq!(d.settle_down(), Phase::Failed);
        assert_eq!(decide_step(&mut d, "a0", decision), 1);
        assert_eq!(d.run.phase(), Phase::Failed, "a decision moves the step; resume the run");
        d.resume();
        assert_eq!(d.settle_down(), Phase::Succeeded);
        let acted = d.outside.count("a0", Forward);
        assert_eq!(acted, usize::from(decision == Decision::Retry));
        assert_eq!(d.outside.count("a1", Forward), 1);
    }
}

#[test]
fn decisions_about_a_step_that_asks() {
    for decision in [Decision::Done, Decision::Skip, Decision::Retry] {
        let mut d = Driver::start(chain(2));
        d.outside.fate("a0", Forward, &[Fate::Blind]);
        assert_eq!(d.settle_down(), Phase::Stuck);
        assert_eq!(decide_step(&mut d, "a0", decision), 1);
        d.resume();
        assert_eq!(d.settle_down(), Phase::Succeeded);
        // The human who said retry knows better than the world's first, blind, effect.
        let acted = d.outside.count("a0", Forward);
        assert_eq!(acted, 1 + usize::from(decision == Decision::Retry));
    }
}

/// As the engine does it: the run is resumed first, and asks again, and then hears the decision.
#[test]
fn a_decision_that_is_heard_after_the_resume() {
    let mut d = Driver::start(chain(2));
    d.outside.fate("a0", Forward, &[Fate::Blind]);
    assert_eq!(d.settle_down(), Phase::Stuck);
    d.resume();
    assert_eq!(decide_step(&mut d, "a0", Decision::Done), 1);
    assert_eq!(d.settle_down(), Phase::Succeeded);
}

#[test]
fn decisions_about_a_compensation_that_failed() {
    for decision in [Decision::Done, Decision::Skip, Decision::Retry] {
        let mut d = Driver::start(chain(2));
        d.settle_down();
        d.outside.fate("a1", Undo, &[Fate::Permanent]);
        d.signal(rollback(None));
        assert_eq!(d.settle_down(), Phase::Stuck);
        assert_eq!(decide_step(&mut d, "a1", decision), 1);
        d.resume();
        assert_eq!(d.settle_down(), Phase::RolledBack);
        let times = undone(&d).iter().filter(|s| **s == "a1").count();
        assert_eq!(times, usize::from(decision == Decision::Retry));
    }
}

#[test]
fn no_decision_about_what_ended_or_never_began_or_does_not_exist() {
    let mut d = Driver::start(chain(3));
    d.until("a0's end", |d| d.lane("a0", Forward).finished());
    for (step, decision) in
        [("a0", Decision::Retry), ("a2", Decision::Skip), ("nobody", Decision::Done)]
    {
        assert_eq!(decide_step(&mut d, step, decision), 0, "{step}");
    }
    d.settle_down();
    assert_eq!(decide_step(&mut d, "a0", Decision::Retry), 0, "finished is finished");
    let mut queued = Driver::queued(chain(1));
    assert_eq!(decide_step(&mut queued, "a0", Decision::Done), 0, "it has not started");
    let mut kept = Driver::start(chain(1));
    kept.outside.fate("a0", Forward, &[Fate::Permanent]);
    kept.settle_down();
    kept.signal(Signal::Cancel { by: "ann".into(), keep: true });
    assert_eq!(decide_step(&mut kept, "a0", Decision::Retry), 0, "it was cancelled");
}

/// One that failed with its remote operation at work is looked at; it is not sent a second time.
#[test]
fn retry_of_a_step_that_failed_in_doubt_looks_first() {
    let copy = StepDef { timeout_ms: Some(10_000), ..act("copy", &[]) };
    let mut d = Driver::start(workflow(vec![copy]));
    d.outside.fate("copy", Forward, &[Fate::Accepted(15)]);
    assert_eq!(d.settle_down(), Phase::Failed);
    assert_eq!(decide_step(&mut d, "copy", Decision::Retry), 1);
    assert!(matches!(d.lane("copy", Forward).in_flight(), Some(AttemptState::InDoubt { .. })));
    d.resume();
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert_eq!(d.outside.count("copy", Forward), 1);
    assert_eq!(d.lane("copy", Forward).attempts, 1);
}

#[test]
fn an_answer_goes_on_a_no_fails_and_resume_asks_again() {
    let mut d = Driver::start(workflow(vec![approve("ok", &[]), act("a", &["ok"])]));
    assert_eq!(d.settle_down(), Phase::Waiting);
    assert_eq!(d.signal(answer("ok", false)), 2);
    assert_eq!(d.settle_down(), Phase::Failed);
    d.resume();
    assert_eq!(d.settle_down(), Phase::Waiting);
    assert_eq!(d.signal(answer("ok", true)), 2);
    assert_eq!(d.signal(answer("ok", true)), 0, "twice is once");
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert_eq!(d.run.steps[0].output["by"], "ann");
}

#[test]
fn an_answer_of_another_type_means_nothing() {
    let mut d = Driver::start(workflow(vec![input("n", &[])]));
    d.settle_down();
    for wrong in [Value::from("three"), Value::Null, Value::Bool(true), Value::from(1.5)] {
        assert_eq!(d.signal(answer("n", wrong)), 0);
    }
    assert_eq!(d.signal(answer("n", 3)), 2);
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert_eq!(d.run.steps[0].output["value"], 3);
}

/// A mistyped name must not pass for a yes, nor anything else that is neither yes nor no.
#[test]
fn only_a_yes_or_the_typed_name_approves() {
    let typed = |name: Option<&str>| {
        let prompt = Template::Literal("Delete it?".into());
        let typed = name.map(|name| Template::Literal(name.into()));
        let work = Work::Approve { prompt, typed };
        let mut d = Driver::start(workflow(vec![StepDef::new("ok", work)]));
        d.settle_down();
        d
    };
    for (asked, said, heard) in [
        (Some("prod2old"), Value::from("prod2old"), 2),
        (Some("prod2old"), Value::from("prod2"), 0),
        (Some("prod2old"), Value::Bool(true), 2),
        (None, Value::from("no"), 0),
        (None, Value::Null, 0),
        (None, Value::Bool(false), 2),
    ] {
        assert_eq!(typed(asked).signal(answer("ok", said.clone())), heard, "{asked:?} {said}");
    }
}

#[test]
fn a_question_in_a_halted_run_is_answered_after_the_resume() {
    let mut d = Driver::start(workflow(vec![approve("ok", &[]), act("a", &[])]));
    d.outside.fate("a", Forward, &[Fate::Permanent]);
    assert_eq!(d.settle_down(), Phase::Failed);
    assert_eq!(d.signal(answer("ok", true)), 0);
    d.resume();
    assert_eq!(d.settle_down(), Phase::Waiting);
    d.signal(answer("ok", true));
    assert_eq!(d.settle_down(), Phase::Succeeded);
}

#[test]
fn answers_race_deadlines_and_one_of_them_wins() {
    for on_timeout in [OnTimeout::Wait, OnTimeout::Fail, OnTimeout::Skip] {
        for answer_first in [true, false] {
            let ok = StepDef { timeout_ms: Some(60_000), on_timeout, ..approve("ok", &[]) };
            let mut d = Driver::start(workflow(vec![ok, act("a", &["ok"])]));
            d.decide();
            let deadline = d.now.after(60_000);
            let asks = LaneState::Awaiting((on_timeout != OnTimeout::Wait).then_some(deadline));
            assert_eq!(d.lane("ok", Forward).state, asks);
            d.now = deadline;
            if !answer_first {
                d.decide();
            }
            let heard = d.signal(answer("ok", true));
            let phase = d.settle_down();
            match (on_timeout, answer_first) {
                (OnTimeout::Wait, _) | (_, true) => {
                    assert_eq!((heard, phase), (2, Phase::Succeeded));
                    assert!(d.lane("ok", Forward).succeeded());
                }
                (OnTimeout::Fail, false) => assert_eq!((heard, phase), (0, Phase::Failed)),
                (OnTimeout::Skip, false) => {
                    assert_eq!((heard, phase), (0, Phase::Succeeded));
                    assert!(!d.lane("ok", Forward).succeeded());
                }
            }
        }
    }
}

/// Four eyes: whoever started a run does not answer where the step asks for others.
#[test]
fn the_starter_is_not_heard_where_other_eyes_are_asked_for() {
    for (confirm, started_by, heard) in [
        (Confirm::Strict, Some("ann"), 0),
        (Confirm::Strict, Some("bob"), 2),
        (Confirm::Strict, None, 2),
        (Confirm::Relaxed, Some("ann"), 2),
    ] {
        let step = StepDef { not_by_starter: true, ..approve("ok", &[]) };
        let workflow = workflow_with(vec![step], |def| {
            def.started_by = started_by.map(str::to_owned);
            def.environment.confirm = confirm;
        });
        let mut d = Driver::start(workflow);
        d.settle_down();
        assert_eq!(d.signal(answer("ok", true)), heard, "{confirm:?} {started_by:?}");
    }
}

#[test]
fn evidence_is_in_the_history_and_its_hash_in_the_output() {
    let mut d = Driver::start(workflow(vec![approve("ok", &[])]));
    d.settle_down();
    let evidence = vec![Evidence {
        name: "seen.txt".into(),
        sha256: "ab".into(),
        bytes: 4,
        content: Some("c2Vlbg==".into()),
    }];
    let mut signal = answer("ok", true);
    if let Signal::Answer { evidence: files, .. } = &mut signal {
        files.clone_from(&evidence);
    }
    let stored: Signal = serde_json::from_str(&serde_json::to_string(&signal).unwrap()).unwrap();
    assert_eq!(d.signal(stored), 2);
    let output = &d.run.steps[d.at("ok") as usize].output;
    assert_eq!(output["evidence"], serde_json::json!([{ "name": "seen.txt", "sha256": "ab" }]));
    let old = r#"{"type":"answer","step":"ok","value":true,"by":"ann","note":null}"#;
    assert!(matches!(
        serde_json::from_str(old).unwrap(),
        Signal::Answer { evidence, .. } if evidence.is_empty()
    ));
}
