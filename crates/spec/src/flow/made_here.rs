//! What a workflow makes and deletes again hangs on one condition (D4): a deletion under another
//! one could meet something that the run did not make. The catalog says which inputs name such
//! things.

use super::checked::{Call, CheckedStep, Repeat};
use super::environment::LoadedEnvironment;
use crate::diagnostic::Findings;
use crate::yaml::Yaml;
use serde_json::Value;
use std::collections::BTreeSet;
use windlass_model::expr::{BinaryOp, Expr, Node, Template, TextPart, roots};
use windlass_model::{Catalog, Work};

/// The key of a schema that says whether what a text names exists after the step.
const EXISTS: &str = "x-exists";

/// The key of a schema that says which other input says where a text names something.
const WITHIN: &str = "x-within";

/// The name of an element in the expressions of a step with `for_each`.
const ITEM: &str = "item";

/// How a file names a thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    /// By a declared resource.
    Resource(String),
    /// By a text, as the file writes it.
    Text(String),
    /// By what a step gave out.
    Output(String),
    /// By a text that means something only in a place.
    Within(Box<Thing>, String),
}

/// What a step makes and deletes.
#[derive(Clone, Debug, Default)]
struct Deeds {
    makes: BTreeSet<Thing>,
    deletes: BTreeSet<Thing>,
}

/// Refuses deletions of what the workflow made under another condition.
pub fn refuse_other_conditions(
    steps: &[Option<CheckedStep>],
    yaml: &[&Yaml],
    environment: &LoadedEnvironment,
    catalog: &Catalog,
    findings: &mut Findings,
) {
    let known: Vec<(&CheckedStep, &Yaml, Deeds)> = steps
        .iter()
        .zip(yaml)
        .filter_map(|(step, yaml)| step.as_ref().map(|step| (step, *yaml)))
        .map(|(step, yaml)| (step, yaml, deeds(step, environment, catalog)))
        .collect();
    for (step, at, deeds) in &known {
        let made_it = |maker: &&(&CheckedStep, &Yaml, Deeds)| {
            let output = Thing::Output(maker.0.def.id.to_string());
            let named = maker.2.makes.intersection(&deeds.deletes).next().is_some();
            let from_it = deeds.deletes.contains(&output) && !maker.2.makes.is_empty();
            (named || from_it) && comes_before(maker.0, step, &known)
        };
        let makers: Vec<_> = known.iter().filter(made_it).collect();
        let mut wanted = makers.iter().map(|(maker, ..)| conjuncts(maker.def.condition.as_ref()));
        let Some(first) = wanted.next() else { continue };
        // where several may have made it, on conditions of their own, it is not known which did
        if wanted.any(|other| other != first) {
            continue;
        }
        let have = conjuncts(step.def.condition.as_ref());
        if first.iter().all(|part| have.contains(part)) {
            continue;
        }
        let (maker, ..) = makers[0];
        let source = maker.def.condition.as_ref().map_or("", |condition| &condition.source);
        let message = format!(
            "`{}` deletes what `{}` makes, and not on the same condition: it could delete \
             something that the run did not make",
            step.def.id, maker.def.id
        );
        let key = if at.get("if").is_some() { "if" } else { "uses" };
        findings.error("delete_condition", at.span_of(key), message).help(format!(
            "`{}` on line {} has `if: {source}`: write the same here, alone or with `&&` and more",
            maker.def.id, maker.def.line
        ));
    }
}

/// Whether one step is finished before the other begins.
fn comes_before(
    one: &CheckedStep,
    other: &CheckedStep,
    all: &[(&CheckedStep, &Yaml, Deeds)],
) -> bool {
    let mut open: Vec<_> = other.def.needs.iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(need) = open.pop() {
        if *need == one.def.id {
            return true;
        }
        if seen.insert(need) {
            let found = all.iter().find(|(step, ..)| step.def.id == *need);
            open.extend(found.iter().flat_map(|(step, ..)| &step.def.needs));
        }
    }
    false
}

fn deeds(step: &CheckedStep, environment: &LoadedEnvironment, catalog: &Catalog) -> Deeds {
    match (&step.call, &step.def.work) {
        (Some(call), _) => deeds_of_call(call, environment, catalog),
        (None, Work::Action { uses, with, .. }) => {
            let mut deeds = Deeds::default();
            let spec = catalog.actions.get(uses);
            let properties = spec.and_then(|spec| spec.input["properties"].as_object());
            for (name, property) in properties.into_iter().flatten() {
                let Some(exists) = property[EXISTS].as_bool() else { continue };
                let Some(value) = entry(with, name) else { continue };
                let known = |template: &Template| thing(template, environment);
                let named = match property[WITHIN].as_str() {
                    None => things(&value, step, &known),
                    Some(place) => {
                        let place = entry(with, place).map(|place| things(&place, step, &known));
                        placed(&things(&value, step, &thing_of), &place.unwrap_or_default())
                    }
                };
                let into = if exists { &mut deeds.makes } else { &mut deeds.deletes };
                into.extend(named);
            }
            deeds
        }
        _ => Deeds::default(),
    }
}

