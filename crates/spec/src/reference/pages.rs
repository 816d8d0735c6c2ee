//! Pages for readers, in Markdown: the format of both files, and the actions of the catalog.

use crate::flow::builtins::builtins;
use crate::shape::{deref, environment_schema, workflow_schema};
use serde_json::Value;
use std::fmt::Write;
use windlass_model::expr::FUNCTIONS;
use windlass_model::expr::functions::Function;
use windlass_model::{ActionSpec, Catalog, EffectClass};

/// The reference of the format: every key of both files, the built-in steps, the names and
/// functions of expressions.
pub fn format_reference() -> String {
    let (workflow, environment) = (workflow_schema(), environment_schema());
    let mut out = String::from(
        "# The format\n\nGenerated from the types that read the files; do not edit.\n",
    );
    let tables: [(&str, &Value, &str); 9] = [
        ("A workflow file", workflow, ""),
        ("A step", workflow, "/$defs/StepFile"),
        ("An input", workflow, "/$defs/InputFile"),
        ("An invariant", workflow, "/$defs/InvariantFile"),
        ("`retry`", workflow, "/$defs/RetryFile"),
        ("`compensate` as a map", workflow, "/$defs/CompensateMap"),
        ("An effect", workflow, "/$defs/EffectFile"),
        ("An environment file", environment, ""),
        ("A resource of an environment", environment, "/$defs/ResourceFile"),
    ];
    for (title, root, path) in tables {
        let schema = root.pointer(path).unwrap_or(&Value::Null);
        // writing into a String cannot fail
        let _ = write!(out, "\n## {title}\n\n{}", note(schema));
        let _ = table(&mut out, root, schema);
    }
    out.push_str(
        "\nBeside these keys an environment file has a section for each provider that \
        its actions use.\n",
    );
    out.push_str("\n## Steps that windlass does by itself\n");
    for one in builtins() {
        let _ = write!(out, "\n### `{}`\n\n{}\n\n", one.kind, one.summary);
        let _ = table(&mut out, &one.input, &one.input);
        let _ = write!(out, "\n```yaml\n{}\n```\n", one.example);
    }
    expressions(&mut out);
    out
}

/// The reference of the actions, resource types and sections of a catalog.
pub fn actions_reference(catalog: &Catalog) -> String {
    let mut out = String::from("# Actions\n\nGenerated from the catalog; do not edit.\n");
    for action in catalog.actions.values() {
        let _ =
            write!(out, "\n## `{}`\n\n{}\n\n{}\n\n", action.kind, action.summary, traits(action));
        let _ = table(&mut out, &action.input, &action.input);
        let outputs = action.output.get("properties").and_then(Value::as_object);
        let outputs: Vec<String> =
            outputs.into_iter().flatten().map(|(name, _)| format!("`{name}`")).collect();
        if !outputs.is_empty() {
            let _ = write!(out, "\nOutputs: {}.\n", outputs.join(", "));
        }
        let _ = write!(out, "\n```yaml\n{}\n```\n", action.example.trim_end());
    }
    out.push_str("\n# Resource types\n");
    for resource in catalog.resources.values() {
        let _ = write!(
            out,
            "\n## `{}`\n\n{}\n\nIts binding in an environment file:\n\n",
            resource.kind, resource.summary
        );
        let _ = table(&mut out, &resource.binding, &resource.binding);
        out.push_str(
            "\nFields of the world, which invariants speak about:\n\n| field | type | \
            |\n|---|---|---|\n",
        );
        for (field, spec) in &resource.fields {
            let _ = writeln!(out, "| `{field}` | {} | {} |", spec.ty, cell(&spec.summary));
        }
    }
    out.push_str("\n# Sections of an environment file\n");
    for provider in catalog.providers.values() {
        let _ = write!(out, "\n## `{}`\n\n{}\n\n", provider.key, provider.summary);
        let _ = table(&mut out, &provider.settings, &provider.settings);
    }
    out
}

fn traits(action: &ActionSpec) -> String {
    let class = match action.traits.class {
        EffectClass::ReadOnly => "Changes nothing.",
        EffectClass::Reversible if action.traits.compensates => {
            "Changes the world, and can put it back."
        }
        EffectClass::Reversible => "Changes the world; nothing puts it back by itself.",
        EffectClass::Irreversible => "A point of no return.",
    };
    let captures =
        if action.traits.captures { " Reads what was there before it acts." } else { "" };
    format!("{class}{captures}")
}

