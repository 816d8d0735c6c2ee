//! A step that calls another workflow: its `with` against that workflow's inputs and resources, and
//! what the caller must grant.

use super::checked::{Call, CheckedWorkflow};
use super::clear_secrets::refuse_clear_secrets;
use super::compile::{refuse_deep_holes, template_naming};
use super::context::Context;
use super::input_holes::InputHoles;
use super::input_schema::of_inputs;
use crate::cel::{Names, Ty};
use crate::diagnostic::Findings;
use crate::shape::Checker;
use crate::yaml::{Yaml, YamlKind};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Keys of a step that calls a workflow; all others belong to the steps inside.
const KEYS: [&str; 9] =
    ["id", "name", "uses", "with", "if", "needs", "for_each", "repeat", "max_parallel"];

/// Name of the step, within a call, that holds the inputs which become known during the run.
pub const INPUTS_STEP: &str = "inputs";

/// Whether `uses` names a workflow file.
pub fn is_call(uses: &str) -> bool {
    uses.starts_with('.') || uses.ends_with(".yaml") || uses.ends_with(".yml")
}

/// Reads a call. Nothing where the workflow has errors, or the call.
pub fn call(
    step: &Yaml,
    uses: &Yaml,
    context: &Context<'_>,
    names: &Names,
    findings: &mut Findings,
) -> Option<(Call, Ty)> {
    let file = uses.text()?;
    for entry in step.entries().iter().filter(|entry| !KEYS.contains(&entry.key.as_str())) {
        if entry.key == "run" || entry.key == "env" || entry.key == "dir" {
            // said elsewhere
            continue;
        }
        let message = format!("`{}` does not belong to a step that calls a workflow", entry.key);
        findings
            .error("unknown_key", entry.key_span, message)
            .help(format!("write it at the steps of `{file}`"));
    }
    let callee = context.callees.get(file)?.as_ref()?;
    granted(uses, file, callee, context, findings);
    let errors = findings.list.len();
    let schema = input_schema(file, callee, context, uses, findings);
    let empty = Yaml { kind: YamlKind::Map(Vec::new()), span: uses.span };
    let with = step.get("with").unwrap_or(&empty);
    let mut holes = InputHoles::new(&schema, names, context);
    let what = format!("the input of `{file}`");
    Checker { root: &schema, holes: &mut holes, findings }.check(with, &schema, &what);
    refuse_deep_holes(with, 0, findings);
    refuse_clear_secrets(with, "with", &context.secrets, findings);
    let entries = with.entries().iter();
    let with: BTreeMap<_, _> = entries
        .map(|entry| (entry.key.clone(), template_naming(&entry.value, &holes.named)))
        .collect();
    let fields = callee.outputs.iter().map(|output| (output.name.clone(), output.ty.clone()));
    let outputs = Ty::record(format!("the outputs of `{file}`"), fields);
    let made = Call { uses: file.to_owned(), workflow: Arc::clone(callee), with };
    (findings.list.len() == errors).then_some((made, outputs))
}

/// What the called workflow asks for when it is started by itself, the caller must ask for too.
fn granted(
    uses: &Yaml,
    file: &str,
    callee: &CheckedWorkflow,
    context: &Context<'_>,
    findings: &mut Findings,
) {
    if callee.steps.iter().any(|step| step.def.id.as_str() == INPUTS_STEP) {
        let message = format!("`{file}` has a step called `{INPUTS_STEP}`, and cannot be called");
        let help = "give that step another name: in a call, the inputs have this one";
        findings.error("sub_workflow", uses.span, message).help(help);
    }
    if let Some(lock) = callee.lock.as_ref().filter(|lock| context.lock.as_ref() != Some(*lock)) {
        let message =
            format!("`{file}` needs the lock `{lock}`, which this workflow does not hold");
        let help = format!("write `environment: {lock}` on top of this file");
        findings.error("sub_workflow", uses.span, message).help(help);
    }
    let ours = context.roles.as_deref().unwrap_or_default();
    let narrower = !ours.is_empty() && ours.iter().all(|role| callee.roles.contains(role));
    if !callee.roles.is_empty() && !narrower {
        let roles = callee.roles.join(", ");
        let message = format!("`{file}` is for {roles} only, and others may start this workflow");
        let help = format!("write `roles: [{roles}]` on top of this file");
        findings.error("sub_workflow", uses.span, message).help(help);
    }
}

/// The called workflow's inputs and resources as the schema of `with`.
fn input_schema(
    file: &str,
    callee: &CheckedWorkflow,
    context: &Context<'_>,
    uses: &Yaml,
    findings: &mut Findings,
) -> Value {
    let (mut properties, mut required) = of_inputs(&callee.inputs);
    for (name, kind) in &callee.resources {
        if properties.contains_key(name) {
            let message = format!("`{file}` has an input and a resource called `{name}`");
            let help = "give one of them another name there: `with` could mean either";
            findings.error("sub_workflow", uses.span, message).help(help);
        }
        let note = format!(
            "which resource of type `{kind}`; where absent, the one that is called `{name}` here"
        );
        let schema = json!({ "type": "string", "x-resource": kind, "description": note });
        properties.insert(name.clone(), schema);
        if context.resources.get(name) != Some(kind) {
            required.push(name);
        }
    }
    json!({ "title": format!("the input of `{file}`"), "type": "object",
        "additionalProperties": false, "required": required, "properties": properties })
}
