//! What a run means in the world, in sentences.

use crate::rules::rollback;
use crate::support::*;
use windlass_model::Side::{Forward, Undo};
use windlass_model::event::Effect;
use windlass_model::step::Compensate;
use windlass_model::told::sentences;
use windlass_model::world::{Certainty, world};
use windlass_model::{EventKind, Phase, StepDef, Value, Workflow};

/// A driver whose steps set fields of their own.
fn start(workflow: Workflow) -> Driver {
    let mut d = Driver::start(workflow);
    d.effects = |step| {
        let effect = |resource: &str, field: &str, value: Value| Effect {
            resource: resource.into(),
            field: field.into(),
            value,
        };
        match step.split(['[', ']']).collect::<Vec<_>>().as_slice() {
            ["copy"] => vec![effect("prod7", "exists", true.into())],
            ["stop", app, _] => vec![effect(app, "running", false.into())],
            ["use", app, _] => vec![effect(app, "database", "dispatcherqa4prod7".into())],
            ["start", app, _] => vec![effect(app, "running", true.into())],
            ["deploy", app, _] => vec![effect(app, "running", Value::Null)],
            _ => Vec::new(),
        }
    };
    d
}

/// Copy, then stop, switch and start both apps: the hotfix in small.
fn hotfix() -> Workflow {
    let mut steps = vec![act("copy", &[])];
    for (verb, before) in [("stop", "copy"), ("use", "stop"), ("start", "use")] {
        for app in ["qa4rnapi", "qa4"] {
            steps.push(act(&format!("{verb}[{app}]"), &[before]));
        }
        let each = ["qa4rnapi", "qa4"].map(|app| format!("{verb}[{app}]"));
        steps.push(join(verb, &[&each[0], &each[1]]));
    }
    workflow(steps)
}

/// What types of resources say of their fields.
fn words(_: Option<&str>, field: &str, value: &Value) -> Option<&'static str> {
    Some(match (field, value) {
        ("exists", Value::Bool(true)) => "{it} exists",
        ("running", Value::Bool(true)) => "{it} is running",
        ("running", Value::Bool(false)) => "{it} is STOPPED",
        ("database", Value::String(_)) => "{it} points at the database {value}",
        _ => return None,
    })
}

fn said(d: &Driver) -> Vec<String> {
    sentences(&d.workflow, &d.run, true, &words)
}

/// D1: a stopped run says first what it means in the world.
#[test]
fn what_is_stopped_comes_first() {
    let mut d = start(hotfix());
    d.outside.fate("use[qa4]", Forward, &[Fate::Permanent]);
    assert_eq!(d.settle_down(), Phase::Failed);
    assert_eq!(
        said(&d),
        [
            "qa4, qa4rnapi are STOPPED by this run",
            "perhaps: qa4 points at the database dispatcherqa4prod7 (step `use[qa4]` failed)",
            "prod7 exists",
            "qa4rnapi points at the database dispatcherqa4prod7",
        ]
    );
}

/// D1: what failed half way on an app may have stopped it.
#[test]
fn what_ran_is_in_doubt_behind_a_step_that_failed_on_it() {
    let mut d = start(workflow(vec![act("start[qa4]", &[]), act("use[qa4]", &["start[qa4]"])]));
    d.outside.fate("use[qa4]", Forward, &[Fate::Permanent]);
    assert_eq!(d.settle_down(), Phase::Failed);
    assert_eq!(
        said(&d),
        [
            "qa4 is perhaps STOPPED (step `use[qa4]` failed)",
            "perhaps: qa4 points at the database dispatcherqa4prod7 (step `use[qa4]` failed)",
        ]
    );
}

/// What was made and taken away again is not said to point anywhere.
#[test]
fn what_is_gone_has_no_fields() {
    let leave = Compensate::None { reason: None, way_back: None, way_on: None };
    let used = StepDef { compensate: leave, ..act("use[prod7]", &["copy"]) };
    let mut d = start(workflow(vec![act("copy", &[]), used]));
    d.settle_down();
    let points = "prod7 points at the database dispatcherqa4prod7";
    assert_eq!(said(&d), [points, "prod7 exists"]);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(said(&d), ["put back: copy"]);
}

#[test]
fn one_app_is_stopped() {
    let mut d = start(workflow(vec![act("stop[qa4]", &[])]));
    d.settle_down();
    assert_eq!(said(&d), ["qa4 is STOPPED by this run"]);
}

#[test]
fn at_the_end_nothing_is_stopped() {
    let mut d = start(hotfix());
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert_eq!(
        said(&d),
        [
            "prod7 exists",
            "qa4 points at the database dispatcherqa4prod7",
            "qa4 is running",
            "qa4rnapi points at the database dispatcherqa4prod7",
            "qa4rnapi is running",
        ]
    );
}

