//! All steps of a workflow, in the order in which their outputs become known.

use super::checked::{CheckedStep, Repeat};
use super::compile::expression;
use super::context::{Context, outputs_of_all};
use super::lenient::lenient_map;
use super::notices::notices;
use super::policies;
use super::repeat::rounds;
use super::work::work_of;
use crate::cel::{Hole, Ty, holes_of};
use crate::diagnostic::Findings;
use crate::keys::{ForEach, StepFile};
use crate::shape::workflow_schema;
use crate::yaml::Yaml;
use serde_json::json;
use std::collections::BTreeSet;
use windlass_model::StepId;
use windlass_model::expr::Template;
use windlass_model::step::{StepDef, Work};

/// Most elements of a `for_each`: a run of more steps than that is read by nobody.
pub const ITEMS_MAX: usize = 1000;

/// Checks all steps. Steps that are broken are missing from the result, and said.
pub fn check_steps(
    steps: &[&Yaml],
    context: &mut Context<'_>,
    findings: &mut Findings,
) -> Vec<Option<CheckedStep>> {
    let mut checked: Vec<Option<CheckedStep>> = vec![None; steps.len()];
    let sorted = context.order.sorted().unwrap_or_else(|_| (0..steps.len()).collect());
    for at in sorted {
        let (made, outputs) = check_step(at, steps[at], context, findings);
        context.outputs[at] = outputs;
        checked[at] = made;
    }
    checked
}

fn check_step(
    at: usize,
    step: &Yaml,
    context: &Context<'_>,
    findings: &mut Findings,
) -> (Option<CheckedStep>, Ty) {
    let schema = json!({ "$ref": "#/$defs/StepFile" });
    // What does not fit has been said by the schema; the rest of the step is checked all the same.
    let Some(raw) = lenient_map::<StepFile>(step, workflow_schema(), &schema, "id") else {
        return (None, Ty::Any);
    };
    if raw.max_parallel.is_some() && raw.for_each.is_none() {
        let message = "`max_parallel` of a step belongs to `for_each`";
        findings.error("unknown_key", step.span_of("max_parallel"), message).help("remove it");
    }
    let repeat = raw.for_each.as_ref().and_then(|over| repeat(over, step, context, findings));
    let item = match (&repeat, &raw.for_each) {
        (Some(Repeat::Items(items)), _) => {
            let mut types: Vec<Ty> = items.iter().map(Ty::of_value).collect();
            Some(Ty::join(&mut types))
        }
        (_, Some(_)) => Some(Ty::Any),
        (_, None) => raw.repeat.as_ref().map(|_| Ty::Int),
    };
    let names = context.names(at, step, item.as_ref());
    let Some(made) = work_of(step, &raw, context, &names, findings) else {
        // what stands around it is checked all the same
        let mut nothing = StepDef::new(&raw.id, Work::Join);
        policies::apply(&mut nothing, step, &raw, context, (&names, &Ty::Any), findings);
        return (None, Ty::Any);
    };
    let mut def = StepDef::new(&raw.id, made.work);
    def.name.clone_from(&raw.name);
    def.line = findings.source.place(step.span.start).line;
    def.needs = context.order.needs[at].iter().map(|n| StepId::new(&context.ids[*n])).collect();
    def.irreversible = made.irreversible;
    def.roles = made.roles;
    def.not_by_starter = made.not_by_starter;
    policies::apply(&mut def, step, &raw, context, (&names, &made.outputs), findings);
    def.notify = notices(step, context, (&names, &made.outputs), findings);
    if made.call.is_none() {
        policies::warn(&def, step, findings);
    }
    let rounds = rounds(step, &raw, &def.work, (&names, &made.outputs), findings);
    let outputs = match &repeat {
        None if !made.checklist.is_empty() => checklist_outputs(&made.outputs, &made.checklist),
        None => made.outputs,
        Some(Repeat::Items(items)) => outputs_of_all(Some(items), made.outputs, &raw.id),
        Some(Repeat::Expr(_)) => outputs_of_all(None, made.outputs, &raw.id),
    };
    let (checklist, call) = (made.checklist, made.call);
    let max_parallel = raw.max_parallel;
    let step = CheckedStep { def, for_each: repeat, rounds, max_parallel, checklist, call };
    (Some(step), outputs)
}

/// A checklist gives the answers to its items by their names.
fn checklist_outputs(all: &Ty, checklist: &[(String, Template)]) -> Ty {
    let one = match all {
        Ty::Map(one) => (**one).clone(),
        _ => Ty::Any,
    };
    let names = checklist.iter().map(|(name, _)| (name.clone(), one.clone()));
    Ty::record("the answers of the checklist", names)
}

fn repeat(
    over: &ForEach,
    step: &Yaml,
    context: &Context<'_>,
    findings: &mut Findings,
) -> Option<Repeat> {
    let yaml = step.get("for_each")?;
    match over {
        ForEach::List(items) => {
            let mut seen = BTreeSet::new();
            for (element, item) in yaml.elements().iter().zip(items) {
                let scalar = item.is_string() || item.is_number() || item.is_boolean();
                if !scalar || super::compile::has_hole(element) {
                    let message = "an element of `for_each` is a text, a number or a truth value";
                    let help = "an expression gives the whole list: `for_each: ${{ inputs.apps }}`";
                    findings.error("for_each", element.span, message).help(help);
                } else if !seen.insert(super::context::item_text(item)) {
                    let message = "this element stands here twice";
                    findings.error("for_each", element.span, message).help("remove one of the two");
                }
            }
            if items.is_empty() || items.len() > ITEMS_MAX {
                let message = format!("`for_each` takes 1 to {ITEMS_MAX} elements");
                findings
                    .error("for_each", yaml.span, message)
                    .help("use `if: false` to leave a step out");
            }
            Some(Repeat::Items(items.clone()))
        }
        ForEach::Expression(text) => {
            let hole = match holes_of(text).as_deref() {
                Ok([Hole::Hole(at)]) => at.clone(),
                _ => {
                    let message = "`for_each` takes a list, or one `${{ … }}` that gives one";
                    findings.error("for_each", yaml.span, message).help("write `for_each: [a, b]`");
                    return None;
                }
            };
            let names = context.base.clone().without(
                "steps",
                "how often a step is repeated must be known before a run starts; use inputs",
            );
            let source = &text[hole.clone()];
            let (parsed, ty) = expression(yaml, hole.start, source, &names, findings)?;
            if !matches!(ty, Ty::List(_) | Ty::Any) {
                let message = format!("`for_each` needs a list, but this is {}", ty.name());
                findings.error("expression_type", yaml.span, message);
                return None;
            }
            Some(Repeat::Expr(parsed.expr))
        }
    }
}

/// Whether a step does nothing itself.
pub fn is_join(def: &StepDef) -> bool {
    matches!(def.work, Work::Join)
}
