//! What a pipeline of Azure DevOps declares above its steps: parameters, variables, and what a
//! workflow never needs.

use super::flow::Flow;
use super::scope::Ty;
use crate::draft::{Said, Value};
use crate::secrecy::sounds_secret;
use crate::tree::{Kind, Node};

/// What a pipeline has and a workflow never needs, with why.
const OUTSIDE: [(&str, &str); 8] = [
    ("trigger", "what starts it: somebody or a timer says `windlass start`"),
    ("pr", "what starts it: windlass releases, and does not check pull requests"),
    ("schedules", "when it starts: a timer of the system says `windlass start`"),
    ("resources", "what it downloads: steps find builds by themselves"),
    ("pool", "where it runs: everything runs where windlass runs"),
    ("container", "where it runs: everything runs where windlass runs"),
    ("services", "what runs beside it: start it in a step"),
    ("lockBehavior", "the order of runs: the key `environment` of a workflow is its lock"),
];

/// Says what stands beside the work, each with why. Where it runs is said once.
pub fn outside(flow: &mut Flow, node: &Node, pooled: &mut bool) {
    for (key, why) in OUTSIDE {
        let Some(value) = node.get(key) else { continue };
        if key == "pool" && std::mem::replace(pooled, true) {
            continue;
        }
        flow.head(Said::not_mapped(format!("`{key}`: {why}"), value.line));
    }
}

/// Declares the parameters as inputs.
pub fn parameters(flow: &mut Flow, tree: &Node) {
    for one in tree.get("parameters").map(Node::elements).unwrap_or_default() {
        let Some(name) = one.text_of("name") else { continue };
        let (ty, word) = match one.text_of("type") {
            Some("boolean") => (Ty::Bool, "bool"),
            Some("number") => (Ty::Number, "number"),
            Some("string") | None => (Ty::Text, "string"),
            Some(other) => {
                let why = format!("the parameter `{name}` of type {other}");
                flow.head(Said::not_mapped(why, one.line));
                continue;
            }
        };
        let mut keys = vec![("type".to_owned(), Value::raw(word))];
        if let Some(default) = one.text_of("default") {
            keys.push(("default".to_owned(), typed(default, ty)));
        }
        if let Some(said) = one.text_of("displayName") {
            keys.push(("description".to_owned(), Value::raw(said)));
        }
        let options: Vec<Value> =
            one.texts_of("values").iter().map(|option| typed(option, ty)).collect();
        if !options.is_empty() && ty == Ty::Text {
            keys.push(("options".to_owned(), Value::List(options)));
        }
        flow.scope.declare(name, ty, keys, Vec::new());
    }
}

/// Takes the variables; a value that sounds secret is only named.
pub fn variables(flow: &mut Flow, node: &Node) {
    let Some(variables) = node.get("variables") else { return };
    let mut pairs: Vec<(String, String, usize)> = Vec::new();
    for (name, value) in variables.entries() {
        if let Some(text) = value.text() {
            pairs.push((name.clone(), text.to_owned(), value.line));
        }
    }
    if let Kind::List(elements) = &variables.kind {
        for one in elements {
            if let Some(group) = one.text_of("group") {
                let why = format!(
                    "the variable group `{group}`: its values belong into the environment file"
                );
                flow.head(Said::not_mapped(why, one.line));
            } else if let Some(template) = one.text_of("template") {
                let why = format!("the variables of `{template}`");
                flow.head(Said::not_mapped(why, one.line));
            } else if let Some(name) = one.text_of("name") {
                let value = one.text_of("value").unwrap_or_default();
                pairs.push((name.to_owned(), value.to_owned(), one.line));
            }
        }
    }
    for (name, value, line) in pairs {
        let low = name.to_lowercase();
        if value.trim_start().starts_with("$[") {
            let why = format!("`{name}` is worked out while the pipeline runs: {value}");
            flow.head(Said::not_mapped(why, line));
            continue;
        }
        if sounds_secret(&low) {
            flow.scope.secrets.insert(low);
            if !value.contains('$') && !value.is_empty() {
                let why = format!("the value of `{name}`: it sounds secret and is not copied");
                flow.head(Said::not_mapped(why, line));
            }
        } else {
            let shown = name.to_uppercase().replace(['.', ' '], "_");
            flow.scope.exported.insert(shown, value.clone());
            flow.scope.variables.insert(low, value);
        }
    }
}

/// A default or an option as its type has it.
fn typed(text: &str, ty: Ty) -> Value {
    match ty {
        Ty::Bool => Value::Bool(text.eq_ignore_ascii_case("true")),
        Ty::Number => text.parse().map_or_else(|_| Value::plain(text), Value::Int),
        _ => Value::plain(text),
    }
}
