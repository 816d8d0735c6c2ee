//! The pages of the actions for readers, in Markdown: an index, a page for each system, and one of
//! the resource types and the sections of an environment file.

use super::tables::{cell, table};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use windlass_model::{ActionSpec, Catalog, EffectClass};

/// A page: the name of its file and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The file's name.
    pub file: String,
    /// Its text.
    pub text: String,
}

const GENERATED: &str = "Generated from the catalog; do not edit.\n";

/// All pages, the index first.
pub fn action_pages(catalog: &Catalog) -> Vec<Page> {
    let mut systems: BTreeMap<&str, Vec<&ActionSpec>> = BTreeMap::new();
    for action in catalog.actions.values() {
        systems.entry(system(&action.kind)).or_default().push(action);
    }
    let mut pages = vec![
        Page { file: "README.md".to_owned(), text: index(&systems) },
        Page { file: "resources.md".to_owned(), text: resources(catalog) },
    ];
    for (name, actions) in systems {
        let mut text = format!("# `{name}`\n\n{GENERATED}");
        actions.iter().for_each(|action| text.push_str(&section(action)));
        pages.push(Page { file: file(name), text });
    }
    pages
}

/// The system that an action belongs to: all of its kind but the verb.
pub fn system(kind: &str) -> &str {
    kind.rsplit_once('.').map_or(kind, |(system, _)| system)
}

fn file(system: &str) -> String {
    format!("{system}.md")
}

fn index(systems: &BTreeMap<&str, Vec<&ActionSpec>>) -> String {
    let mut out = format!(
        "# Actions\n\n{GENERATED}\nWhat `uses:` can say beside the steps that windlass does by \
         itself ([the format](../format.md)). The resource types that they name, and the sections \
         of an environment file, have [a page of their own](resources.md).\n"
    );
    for (name, actions) in systems {
        let _ = write!(out, "\n## [`{name}`]({})\n\n| action | | |\n|---|---|---|\n", file(name));
        for action in actions {
            let first = action.summary.split_inclusive(". ").next().unwrap_or_default().trim();
            let class = class_words(action);
            let _ = writeln!(out, "| `{}` | {} | {class} |", action.kind, cell(first));
        }
    }
    out
}

fn section(action: &ActionSpec) -> String {
    // writing into a String cannot fail
    let mut out = format!("\n## `{}`\n\n{}\n\n", action.kind, action.summary);
    let guide = &action.guide;
    let permissions = match guide.permissions.is_empty() {
        true => "none".to_owned(),
        false => guide.permissions.join("; "),
    };
    let lines = [
        ("Effect", class_words(action)),
        ("Reads before it acts", guide.captures.as_str()),
        ("In doubt", guide.doubt.as_str()),
        ("Undo", guide.undo.as_str()),
        ("Needs", permissions.as_str()),
    ];
    for (label, text) in lines {
        let _ = writeln!(out, "- {label}: {text}.");
    }
    out.push('\n');
    let _ = table(&mut out, &action.input, &action.input);
    let outputs = action.output.get("properties").and_then(Value::as_object);
    if outputs.is_some_and(|outputs| !outputs.is_empty()) {
        out.push_str("\nOutputs:\n\n");
        let _ = table(&mut out, &action.output, &action.output);
    }
    let _ = write!(out, "\n```yaml\n{}\n```\n", action.example.trim_end());
    out
}

fn class_words(action: &ActionSpec) -> &'static str {
    match action.traits.class {
        EffectClass::ReadOnly => "changes nothing",
        EffectClass::Reversible if action.traits.compensates => {
            "changes the world, and can put it back"
        }
        EffectClass::Reversible => "changes the world; nothing puts it back by itself",
        EffectClass::Irreversible => "a point of no return",
    }
}

fn resources(catalog: &Catalog) -> String {
    let mut out = format!("# Resource types and sections\n\n{GENERATED}\n# Resource types\n");
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