/// Of the called workflow, as far as the caller can name it. What hangs on conditions within is
/// that workflow's own affair.
fn deeds_of_call(call: &Call, environment: &LoadedEnvironment, catalog: &Catalog) -> Deeds {
    let mut all = Deeds::default();
    let ours = |thing| thing_of_caller(call, thing);
    for step in &call.workflow.steps {
        let deeds = deeds(step, environment, catalog);
        all.makes.extend(deeds.makes.into_iter().filter_map(ours));
        all.deletes.extend(deeds.deletes.into_iter().filter_map(ours));
    }
    all
}

fn thing_of_caller(call: &Call, thing: Thing) -> Option<Thing> {
    match thing {
        Thing::Resource(name) => match call.with.get(&name) {
            Some(given) => thing_of(given),
            None => Some(Thing::Resource(name)),
        },
        Thing::Within(place, text) if !text.contains("${{") => {
            Some(Thing::Within(Box::new(thing_of_caller(call, *place)?), text))
        }
        Thing::Text(text) if !text.contains("${{") => Some(Thing::Text(text)),
        Thing::Text(_) | Thing::Within(..) | Thing::Output(_) => None,
    }
}

fn entry(with: &Template, name: &str) -> Option<Template> {
    match with {
        Template::Map(entries) => {
            entries.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        }
        Template::Literal(Value::Object(map)) => map.get(name).cloned().map(Template::Literal),
        _ => None,
    }
}

/// What an input of a step names: with `for_each`, something for each element.
fn things(
    value: &Template,
    step: &CheckedStep,
    thing: &dyn Fn(&Template) -> Option<Thing>,
) -> Vec<Thing> {
    let of_items = |expr: &Expr| roots(expr).iter().any(|path| path[0] == ITEM);
    let varies = match value {
        Template::Expr(expr) => of_items(expr),
        Template::Text(parts) => parts.iter().any(|part| match part {
            TextPart::Text(_) => false,
            TextPart::Expr(expr) => of_items(expr),
        }),
        _ => false,
    };
    let one = thing(value);
    match (&step.for_each, one) {
        (Some(Repeat::Items(items)), Some(Thing::Text(text))) if text == written(ITEM) => {
            let named = items.iter().map(|item| Template::Literal(item.clone()));
            named.filter_map(|name| thing(&name)).collect()
        }
        // the same words mean something else for other elements
        (Some(each), Some(Thing::Text(text))) if varies => {
            let each = match each {
                Repeat::Items(items) => Value::from(items.clone()).to_string(),
                Repeat::Expr(expr) => written(&expr.source),
            };
            vec![Thing::Text(format!("{text} for each of {each}"))]
        }
        (_, one) => one.into_iter().collect(),
    }
}

/// What texts name in places; nothing is known of one whose place is not.
fn placed(named: &[Thing], places: &[Thing]) -> Vec<Thing> {
    let within = |thing: &Thing, place: &Thing| match thing {
        Thing::Text(text) => Thing::Within(Box::new(place.clone()), text.clone()),
        other => other.clone(),
    };
    let each = |thing| places.iter().map(move |place| within(thing, place));
    named.iter().flat_map(each).collect()
}

/// A name that a resource of the environment has is that resource.
fn thing(template: &Template, environment: &LoadedEnvironment) -> Option<Thing> {
    let thing = thing_of(template)?;
    let Thing::Text(text) = &thing else { return Some(thing) };
    let bound = &environment.environment.resources;
    if bound.contains_key(text) {
        return Some(Thing::Resource(text.clone()));
    }
    let named = |settings: &serde_json::Map<String, Value>| {
        settings.get("database").is_some_and(|name| name == text.as_str())
    };
    let found = bound.iter().find(|(_, binding)| named(&binding.settings));
    Some(found.map_or(thing.clone(), |(name, _)| Thing::Resource(name.clone())))
}

fn thing_of(template: &Template) -> Option<Thing> {
    match template {
        Template::Literal(Value::String(text)) => Some(Thing::Text(text.clone())),
        Template::Expr(expr) => Some(match rooted(&expr.node) {
            Some(("resources", name)) => Thing::Resource(name.to_owned()),
            Some(("steps", step)) => Thing::Output(step.to_owned()),
            _ => Thing::Text(written(&expr.source)),
        }),
        Template::Text(parts) => {
            let parts = parts.iter().map(|part| match part {
                TextPart::Text(text) => text.clone(),
                TextPart::Expr(expr) => written(&expr.source),
            });
            Some(Thing::Text(parts.collect()))
        }
        _ => None,
    }
}

/// A hole as it is compared: whoever writes it wider means the same.
fn written(source: &str) -> String {
    format!("${{{{ {} }}}}", source.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The first two names of a path, such as `steps.copy` of `steps.copy.outputs.id`.
fn rooted(node: &Node) -> Option<(&str, &str)> {
    match node {
        Node::Select { of, field } => match &**of {
            Node::Name(root) => Some((root, field)),
            of => rooted(of),
        },
        Node::Index { of, .. } => rooted(of),
        _ => None,
    }
}

/// The parts of a condition, all of which must hold.
fn conjuncts(condition: Option<&Expr>) -> Vec<&Node> {
    let mut parts = Vec::new();
    let mut open: Vec<&Node> = condition.iter().map(|condition| &condition.node).collect();
    while let Some(node) = open.pop() {
        match node {
            Node::Binary { op: BinaryOp::And, left, right } => open.extend([&**left, &**right]),
            Node::Literal(Value::Bool(true)) => {}
            node => parts.push(node),
        }
    }
    parts
}
