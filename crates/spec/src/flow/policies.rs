//! The policies around a step: when, how often, how long, and what undoes it.

use super::clear_secrets::refuse_clear_secrets;
use super::compile::{condition, template, template_naming};
use super::context::Context;
use super::gates::{gate, refuse_twice};
use super::input_holes::InputHoles;
use super::paths::in_folder;
use super::way_out::way_out;
use crate::cel::{Names, Ty};
use crate::diagnostic::Findings;
use crate::keys::step::CompensateWord;
use crate::keys::{CompensateFile, StepFile, parse_duration};
use crate::nearest::did_you_mean;
use crate::shape::Checker;
use crate::source::Span;
use crate::yaml::{Yaml, YamlKind};
use serde_json::Value;
use windlass_model::catalog::{ActionTraits, PLUGIN_PREFIX, plugin_of};
use windlass_model::expr::Template;
use windlass_model::step::{Compensate, DeclaredEffect, Retry, StepDef};
use windlass_model::{EffectClass, Millis};

/// The action that runs scripts.
pub const SHELL: &str = "shell";

/// Fills in everything about a step but its work.
pub fn apply(
    def: &mut StepDef,
    step: &Yaml,
    raw: &StepFile,
    context: &Context<'_>,
    (names, outputs): (&Names, &Ty),
    findings: &mut Findings,
) {
    let own = names.clone().with("outputs", outputs.clone());
    let when = |key: &str, names: &Names, findings: &mut Findings| {
        step.get(key).and_then(|yaml| condition(yaml, names, findings, &format!("`{key}`")))
    };
    def.condition = when("if", names, findings);
    def.requires = when("requires", names, findings);
    def.verify = when("verify", &own, findings);
    def.gate = gate(step, context, names, findings);
    def.timeout_ms = span_of(step, "timeout", raw.timeout.as_deref(), findings);
    def.on_timeout = raw.on_timeout.unwrap_or_default();
    def.on_in_doubt = raw.on_in_doubt.unwrap_or_default();
    def.irreversible |= raw.irreversible.unwrap_or_default();
    if let Some(roles) = &raw.roles {
        def.roles.extend(roles.all().iter().cloned());
    }
    if let Some(yaml) = step.get("retry") {
        def.retry = retry(yaml, raw, findings);
    }
    def.compensate = compensate(step, raw, context, &own, findings);
    def.effects = effects(step, context, names, findings);
}

/// Says what stands in the way of undoing a step whose work is known.
pub fn warn(def: &StepDef, step: &Yaml, findings: &mut Findings) {
    refuse_twice(def, step, findings);
    let Some(traits) = traits_of(def) else {
        if step.get("compensate").is_some() {
            let message = "this step does nothing that could be undone";
            findings
                .error("no_effect", step.span_of("compensate"), message)
                .help("remove `compensate`");
        }
        return;
    };
    if def.irreversible && def.requires.is_none() {
        let message =
            format!("`{}` cannot be undone, and asks for no proof before it starts", def.id);
        findings
            .warning("irreversible", step.span_of("uses"), message)
            .help("add `requires:`, an expression over outputs of steps before it");
    }
    put_back(def, traits, step, findings);
}

/// What changes the world is put back by something, or the file says why it stays (D10). What a
/// script does is not known, unless it declares effects.
fn put_back(def: &StepDef, traits: &ActionTraits, step: &Yaml, findings: &mut Findings) {
    let unknown = step.get("run").is_some() && def.effects.is_empty();
    if traits.class != EffectClass::Reversible || def.irreversible || unknown {
        return;
    }
    let help =
        "write `compensate: { uses: none, reason: … }` if that is right, else name an action";
    match &def.compensate {
        Compensate::Auto | Compensate::AutoIf { .. } if !traits.compensates => {
            let key = ["compensate", "uses", "run"].into_iter().find(|key| step.get(key).is_some());
            let message = format!("nothing undoes `{}`", def.id);
            findings.error("not_undone", step.span_of(key.unwrap_or("id")), message).help(help);
        }
        Compensate::None { reason, .. }
            if reason.as_ref().is_none_or(|why| why.trim().is_empty()) =>
        {
            let message = format!("`{}` stays as it is, and nothing says why", def.id);
            findings.error("no_reason", step.span_of("compensate"), message).help(help);
        }
        _ => {}
    }
}

fn traits_of(def: &StepDef) -> Option<&ActionTraits> {
    match &def.work {
        windlass_model::Work::Action { traits, .. } => Some(traits),
        _ => None,
    }
}

