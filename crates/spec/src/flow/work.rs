//! What a step does: an action, a script, or something that windlass does by itself.

use super::builtins::{builtin, builtins};
use super::call::{call, is_call};
use super::checked::Call;
use super::clear_secrets::refuse_clear_secrets;
use super::compile::{condition, has_hole, refuse_deep_holes, refuse_holes, template};
use super::context::Context;
use super::input_holes::InputHoles;
use super::lenient::check_name;
use super::policies::{SHELL, action_input, unknown_action};
use super::values::{logged, set_outputs};
use super::waits::wait;
use crate::cel::{Names, Ty};
use crate::diagnostic::Findings;
use crate::keys::{StepFile, Words};
use crate::shape::Checker;
use crate::yaml::{Entry, Yaml, YamlKind};
use windlass_model::Work;
use windlass_model::expr::{Expr, Node, Template, TextPart};

/// The work of a step with the type of its outputs.
pub struct Made {
    /// The work.
    pub work: Work,
    /// The type of its outputs.
    pub outputs: Ty,
    /// Roles that its input names.
    pub roles: Vec<String>,
    /// Whether the action says of itself that it cannot be undone.
    pub irreversible: bool,
    /// Whether whoever started the run may not answer.
    pub not_by_starter: bool,
    /// The questions of a checklist, by name; empty for any other work.
    pub checklist: Vec<(String, Template)>,
    /// The workflow that is called; its work is then what stands behind the called steps.
    pub call: Option<Call>,
}

impl Made {
    /// Work that asks nobody.
    fn of(work: Work, outputs: Ty) -> Self {
        let (roles, checklist, call) = (Vec::new(), Vec::new(), None);
        Self { work, outputs, roles, irreversible: false, not_by_starter: false, checklist, call }
    }
}

/// Items of a checklist: one that is longer is read by nobody.
const ITEMS_MAX: usize = 100;

/// Reads the work of a step; nothing where it cannot be known.
pub fn work_of(
    step: &Yaml,
    raw: &StepFile,
    context: &Context<'_>,
    names: &Names,
    findings: &mut Findings,
) -> Option<Made> {
    if let (None, Some(key)) = (step.get("run"), step.entry("env").or(step.entry("dir"))) {
        let message = format!("`{}` belongs to `run`", key.key);
        findings
            .error("unknown_key", key.key_span, message)
            .help("an action takes its input in `with`");
    }
    match (step.get("uses"), step.get("run")) {
        (Some(_), Some(run)) => {
            let message = "a step has `uses` or `run`, not both";
            findings.error("uses_and_run", run.span, message).help("make two steps of it");
            refuse_pasted(run, findings);
            if let Some(uses) = step.get("uses") {
                known_work(uses, step, raw, context, names, findings);
            }
            None
        }
        (None, None) => {
            let message = "a step needs `uses` or `run`";
            let known = "actions: `windlass actions`; by windlass itself: approve, input, wait, \
                assert, fail, log, set";
            findings.error("missing_key", step.span, message).help(known);
            None
        }
        (None, Some(run)) => script(step, run, raw, context, names, findings),
        (Some(uses), None) => known_work(uses, step, raw, context, names, findings),
    }
}

/// What `uses` names: something of windlass's own, or an action.
fn known_work(
    uses: &Yaml,
    step: &Yaml,
    raw: &StepFile,
    context: &Context<'_>,
    names: &Names,
    findings: &mut Findings,
) -> Option<Made> {
    let kind = raw.uses.as_deref()?;
    if is_call(kind) {
        let (call, outputs) = call(step, uses, context, names, findings)?;
        return Some(Made { call: Some(call), ..Made::of(Work::Join, outputs) });
    }
    match builtin(kind) {
        Some(_) => own_work(kind, step, context, names, findings),
        None => action(kind, step, uses, raw, context, names, findings),
    }
}

/// Refuses `${{ }}` in a script.
fn refuse_pasted(run: &Yaml, findings: &mut Findings) {
    refuse_holes(
        run,
        "a script never receives pasted text: a value with a quote or `;` in it would run as code",
        "write `env: { NAME: ${{ … }} }` beside `run`, and `\"$NAME\"` in the script",
        findings,
    );
}

