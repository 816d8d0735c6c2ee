//! Signals by name: heard whether they come before the wait or after it, each by one step, and kept
//! over a crash.

use crate::rules::rollback;
use crate::support::*;
use serde_json::json;
use windlass_model::Side::Forward;
use windlass_model::lane::LaneState;
use windlass_model::observation::Signal;
use windlass_model::settle::SIGNALS_KEPT_MAX;
use windlass_model::step::OnTimeout;
use windlass_model::{Phase, StepDef, Value};

fn send(name: &str, data: impl Into<Value>) -> Signal {
    Signal::Send { name: name.into(), data: data.into(), by: "ci".into(), note: None }
}

fn output(d: &Driver, step: &str) -> Value {
    d.run.steps[d.at(step) as usize].output.clone()
}

#[test]
fn a_signal_ends_the_wait_that_asks_for_it_and_is_remembered_where_it_comes_before() {
    for (early, crash) in [(true, false), (true, true), (false, false), (false, true)] {
        let steps = vec![sleep("rest", &[], "90s"), signal("passed", &["rest"], "tests")];
        let mut d = Driver::start(workflow(steps));
        d.decide();
        if !early {
            d.until("it waits", |d| !d.run.awaiting.is_empty());
            assert_eq!(d.run.phase(), Phase::Waiting);
        }
        if crash && !early {
            d.crash();
        }
        assert_eq!(d.signal(send("tests", json!({ "passed": 812 }))), 1);
        if crash && early {
            d.crash();
        }
        assert_eq!(d.run.signals.len(), 1, "early {early}, crash {crash}");
        assert_eq!(d.settle_down(), Phase::Succeeded, "{}", d.story());
        assert_eq!(
            output(&d, "passed"),
            json!({ "data": { "passed": 812 }, "by": "ci", "note": null })
        );
        assert!(d.run.signals.is_empty(), "it was taken");
        assert_eq!(d.said("signal_awaited", "passed"), usize::from(!early));
    }
}

#[test]
fn each_signal_ends_one_wait_the_oldest_first() {
    let steps = vec![
        signal("first", &[], "tests"),
        signal("second", &["first"], "tests"),
        signal("third", &["second"], "tests"),
    ];
    let mut d = Driver::start(workflow(steps));
    d.signal(send("tests", 1));
    d.signal(send("tests", 2));
    assert_eq!(d.settle_down(), Phase::Waiting);
    assert_eq!(output(&d, "first")["data"], 1);
    assert_eq!(output(&d, "second")["data"], 2);
    d.signal(send("tests", 3));
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert_eq!(output(&d, "third")["data"], 3);
}

#[test]
fn two_that_wait_at_once_take_one_each() {
    let mut d = Driver::start(workflow(vec![signal("a", &[], "go"), signal("b", &[], "go")]));
    assert_eq!(d.settle_down(), Phase::Waiting);
    d.signal(send("go", 1));
    assert_eq!(d.settle_down(), Phase::Waiting);
    assert!(d.lane("a", Forward).succeeded() && !d.lane("b", Forward).finished());
    d.signal(send("go", 2));
    assert_eq!(d.settle_down(), Phase::Succeeded);
}

#[test]
fn a_signal_that_nobody_waits_for_by_name_or_that_is_one_too_many_means_nothing() {
    let mut d =
        Driver::start(workflow(vec![sleep("rest", &[], "9h"), signal("a", &["rest"], "go")]));
    d.decide();
    assert_eq!(d.signal(send("gone", 1)), 0);
    for _ in 0..SIGNALS_KEPT_MAX {
        assert_eq!(d.signal(send("go", 1)), 1);
    }
    assert_eq!(d.signal(send("go", 1)), 0);
}

#[test]
fn a_signal_that_does_not_come_in_time_is_what_the_step_says() {
    for (on_timeout, phase) in [
        (OnTimeout::Fail, Phase::Failed),
        (OnTimeout::Skip, Phase::Succeeded),
        (OnTimeout::Wait, Phase::Waiting),
    ] {
        let wait = StepDef { timeout_ms: Some(60_000), on_timeout, ..signal("a", &[], "go") };
        let mut d = Driver::start(workflow(vec![wait]));
        assert_eq!(d.settle_down(), phase, "{on_timeout:?}");
        if let LaneState::Failed { failure, .. } = &d.lane("a", Forward).state {
            assert_eq!(failure.message, "the signal `go` did not come in time");
            // What comes too late is kept for whoever resumes.
            assert_eq!(d.signal(send("go", 1)), 1);
            d.resume();
            assert_eq!(d.settle_down(), Phase::Succeeded);
        }
    }
}

#[test]
fn the_way_back_waits_for_no_signal() {
    let mut d = Driver::start(workflow(vec![act("a", &[]), signal("b", &["a"], "go")]));
    assert_eq!(d.settle_down(), Phase::Waiting);
    d.signal(rollback(None));
    d.signal(send("go", 1));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(d.said("step_succeeded", "b"), 0);
}
