//! `repeat` into steps: one for each round, which begins where the one before it left something to
//! do, and one behind them that gives the outputs of the last. A run needs no rule of its own for
//! rounds: each is durable, resumed and undone as every step is.

use super::checked::{CheckedStep, Rounds};
use super::expand::element_id;
use super::rewrite::Renames;
use serde_json::{Value, json};
use windlass_model::StepId;
use windlass_model::expr::{BinaryOp, Expr, Node, Template, UnaryOp};
use windlass_model::notice::{Moment, Notice};
use windlass_model::step::{StepDef, Work};

/// All steps of a step that calls no workflow.
pub fn all(step: &CheckedStep, rounds: &Rounds) -> Vec<StepDef> {
    let one = |number| {
        let mut def = step.def.clone();
        def.id = round_id(&step.def.id, number);
        def.item = Some(Value::from(number));
        def.notify = told(&step.def, |on| match on {
            Moment::Start => number == 1,
            Moment::Failure | Moment::Waiting => true,
            Moment::Success => false,
        });
        if number > 1 {
            def.condition = Some(again(&step.def.id, number, rounds));
            def.needs = vec![round_id(&step.def.id, number - 1)];
            // of the first round: a time of day would be tomorrow's for the second
            def.gate.not_before = None;
            def.gate.pause_ms = rounds.pause_ms;
        }
        def
    };
    (1..=rounds.max).map(one).chain([end(&step.def, rounds)]).collect()
}

/// Of a step's messages those of some moments.
fn told(def: &StepDef, wanted: impl Fn(Moment) -> bool) -> Vec<Notice> {
    let some = def.notify.iter().map(|notice| {
        let on = notice.on.iter().copied().filter(|on| wanted(*on)).collect();
        Notice { on, ..notice.clone() }
    });
    some.filter(|notice| !notice.on.is_empty()).collect()
}

/// The name of a round, from 1.
pub fn round_id(group: &StepId, number: u32) -> StepId {
    element_id(group.as_str(), &Value::from(number))
}

/// The pause before a round of a workflow that is called: a step of its own, since it has several
/// first steps.
pub fn pause(def: &StepDef, rounds: &Rounds, number: u32) -> Option<StepDef> {
    let pause_ms = Some(rounds.pause_ms?);
    let before = round_id(&def.id, number.checked_sub(1).filter(|before| *before > 0)?);
    let id = format!("{}.pause[{number}]", def.id);
    let mut pause = StepDef::new(id, Work::Set { values: Template::Literal(json!({})) });
    pause.line = def.line;
    pause.condition = Some(again(&def.id, number, rounds));
    pause.needs = vec![before];
    pause.gate.pause_ms = pause_ms;
    Some(pause)
}

/// The step behind all rounds.
pub fn end(def: &StepDef, rounds: &Rounds) -> StepDef {
    let mut end = StepDef::new(def.id.as_str(), Work::Rounds { until: rounds.until.clone() });
    end.name.clone_from(&def.name);
    end.line = def.line;
    end.notify = told(def, |on| matches!(on, Moment::Success | Moment::Failure));
    end.needs = (1..=rounds.max).map(|number| round_id(&def.id, number)).collect();
    end
}

/// Whether a round is called for: the one before was carried out and was not enough. One that an
/// operator called done has no outputs: it was. `until` sees what that round saw.
pub fn again(group: &StepId, number: u32, rounds: &Rounds) -> Expr {
    let before = round_id(group, number - 1);
    let item = Value::from(number - 1);
    let of_round = |node: Node| {
        let renames = Renames { outputs: Some(&before), item: Some(&item), ..Renames::default() };
        renames.expr(&Expr { source: String::new(), node }).node
    };
    let outputs = of_round(Node::Name("outputs".to_owned()));
    let (left, right) = (Box::new(outputs), Box::new(Node::Literal(Value::Null)));
    let carried_out = Box::new(Node::Binary { op: BinaryOp::NotEqual, left, right });
    let of = Box::new(of_round(rounds.until.node.clone()));
    let not_enough = Box::new(Node::Unary { op: UnaryOp::Not, of });
    let source = format!("!({}) after {before}", rounds.until.source);
    let node = Node::Binary { op: BinaryOp::And, left: carried_out, right: not_enough };
    Expr { source, node }
}