/// A span of time whose form was checked before; one that is too long is said here.
fn span_of(yaml: &Yaml, key: &str, text: Option<&str>, findings: &mut Findings) -> Option<Millis> {
    let text = text?;
    let span = parse_duration(text);
    if span.is_none()
        && regex::Regex::new(crate::keys::DURATION_PATTERN).is_ok_and(|r| r.is_match(text))
    {
        let message = format!("`{key}` is longer than a year");
        findings.error("out_of_range", yaml.span_of(key), message);
    }
    if span == Some(0) && key == "timeout" {
        let message = "`timeout` leaves no time at all";
        findings
            .error("out_of_range", yaml.span_of(key), message)
            .help("write a longer span, or remove it: then there is no limit");
    }
    span
}

fn retry(yaml: &Yaml, raw: &StepFile, findings: &mut Findings) -> Retry {
    let mut retry = Retry::default();
    let Some(file) = &raw.retry else { return retry };
    retry.max_attempts = file.max_attempts.unwrap_or(retry.max_attempts);
    retry.factor = file.factor.unwrap_or(retry.factor);
    if let Some(span) = span_of(yaml, "initial", file.initial.as_deref(), findings) {
        retry.initial_ms = span;
    }
    if let Some(span) = span_of(yaml, "max_delay", file.max_delay.as_deref(), findings) {
        retry.max_delay_ms = span;
    }
    if retry.max_delay_ms < retry.initial_ms {
        if yaml.get("max_delay").is_some() {
            let message = "`max_delay` is shorter than `initial`";
            findings.error("retry", yaml.span_of("max_delay"), message);
        }
        retry.max_delay_ms = retry.initial_ms;
    }
    retry
}

fn compensate(
    step: &Yaml,
    raw: &StepFile,
    context: &Context<'_>,
    own: &Names,
    findings: &mut Findings,
) -> Compensate {
    let (Some(yaml), Some(file)) = (step.get("compensate"), &raw.compensate) else {
        return Compensate::Auto;
    };
    let map = match file {
        CompensateFile::Word(CompensateWord::Auto) => return Compensate::Auto,
        CompensateFile::Word(CompensateWord::None) => {
            return Compensate::None { reason: None, way_back: None, way_on: None };
        }
        CompensateFile::Map(map) => map,
    };
    let guard = yaml.get("only_if").and_then(|guard| condition(guard, own, findings, "`only_if`"));
    let uses = map.uses.as_deref().unwrap_or("auto");
    if matches!(uses, "auto" | "none") && yaml.get("with").is_some() {
        let message = format!("`compensate: {uses}` takes no input");
        findings
            .error("unknown_key", yaml.span_of("with"), message)
            .help("name an action in `uses`, or remove `with`");
    }
    if uses != "none" && map.reason.is_some() {
        let message = "`reason` says why nothing is undone";
        findings
            .error("unknown_key", yaml.span_of("reason"), message)
            .help("write `uses: none` beside it, or remove it");
    }
    let ways = [("way_back", map.way_back.is_some()), ("way_on", map.way_on.is_some())];
    for (key, _) in ways.into_iter().filter(|(_, given)| *given && uses != "none") {
        let message = format!("`{key}` leads out of what nothing undoes");
        findings
            .error("unknown_key", yaml.span_of(key), message)
            .help("write `uses: none` beside it, or remove it");
    }
    let mut way = |key| yaml.get(key).and_then(|it| way_out(it, context, own, findings));
    match (uses, guard) {
        ("none", _) => Compensate::None {
            reason: map.reason.clone(),
            way_back: way("way_back"),
            way_on: way("way_on"),
        },
        ("auto", Some(only_if)) => Compensate::AutoIf { only_if },
        ("auto", None) => Compensate::Auto,
        (kind, only_if) => {
            let at = yaml.span_of("uses");
            match action_input(kind, yaml.get("with"), at, context, own, findings) {
                Some((with, traits)) => {
                    Compensate::Custom { uses: kind.to_owned(), with, traits, only_if }
                }
                None => Compensate::Auto,
            }
        }
    }
}

