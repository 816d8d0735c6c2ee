//! The reduction loses nothing: with it and without it the verdict is the same, and the shortest
//! story is as long.

use crate::made::{both, input, is, never, sets, verdict, workflow};
use proptest::prelude::*;
use serde_json::{Value, json};
use windlass_model::expr::{Expr, Node, Template, UnaryOp};
use windlass_model::step::{Compensate, StepDef};
use windlass_model::workflow::OnFailure;
use windlass_model::{WorkflowDef, workflow::Invariant};

const FIELDS: [&str; 3] = ["a", "b", "c"];

/// What a generated step is.
#[derive(Clone, Debug)]
struct Made {
    field: usize,
    value: u8,
    needs: Vec<bool>,
    compensate: u8,
    condition: u8,
    irreversible: bool,
}

fn made() -> impl Strategy<Value = Made> {
    let needs = proptest::collection::vec(any::<bool>(), 5);
    (0..4_usize, 0..2_u8, needs, 0..6_u8, 0..8_u8, 0..12_u8).prop_map(
        |(field, value, needs, compensate, condition, irreversible)| Made {
            field,
            value,
            needs,
            compensate,
            condition,
            irreversible: irreversible == 0,
        },
    )
}

fn steps(all: &[Made]) -> Vec<StepDef> {
    let ids: Vec<String> = (0..all.len()).map(|at| format!("s{at}")).collect();
    let one = |(at, made): (usize, &Made)| {
        let needs: Vec<&str> =
            (0..at).filter(|need| made.needs[*need]).map(|need| ids[need].as_str()).collect();
        // A fourth field is one that nobody looks at.
        let field = FIELDS.get(made.field).copied().unwrap_or("unseen");
        let mut step = sets(&ids[at], &needs, field, json!(made.value));
        step.irreversible = made.irreversible;
        step.compensate = match made.compensate {
            0 => Compensate::None { reason: None },
            1 => custom(field, json!(1 - made.value)),
            2 => Compensate::AutoIf { only_if: input("undo") },
            _ => Compensate::Auto,
        };
        step.condition = match made.condition {
            0 => Some(input("x")),
            1 => Some(negated(input("x"))),
            2 => Some(input("y")),
            _ => None,
        };
        step
    };
    all.iter().enumerate().map(one).collect()
}

fn custom(field: &str, value: Value) -> Compensate {
    Compensate::Custom {
        uses: "test.set".to_owned(),
        with: Template::Literal(json!(["app", field, value])),
        traits: crate::made::traits(),
        only_if: None,
    }
}

fn negated(expr: Expr) -> Expr {
    let node = Node::Unary { op: UnaryOp::Not, of: Box::new(expr.node) };
    Expr { source: format!("!{}", expr.source), node }
}

fn invariant(values: [u8; 2]) -> Invariant {
    never(both(is("a", json!(values[0])), is("b", json!(values[1]))))
}

fn both_ways(def: &WorkflowDef) -> [(bool, Option<usize>); 2] {
    [true, false].map(|reduced| {
        let verdict = verdict(def.clone(), reduced);
        assert!(verdict.not_proved.is_empty(), "within the bound");
        (verdict.is_kept(), verdict.stories.first().map(|story| story.length))
    })
}

proptest! {
    // Half a second each, most of it without the reduction.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn with_and_without_the_reduction_the_verdict_is_the_same(
        all in proptest::collection::vec(made(), 1..5),
        values in [0..2_u8, 0..2_u8],
        rolls_back in any::<bool>(),
    ) {
        let mut def = workflow(steps(&all), invariant(values));
        def.on_failure = if rolls_back { OnFailure::Rollback } else { OnFailure::Stop };
        let [reduced, plain] = both_ways(&def);
        prop_assert_eq!(reduced, plain);
    }
}
