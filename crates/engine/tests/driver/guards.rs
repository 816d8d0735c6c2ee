//! The last look before a step that could break an invariant: what somebody else changed meanwhile
//! stops it before it acts.

use crate::given::{seeing, where_old_is};
use crate::stage::{Stage, Witness, drive, yes};
use crate::steps::{act, ask, row};
use serde_json::json;
use std::sync::Arc;
use windlass_engine::{Ending, Engine};
use windlass_model::expr::{BinaryOp, Expr, Node, Template};
use windlass_model::step::DeclaredEffect;
use windlass_model::workflow::Invariant;
use windlass_model::{EventKind, Failure, Phase, RunId, StepDef, WorkflowDef};

/// `resources.NAME.value == VALUE`
fn is(name: &str, value: i64) -> Node {
    let of = Box::new(Node::Name("resources".to_owned()));
    let of = Box::new(Node::Select { of, field: name.to_owned() });
    let left = Box::new(Node::Select { of, field: "value".to_owned() });
    Node::Binary { op: BinaryOp::Equal, left, right: Box::new(Node::Literal(json!(value))) }
}

/// Whoever raises the flag finds the old thing as it was: 5.
fn raises_the_flag() -> WorkflowDef {
    let flag = DeclaredEffect {
        resource: Template::Literal(json!("flag")),
        field: "value".to_owned(),
        value: Some(Template::Literal(json!(1))),
    };
    let raise = StepDef { effects: vec![flag], ..act("raise", "world.set", "raise") };
    let (left, right) = (Box::new(is("old", 77)), Box::new(is("flag", 1)));
    let expr = Expr {
        source: "resources.old.value == 77 && resources.flag.value == 1".to_owned(),
        node: Node::Binary { op: BinaryOp::And, left, right },
    };
    let invariant =
        Invariant { id: "flag_over_77".to_owned(), for_each: Vec::new(), expr, never: true };
    WorkflowDef { invariants: vec![invariant], ..where_old_is(5, vec![ask("go"), raise]) }
}

async fn by_somebody_else(stage: &Stage, uses: &str) {
    let engine = stage.engine("other");
    let run = engine.create(&row(vec![act("other", uses, "old")])).await.unwrap();
    let ending = drive(&engine, run, &Witness::new()).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Succeeded)));
}

/// The old thing becomes 77 while the run waits for its go.
async fn changed_meanwhile(stage: &Stage, engine: &Arc<Engine>) -> (RunId, Ending) {
    let run = engine.create(&raises_the_flag()).await.unwrap();
    let hears = Witness::new();
    let driven = drive(engine, run, &hears);
    hears.heard(|kind| matches!(kind, EventKind::SignalAwaited { .. })).await;
    by_somebody_else(stage, "world.set").await;
    engine.signal(run, &yes("go")).await.unwrap();
    (run, driven.await.unwrap().unwrap())
}

#[tokio::test(start_paused = true)]
async fn d07_a_step_that_somebody_else_made_unsafe_does_not_act() {
    let stage = seeing(Stage::new(), false);
    let engine = stage.engine("one");
    let (run, ending) = changed_meanwhile(&stage, &engine).await;
    assert_eq!(ending, Ending::Rest(Phase::Failed));
    assert_eq!(stage.effects(), ["forward other"], "it did nothing");
    let history = stage.history(run).await;
    let failed = history.iter().find_map(|event| match &event.kind {
        EventKind::StepFailed { failure, .. } => Some(failure),
        _ => None,
    });
    let Some(Failure { code, message, .. }) = failed else { panic!("{history:?}") };
    assert_eq!(code, "unsafe");
    let said = "it would break `flag_over_77`: flag.value would be 1, old.value is 77";
    assert!(message.starts_with(said), "{message}");

    by_somebody_else(&stage, "world.clear").await;
    let resumed = drive(&engine, run, &Witness::new()).await.unwrap();
    assert_eq!(resumed, Ok(Ending::Rest(Phase::Succeeded)));
    assert!(stage.effects().contains(&"forward raise".to_owned()), "{:?}", stage.effects());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_seen_stops_no_step() {
    let stage = seeing(Stage::new(), true);
    let engine = stage.engine("one");
    let (_, ending) = changed_meanwhile(&stage, &engine).await;
    assert_eq!(ending, Ending::Rest(Phase::Succeeded));
}