fn action(
    kind: &str,
    step: &Yaml,
    uses: &Yaml,
    raw: &StepFile,
    context: &Context<'_>,
    names: &Names,
    findings: &mut Findings,
) -> Option<Made> {
    if !context.catalog.actions.contains_key(kind) {
        let own: Vec<&str> = builtins().iter().map(|builtin| builtin.kind).collect();
        unknown_action(kind, uses.span, context, &own, findings);
        return None;
    }
    let (with, mut traits) =
        action_input(kind, step.get("with"), uses.span, context, names, findings)?;
    traits.idempotent |= raw.idempotent.unwrap_or_default();
    if context.catalog.actions.get(kind).is_some_and(|spec| only_looks(&spec.input, step)) {
        traits.class = windlass_model::EffectClass::ReadOnly;
    }
    let outputs = context.catalog.actions.get(kind).map_or(Ty::Any, |spec| {
        Ty::of_schema(&spec.output, &spec.output, &format!("the output of `{kind}`"))
    });
    let irreversible = traits.class == windlass_model::EffectClass::Irreversible;
    let work = Work::Action { uses: kind.to_owned(), with, traits };
    Some(Made { irreversible, ..Made::of(work, outputs) })
}

/// Whether a value of the input makes the step one that changes nothing: the schema names such
/// values, as with the method of a request.
fn only_looks(schema: &serde_json::Value, step: &Yaml) -> bool {
    let properties = schema["properties"].as_object();
    properties.into_iter().flatten().any(|(name, property)| {
        let Some(looks) = property["x-looks"].as_array() else { return false };
        let given = step.get("with").and_then(|with| with.get(name));
        let value = given.map_or_else(|| property["default"].as_str(), Yaml::text);
        value.is_some_and(|value| looks.iter().any(|look| look == value))
    })
}

fn script(
    step: &Yaml,
    run: &Yaml,
    raw: &StepFile,
    context: &Context<'_>,
    names: &Names,
    findings: &mut Findings,
) -> Option<Made> {
    refuse_pasted(run, findings);
    if run.text().is_some_and(|script| script.trim().is_empty()) {
        findings
            .error("out_of_range", run.span, "`run` holds no command")
            .help("write a script, or take the step out");
    }
    if let Some(with) = step.entry("with") {
        let message = "`run` takes no `with`";
        findings
            .error("unknown_key", with.key_span, message)
            .help("values reach a script through `env`");
    }
    for entry in step.get("env").map(Yaml::entries).unwrap_or_default() {
        let start = entry.key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let rest = entry.key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !start || !rest {
            let message = format!("`{}` is no name of an environment variable", entry.key);
            findings.error("bad_name", entry.key_span, message).help("letters, digits and `_`");
        }
    }
    refuse_clear_secrets(run, "run", &context.secrets, findings);
    let keys = ["run", "env", "dir"];
    let entries: Vec<Entry> = keys.iter().filter_map(|key| step.entry(key).cloned()).collect();
    let with = Yaml { kind: YamlKind::Map(entries), span: run.span };
    if has_hole(run) {
        return None;
    }
    let (with, mut traits) = action_input(SHELL, Some(&with), run.span, context, names, findings)?;
    traits.idempotent |= raw.idempotent.unwrap_or_default();
    let outputs =
        context.catalog.actions.get(SHELL).map_or(Ty::Any, |spec| {
            Ty::of_schema(&spec.output, &spec.output, "the output of `run`")
        });
    let work = Work::Action { uses: SHELL.to_owned(), with, traits };
    Some(Made::of(work, outputs))
}

