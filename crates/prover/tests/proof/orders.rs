//! Which orders are broken, and how that is told.

use crate::proved::verdict;
use serde_json::json;
use windlass_model::expr::Expr;
use windlass_model::step::Compensate;
use windlass_model::{StepDef, WorkflowDef};
use windlass_testkit::small::{both, input, is, never, not_input, sets, workflow};

/// A main build never runs on the prod-based database.
fn rule() -> windlass_model::workflow::Invariant {
    never(both(is("branch", json!("main")), is("database", json!("prod"))))
}

fn events(def: WorkflowDef) -> Vec<String> {
    let verdict = verdict(def, true, 100_000);
    assert!(verdict.not_proved.is_empty());
    verdict.stories.first().map_or_else(Vec::new, |story| story.events.clone())
}

fn connection(needs: &[&str]) -> StepDef {
    sets("connection", needs, "database", json!("main"))
}

fn deploy(needs: &[&str]) -> StepDef {
    sets("deploy", needs, "branch", json!("main"))
}

#[test]
fn d08_the_order_that_is_right_is_proved_and_the_other_one_is_told_as_a_story() {
    let right = workflow(vec![connection(&[]), deploy(&["connection"])], rule());
    assert_eq!(events(right), Vec::<String>::new());
    let wrong = workflow(vec![deploy(&[]), connection(&["deploy"])], rule());
    assert_eq!(events(wrong), ["`deploy`: app.branch is now main"]);
    let parallel = workflow(vec![connection(&[]), deploy(&[])], rule());
    assert_eq!(events(parallel), ["`deploy`: app.branch is now main"]);
}

/// Forward it is right; a rollback takes the database back first, while the build is still there.
#[test]
fn d07_a_compensation_in_the_wrong_order_is_found() {
    let mut build = deploy(&["connection"]);
    build.compensate =
        Compensate::None { reason: Some("it stays".to_owned()), way_back: None, way_on: None };
    let story = events(workflow(vec![connection(&[]), build], rule()));
    assert_eq!(
        story,
        [
            "`connection`: app.database is now main",
            "`deploy`: app.branch is now main",
            "somebody rolls the run back",
            "the undoing of `connection`: app.database is as before the step",
        ]
    );
}

/// One condition is shared: the two steps are done together or not at all.
#[test]
fn d04_a_condition_has_one_value_wherever_it_stands() {
    let conditioned = |mut step: StepDef, condition: Expr| {
        step.condition = Some(condition);
        step
    };
    let steps = |other: Expr| {
        vec![
            conditioned(connection(&[]), input("migrations")),
            conditioned(deploy(&["connection"]), other),
        ]
    };
    assert!(events(workflow(steps(input("migrations")), rule())).is_empty());
    let story = events(workflow(steps(input("other")), rule()));
    assert_eq!(story, ["`deploy`: app.branch is now main"]);
    let story = events(workflow(steps(not_input("migrations")), rule()));
    assert_eq!(story, ["`deploy`: app.branch is now main"]);
}

/// A point of no return that nobody looks at ends a rollback where it was begun, and only there.
#[test]
fn a_point_of_no_return_that_is_skipped_stops_no_rollback() {
    let steps = |irreversible: bool| {
        let mut point = sets("point", &["connection"], "unseen", json!(1));
        point.irreversible = irreversible;
        point.condition = Some(input("migrations"));
        let mut build = deploy(&["point"]);
        build.compensate =
            Compensate::None { reason: Some("it stays".to_owned()), way_back: None, way_on: None };
        vec![connection(&[]), point, build]
    };
    let story = events(workflow(steps(true), rule()));
    assert!(story.iter().any(|event| event.contains("the undoing of `connection`")), "{story:?}");
    let mut always = steps(true);
    always[1].condition = None;
    assert!(events(workflow(always, rule())).is_empty(), "nobody goes back past it");
}

/// Beyond its bound nothing is called proved.
#[test]
fn what_was_not_looked_at_whole_is_not_proved() {
    let right = || workflow(vec![connection(&[]), deploy(&["connection"])], rule());
    assert!(verdict(right(), true, 100_000).is_kept());
    let cut = verdict(right(), true, 3);
    assert!(!cut.is_kept() && cut.stories.is_empty());
    assert_eq!(cut.not_proved, [("never".to_owned(), 3)]);
}
