//! Values that a step computes, `set` and `log`, and their types. It must not know other steps.

use super::compile::{has_hole, template};
use super::lenient::check_name;
use crate::cel::{Hole, Inference, Names, Ty, holes_of, parse};
use crate::diagnostic::Findings;
use crate::yaml::Yaml;
use windlass_model::expr::Template;

/// The message of `log` and the values beside it, with their types.
pub fn logged(with: &Yaml, names: &Names, findings: &mut Findings) -> Option<(Template, Ty)> {
    let message = with.get("message")?;
    let mut entries = vec![("message".to_owned(), template(message))];
    let mut types = vec![("message".to_owned(), Ty::String)];
    let values = with.get("values").map(Yaml::entries).unwrap_or_default();
    for entry in values {
        check_name(&entry.key, entry.key_span, "a value", findings);
        if entry.key == "message" {
            let help = "give it another name: both are outputs of the step";
            findings.error("duplicate_name", entry.key_span, "a value is no message").help(help);
        }
        entries.push((entry.key.clone(), template(&entry.value)));
        types.push((entry.key.clone(), value_type(&entry.value, names)));
    }
    for yaml in values.iter().map(|entry| &entry.value).chain([message]) {
        if value_type(yaml, names) == Ty::Secret {
            let help = "a history is read by many: name it, and leave its value out";
            findings.error("secret_in_text", yaml.span, "a secret cannot be logged").help(help);
        }
    }
    Some((Template::Map(entries), Ty::record("what was logged", types)))
}

/// The outputs of `set`: its keys, with the types of their expressions.
pub fn set_outputs(with: &Yaml, names: &Names) -> Ty {
    let fields =
        with.entries().iter().map(|entry| (entry.key.clone(), value_type(&entry.value, names)));
    Ty::record("the outputs of `set`", fields)
}

/// The type of a value with holes.
pub fn value_type(yaml: &Yaml, names: &Names) -> Ty {
    let Some(text) = yaml.text().filter(|text| text.contains("${{")) else {
        return if has_hole(yaml) { Ty::Any } else { Ty::of_value(&yaml.to_value()) };
    };
    match holes_of(text).as_deref() {
        Ok([Hole::Hole(at)]) => {
            parse(&text[at.clone()]).map_or(Ty::Any, |parsed| Inference::run(&parsed, names).0)
        }
        _ => Ty::String,
    }
}