fn own_work(
    kind: &str,
    step: &Yaml,
    context: &Context<'_>,
    names: &Names,
    findings: &mut Findings,
) -> Option<Made> {
    let spec = builtin(kind)?;
    let empty = Yaml { kind: YamlKind::Map(Vec::new()), span: step.span_of("uses") };
    let with = step.get("with").unwrap_or(&empty);
    let errors = findings.list.len();
    let mut holes = InputHoles::new(&spec.input, names, context);
    Checker { root: &spec.input, holes: &mut holes, findings }.check(with, &spec.input, kind);
    refuse_deep_holes(with, 0, findings);
    refuse_clear_secrets(with, "with", &context.secrets, findings);
    let part = |key: &str| with.get(key).map(template);
    let mut outputs = Ty::of_schema(&spec.output, &spec.output, &format!("the answer of `{kind}`"));
    let words = with.get("roles").and_then(|r| serde_json::from_value::<Words>(r.to_value()).ok());
    let roles = words.map(|words| words.all().to_vec()).unwrap_or_default();
    let mut checklist = Vec::new();
    let work = match kind {
        "approve" => Work::Approve { prompt: part("prompt")?, typed: part("typed") },
        "confirm_by_name" => Work::Approve { prompt: part("prompt")?, typed: Some(part("name")?) },
        "checklist" => {
            checklist = questions(with, findings)?;
            if let Some(over) = step.entry("for_each") {
                let message = "a checklist repeats itself for its items";
                findings.error("unknown_key", over.key_span, message).help("remove `for_each`");
            }
            Work::Approve { prompt: checklist.first()?.1.clone(), typed: None }
        }
        "input" => {
            let ty = with.get("type").and_then(Yaml::text).unwrap_or("string").to_owned();
            let value = match ty.as_str() {
                "int" => Ty::Int,
                "bool" => Ty::Bool,
                _ => Ty::String,
            };
            if let Ty::Record { fields, .. } = &mut outputs {
                fields.insert("value".to_owned(), value);
            }
            Work::Input { prompt: part("prompt")?, ty }
        }
        "wait" => {
            let (work, gives) = wait(with, context, names, findings)?;
            outputs = gives.unwrap_or(outputs);
            work
        }
        "assert" => {
            let that = condition(with.get("that")?, names, findings, "`that`")?;
            Work::Assert { that, message: part("message") }
        }
        "fail" => {
            let node = Node::Literal(false.into());
            let that = Expr { source: "false".to_owned(), node };
            Work::Assert { that, message: Some(part("message")?) }
        }
        "log" => {
            let (values, told) = logged(with, names, findings)?;
            outputs = told;
            Work::Set { values }
        }
        _ => {
            if with.entries().is_empty() {
                let message = "`set` needs at least one value in `with`";
                findings
                    .error("missing_key", with.span, message)
                    .help("each key of `with` is an output: `with: { database: qa4 }`");
            }
            outputs = set_outputs(with, names);
            Work::Set { values: template(with) }
        }
    };
    let sound = findings.list.len() == errors;
    let not_by_starter = with.get("not_by").is_some();
    sound.then_some(Made { roles, not_by_starter, checklist, ..Made::of(work, outputs) })
}

/// The questions of a checklist, each behind the prompt where there is one.
fn questions(with: &Yaml, findings: &mut Findings) -> Option<Vec<(String, Template)>> {
    let prompt = with.get("prompt").map(template);
    let items = with.get("items")?;
    let mut questions = Vec::new();
    for entry in items.entries() {
        check_name(&entry.key, entry.key_span, "an item", findings);
        let item = template(&entry.value);
        let question = match &prompt {
            None => item,
            Some(prompt) => {
                let parts = [prompt.clone(), Template::Literal(": ".into()), item];
                Template::Text(parts.into_iter().flat_map(text_parts).collect())
            }
        };
        questions.push((entry.key.clone(), question));
    }
    if questions.is_empty() || questions.len() > ITEMS_MAX {
        let message = format!("a checklist has 1 to {ITEMS_MAX} items");
        findings.error("checklist", items.span, message);
        return None;
    }
    Some(questions)
}

fn text_parts(template: Template) -> Vec<TextPart> {
    match template {
        Template::Text(parts) => parts,
        Template::Expr(expr) => vec![TextPart::Expr(expr)],
        Template::Literal(value) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            vec![TextPart::Text(text)]
        }
        Template::List(_) | Template::Map(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::only_looks;
    use crate::diagnostic::Findings;
    use crate::source::SourceText;
    use std::sync::Arc;

    #[test]
    fn a_value_that_only_looks_is_told_from_one_that_may_not() {
        let schema = serde_json::json!({"properties": {
            "url": {"type": "string"},
            "method": {"type": "string", "default": "GET", "x-looks": ["GET", "HEAD"]},
        }});
        let looks = |with: &str| {
            let text = format!("uses: http.request\nwith: {with}\n");
            let source = Arc::new(SourceText::new("f.yaml", text));
            let tree = crate::yaml::parse(&mut Findings::new(source)).unwrap();
            only_looks(&schema, &tree)
        };
        assert!(looks("{ url: x }") && looks("{ url: x, method: HEAD }"));
        assert!(!looks("{ url: x, method: POST }"));
        assert!(!looks("{ url: x, method: \"${{ inputs.m }}\" }"), "it is not known yet");
        let other = serde_json::json!({"properties": {"url": {"default": "GET"}}});
        let source = Arc::new(SourceText::new("f.yaml", "uses: x\n"));
        let tree = crate::yaml::parse(&mut Findings::new(source)).unwrap();
        assert!(!only_looks(&other, &tree));
    }
}
