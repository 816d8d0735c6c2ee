//! Which workflow leads back where a rollback does not, and which one on.

use crate::answers::answer;
use crate::support::*;
use windlass_model::Side::Forward;
use windlass_model::expr::{Expr, Node, Template};
use windlass_model::step::{Compensate, WayOut};
use windlass_model::way_out::{leads_back, leads_on};
use windlass_model::{Phase, StepDef, Workflow};

fn past(id: &str, needs: &[&str], way_back: Option<WayOut>) -> StepDef {
    let way_on = way_back.clone().map(|way| WayOut {
        workflow: "/w/on.yaml".to_owned(),
        inputs: way.inputs.into_iter().take(1).collect(),
    });
    let compensate = Compensate::None { reason: Some("it migrates".into()), way_back, way_on };
    StepDef { irreversible: true, compensate, ..act(id, needs) }
}

/// An output of the step `a`.
fn output(name: &str) -> Template {
    let path = ["a", "outputs", name].map(str::to_owned);
    let select = |of, field| Node::Select { of: Box::new(of), field };
    let node = path.into_iter().fold(Node::Name("steps".to_owned()), select);
    Template::Expr(Expr { source: format!("steps.a.outputs.{name}"), node })
}

/// `a`, a question, then `b`, which names a way back, and `c`, which does not.
fn two_points() -> Workflow {
    let way_back = WayOut {
        workflow: "/w/back.yaml".to_owned(),
        inputs: vec![
            ("attempt".to_owned(), output("attempt")),
            ("migrated".to_owned(), Template::Literal(true.into())),
            ("unknown".to_owned(), output("nothing")),
        ],
    };
    let (b, c) = (past("b", &["go"], Some(way_back)), past("c", &["b"], None));
    workflow(vec![act("a", &[]), approve("go", &["a"]), b, c])
}

#[test]
fn past_a_point_of_no_return_the_workflow_that_leads_back_is_known() {
    let mut d = Driver::start(two_points());
    d.outside.fate("b", Forward, &[Fate::Permanent]);
    d.settle_down();
    assert_eq!(leads_back(&d.workflow, &d.run), None, "it has not been begun");
    assert_eq!(leads_on(&d.workflow, &d.run), None, "it has not been begun");
    d.signal(answer("go", true));
    assert_eq!(d.settle_down(), Phase::Failed);
    let back = leads_back(&d.workflow, &d.run).unwrap();
    assert_eq!(back.workflow, "/w/back.yaml");
    let known = |name: &'static str, value: &str| (name, Some(value.to_owned()));
    assert_eq!(back.inputs, [known("attempt", "1"), known("migrated", "true"), ("unknown", None)]);
    let on = leads_on(&d.workflow, &d.run).unwrap();
    assert_eq!((on.workflow, on.inputs), ("/w/on.yaml", vec![known("attempt", "1")]));
}

#[test]
fn past_one_that_names_no_way_back_there_is_none() {
    let mut d = Driver::start(two_points());
    d.settle_down();
    d.signal(answer("go", true));
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert_eq!(leads_back(&d.workflow, &d.run), None);
    assert_eq!(leads_on(&d.workflow, &d.run), None);
}