/// An action of the catalog with its input checked.
pub fn action_input(
    kind: &str,
    with: Option<&Yaml>,
    at: Span,
    context: &Context<'_>,
    names: &Names,
    findings: &mut Findings,
) -> Option<(Template, ActionTraits)> {
    let Some(spec) = context.catalog.actions.get(kind) else {
        unknown_action(kind, at, context, &[], findings);
        return None;
    };
    let empty = Yaml { kind: YamlKind::Map(Vec::new()), span: at };
    let with = with.unwrap_or(&empty);
    let what = format!("the input of `{kind}`");
    let mut holes = InputHoles::new(&spec.input, names, context);
    let schema = titled(&spec.input, &what);
    Checker { root: &spec.input, holes: &mut holes, findings }.check(with, &schema, &what);
    super::compile::refuse_deep_holes(with, 0, findings);
    let mut named = context.secrets.clone();
    if !context.knows_secrets {
        named.extend(names_of_secrets(with, &spec.input));
    }
    refuse_clear_secrets(with, "with", &named, findings);
    let made = template_naming(with, &holes.named);
    Some((in_folder(made, &spec.input, &context.folder), spec.traits.clone()))
}

/// What may be names of secrets that nobody knows yet: what has the form of one, where one belongs.
fn names_of_secrets(with: &Yaml, schema: &Value) -> Vec<String> {
    let fields = schema["properties"].as_object().into_iter().flatten();
    let secret = fields.filter(|(_, field)| field.get("x-secret").is_some());
    let texts = secret.filter_map(|(name, _)| with.get(name)?.text());
    let is_name = |text: &&str| text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    texts.filter(is_name).map(str::to_owned).collect()
}

/// Says that nothing is called so. `own` are kinds that can stand there beside the catalog's.
pub fn unknown_action(
    kind: &str,
    at: Span,
    context: &Context<'_>,
    own: &[&str],
    findings: &mut Findings,
) {
    let known = context.catalog.actions.keys().map(String::as_str);
    let known: Vec<&str> = known.chain(own.iter().copied()).collect();
    let Some((plugin, _)) = plugin_of(kind) else {
        findings
            .error("unknown_action", at, format!("there is no action `{kind}`"))
            .help(did_you_mean(kind, known))
            .help("`windlass actions` lists all of them");
        return;
    };
    let program = format!("{PLUGIN_PREFIX}{plugin}");
    let why = context.catalog.refused.get(kind);
    let missing = format!("`{kind}` needs the plug-in `{plugin}`, which is not there");
    let found = findings.error("no_plugin", at, why.cloned().unwrap_or(missing));
    found.wants = Some(kind.to_owned());
    if let Some(near) = crate::nearest::nearest(kind, known) {
        found.help(format!("did you mean `{near}`?"));
    }
    if why.is_none() {
        found.help(format!("put its program `{program}` into a folder of the PATH"));
    }
}

/// A schema under the name that messages use.
fn titled(schema: &Value, what: &str) -> Value {
    let mut schema = schema.clone();
    if let Value::Object(map) = &mut schema {
        map.insert("title".to_owned(), Value::from(what));
    }
    schema
}

fn effects(
    step: &Yaml,
    context: &Context<'_>,
    names: &Names,
    findings: &mut Findings,
) -> Vec<DeclaredEffect> {
    let Some(list) = step.get("effects") else { return Vec::new() };
    let text = serde_json::json!({ "type": "string", "x-resource": "" });
    let anything = Value::Bool(true);
    let mut effects = Vec::new();
    for yaml in list.elements() {
        let (Some(resource), Some(field)) =
            (yaml.get("resource"), yaml.get("field").and_then(Yaml::text))
        else {
            continue;
        };
        let mut holes = InputHoles::new(&anything, names, context);
        let mut checker = Checker { root: &anything, holes: &mut holes, findings };
        checker.check(resource, &text, "`resource`");
        if let Some(value) = yaml.get("value") {
            checker.check(value, &anything, "`value`");
        }
        let named = holes.named;
        known_field(resource, field, yaml.span_of("field"), context, findings);
        effects.push(DeclaredEffect {
            resource: template_naming(resource, &named),
            field: field.to_owned(),
            value: yaml.get("value").map(template),
        });
    }
    effects
}

fn known_field(
    resource: &Yaml,
    field: &str,
    at: Span,
    context: &Context<'_>,
    findings: &mut Findings,
) {
    let kind = resource.text().and_then(|name| context.resources.get(name));
    let Some(spec) = kind.and_then(|kind| context.catalog.resources.get(kind)) else { return };
    if !spec.fields.contains_key(field) {
        let known: Vec<&str> = spec.fields.keys().map(String::as_str).collect();
        let message = format!("an `{}` has no field `{field}`", spec.kind);
        findings.error("unknown_field", at, message).help(did_you_mean(field, known));
    }
}