fn note(schema: &Value) -> String {
    match schema.get("description").and_then(Value::as_str) {
        Some(note) => format!("{note}\n\n"),
        None => String::new(),
    }
}

fn table(out: &mut String, root: &Value, schema: &Value) -> std::fmt::Result {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return Ok(());
    };
    if properties.is_empty() {
        return Ok(());
    }
    let required = schema.get("required").and_then(Value::as_array);
    let needed = |key: &str| required.is_some_and(|all| all.iter().any(|one| one == key));
    writeln!(out, "| key | value | |\n|---|---|---|")?;
    for (key, property) in properties {
        let must = if needed(key) { " (needed)" } else { "" };
        let text = property.get("description").and_then(Value::as_str);
        let text = text.or(deref(root, property).get("description").and_then(Value::as_str));
        let text = cell(text.unwrap_or_default());
        writeln!(out, "| `{key}`{must} | {} | {text} |", cell(&value_words(root, property)))?;
    }
    Ok(())
}

/// What a key takes, in words.
fn value_words(root: &Value, schema: &Value) -> String {
    let schema = deref(root, schema);
    if let Some(branches) = schema.get("anyOf").or(schema.get("oneOf")).and_then(Value::as_array) {
        let words: Vec<String> = branches.iter().map(|branch| value_words(root, branch)).collect();
        return words.join(" or ");
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let words: Vec<String> = values.iter().map(word).collect();
        return words.join(", ");
    }
    if let Some(value) = schema.get("const") {
        return word(value);
    }
    let within = |key: &str| schema.get(key).filter(|inner| inner.is_object());
    match schema.get("type").and_then(Value::as_str) {
        Some("string")
            if schema.get("pattern").is_some_and(|p| p == crate::keys::DURATION_PATTERN) =>
        {
            "span of time".to_owned()
        }
        Some("string") => "text".to_owned(),
        Some("integer") => "whole number".to_owned(),
        Some("number") => "number".to_owned(),
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("array") => match within("items") {
            Some(items) => format!("list of {}", value_words(root, items)),
            None => "list".to_owned(),
        },
        Some("object") => match within("additionalProperties") {
            Some(values) => format!("map of {}", value_words(root, values)),
            None => schema.get("title").and_then(Value::as_str).unwrap_or("map").to_owned(),
        },
        _ => "any value".to_owned(),
    }
}

fn word(value: &Value) -> String {
    format!("`{}`", crate::shape::words::bare(value))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// What an expression may name, and what it is.
const NAMES: &[(&str, &str)] = &[
    ("inputs.NAME", "an input"),
    ("env.NAME", "a value of the environment file"),
    ("env.secrets.NAME", "a reference to a secret, as a whole value only"),
    ("resources.NAME", "a resource's name"),
    ("resources.NAME.KEY", "a key of its binding; in an invariant a field of the world"),
    ("steps.ID.outputs.NAME", "an output of a step that is finished before"),
    ("steps.ID.outputs.ELEMENT.NAME", "the same of one element of a `for_each`"),
    ("item", "the element of `for_each`; in an invariant the resource's fields of the world"),
    ("run.id", "the run's name"),
    ("run.date", "its first day in the environment's zone"),
    ("run.workflow", "the workflow's name"),
    ("run.environment", "the environment's name"),
    ("outputs", "the step's own, in `verify` and `compensate`"),
];

const LANGUAGE: &str = "
## Expressions

CEL: `==`, `!=`, `<`, `<=`, `>`, `>=`, `&&`, `||`, `!`, `+`, `-`, `*`, `/`, `%`, `in`,
`a ? b : c`, lists, maps, `list.all(x, …)`, `.exists`, `.exists_one`, `.filter`, `.map`, and
`has(path)`. No clock, no randomness. In a text: `${{ … }}`; `if`, `never`, `always`, `verify`,
`requires`, `only_if` and `that` are expressions without the wrapper.

| name | |
|---|---|
";

fn expressions(out: &mut String) {
    out.push_str(LANGUAGE);
    for (name, meaning) in NAMES {
        let _ = writeln!(out, "| `{name}` | {meaning} |");
    }
    out.push_str("\n| function | |\n|---|---|\n");
    for function in FUNCTIONS {
        let _ = writeln!(out, "| `{}` | {} |", form(function), cell(function.summary));
    }
}

fn form(function: &Function) -> String {
    let args = vec!["…"; function.args.len()].join(", ");
    match function.receiver {
        Some(_) => format!("value.{}({args})", function.name),
        None => format!("{}({args})", function.name),
    }
}