#[test]
fn what_is_under_way_is_said_to_come() {
    let mut d = start(hotfix());
    d.outside.fate("copy", Forward, &[Fate::Accepted(3)]);
    d.until("accepted", |d| d.said("attempt_accepted", "copy") == 1);
    assert_eq!(said(&d), ["soon: prod7 exists (step `copy` is at work)"]);
    d.crash();
    assert_eq!(said(&d), ["soon: prod7 exists (step `copy` is at work)"], "its handle is known");
}

#[test]
fn an_intent_that_nobody_drives_was_perhaps_never_sent() {
    let mut d = start(hotfix());
    d.until("the intent", |d| d.said("attempt_started", "copy") == 1);
    let soon = "soon: prod7 exists (step `copy` is at work)";
    assert_eq!(said(&d), [soon], "somebody drives it");
    let left = sentences(&d.workflow, &d.run, false, &words);
    assert_eq!(left, ["perhaps: prod7 exists (the end of step `copy` is not known)"]);
}

#[test]
fn doubt_is_said_as_doubt() {
    let mut d = start(hotfix());
    d.outside.fate("copy", Forward, &[Fate::Blind]);
    assert_eq!(d.settle_down(), Phase::Stuck);
    assert_eq!(said(&d), ["perhaps: prod7 exists (the end of step `copy` is not known)"]);
}

#[test]
fn what_is_undone_is_not_said_to_be_set() {
    let mut d = start(hotfix());
    d.settle_down();
    d.outside.fate("copy", Undo, &[Fate::Permanent]);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::Stuck);
    let undone = "put back: stop[qa4rnapi], stop[qa4], use[qa4rnapi], use[qa4], \
        start[qa4rnapi], start[qa4]";
    let said = said(&d);
    assert_eq!(said[0], "perhaps: prod7 exists (undoing step `copy` has not ended)");
    assert_eq!(said.len(), 2);
    let sorted = |text: &str| {
        let mut words: Vec<String> =
            text.split([' ', ',']).filter(|w| !w.is_empty()).map(str::to_owned).collect();
        words.sort();
        words
    };
    assert_eq!(sorted(&said[1]), sorted(undone));
}

/// A start that is undone leaves the app as the stop before it left it.
#[test]
fn an_earlier_step_s_effect_comes_back_to_light() {
    let mut d = start(workflow(vec![act("stop[qa4]", &[]), act("start[qa4]", &["stop[qa4]"])]));
    d.settle_down();
    d.signal(rollback(Some("stop[qa4]")));
    assert_eq!(d.settle_down(), Phase::Paused);
    assert_eq!(said(&d), ["qa4 is STOPPED by this run", "put back: start[qa4]"]);
}

/// What may have started an app speaks of one that the run has stopped, and of no other.
#[test]
fn what_may_have_started_an_app_is_told_where_it_was_stopped() {
    let steps = ["stop[qa4]", "deploy[qa4]", "deploy[qa4rnapi]"];
    let mut d = start(workflow(vec![
        act(steps[0], &[]),
        act(steps[1], &[steps[0]]),
        act(steps[2], &[steps[1]]),
    ]));
    d.settle_down();
    assert_eq!(said(&d), ["qa4: running was changed"]);
}

/// What a file's own compensation leaves is not what stood there before.
#[test]
fn behind_a_compensation_of_its_own_nothing_is_said() {
    let started = StepDef { compensate: custom_undo(None), ..act("start[qa4]", &["stop[qa4]"]) };
    let mut d = start(workflow(vec![act("stop[qa4]", &[]), started]));
    d.settle_down();
    d.signal(rollback(Some("stop[qa4]")));
    assert_eq!(d.settle_down(), Phase::Paused);
    assert_eq!(said(&d), ["put back: start[qa4]"]);
}

/// The last attempt failed before it touched anything: what an earlier one set still stands.
#[test]
fn certainty_follows_the_attempts() {
    let failing = StepDef { retry: once(), ..act("stop[qa4]", &[]) };
    let mut d = start(workflow(vec![failing]));
    d.outside.fate("stop[qa4]", Forward, &[Fate::LostBefore]);
    d.until("absent", |d| d.said("attempt_found_absent", "stop[qa4]") == 1);
    let absent =
        d.history.iter().position(|e| matches!(e.kind, EventKind::AttemptFoundAbsent { .. }));
    let mut run = windlass_model::run::Run::new(d.run.id, &d.workflow);
    let head = &d.history[..=absent.unwrap()];
    windlass_model::apply::fold(&d.workflow, &mut run, head).unwrap();
    assert!(world(&d.workflow, &run, true).is_empty(), "it never arrived");
    d.settle_down();
    let key = ("qa4".to_owned(), "running".to_owned());
    assert_eq!(world(&d.workflow, &d.run, true)[&key].certainty, Certainty::Set);
}
