//! Expressions and templates of a file into the model's, with findings in their places.

use crate::cel::template::Unclosed;
use crate::cel::{Hole, Inference, Names, Parsed, Trouble, Ty, holes_of, parse};
use crate::diagnostic::Findings;
use crate::source::Span;
use crate::yaml::{Yaml, YamlKind, place_in};
use serde_json::Value;
use windlass_model::expr::{Expr, Node, Template, TextPart};

/// Deepest nesting of lists and maps around a hole: a stored workflow must be readable again, and
/// JSON readers stop at 128 levels, of which each of these takes three.
const TEMPLATE_DEPTH_MAX: usize = 8;

/// A condition: an expression without wrapper, or a plain truth value.
pub fn condition(yaml: &Yaml, names: &Names, findings: &mut Findings, what: &str) -> Option<Expr> {
    let text = match &yaml.kind {
        YamlKind::Bool(truth) => {
            let node = Node::Literal(Value::Bool(*truth));
            return Some(Expr { source: truth.to_string(), node });
        }
        YamlKind::Text(text) => text,
        _ => return None,
    };
    let (base, source) = unwrapped(yaml, text, findings, what);
    let (parsed, ty) = expression(yaml, base, source, names, findings)?;
    if !Ty::Bool.accepts(&ty) {
        let message = format!("{what} must be a truth value, but this is {}", ty.name());
        let at = place_in(&findings.source, yaml, base, base + source.len());
        let help = "compare it with something: `… == 'x'`";
        findings.error("expression_type", at, message).help(help);
        return None;
    }
    Some(parsed.expr)
}

/// The expression without a wrapper that is not needed, and where it begins.
fn unwrapped<'t>(
    yaml: &Yaml,
    text: &'t str,
    findings: &mut Findings,
    what: &str,
) -> (usize, &'t str) {
    if let Ok(parts) = holes_of(text.trim_end())
        && let [Hole::Hole(at)] = parts.as_slice()
    {
        let message = format!("{what} is an expression already");
        findings.warning("wrapper", yaml.span, message).help("drop `${{` and `}}`");
        return (at.start, &text[at.clone()]);
    }
    (0, text)
}

/// An expression at a place within a text, with its type.
pub fn expression(
    yaml: &Yaml,
    base: usize,
    source: &str,
    names: &Names,
    findings: &mut Findings,
) -> Option<(Parsed, Ty)> {
    match parse(source) {
        Ok(mut parsed) => {
            let (ty, troubles) = Inference::run(&parsed, names);
            let sound = troubles.is_empty();
            for trouble in troubles {
                report(yaml, base, trouble, findings);
            }
            parsed.expr.source = source.trim().to_owned();
            sound.then_some((parsed, ty))
        }
        Err(trouble) => {
            report(yaml, base, trouble, findings);
            None
        }
    }
}

fn report(yaml: &Yaml, base: usize, trouble: Trouble, findings: &mut Findings) {
    let at = place_in(&findings.source, yaml, base + trouble.at.start, base + trouble.at.end);
    findings.error(trouble.code, at, trouble.message).help(trouble.help);
}

/// Reports a hole that is never closed.
pub fn unclosed(yaml: &Yaml, Unclosed(at): Unclosed, findings: &mut Findings) {
    let at = place_in(&findings.source, yaml, at, at + 3);
    findings.error("unclosed", at, "this `${{` is never closed").help("write `}}` behind it");
}

/// A value with holes, in which the texts at `named` are names of resources of the file.
pub fn template_naming(yaml: &Yaml, named: &[Span]) -> Template {
    if named.is_empty() {
        return template(yaml);
    }
    match &yaml.kind {
        YamlKind::Text(text) if named.contains(&yaml.span) => {
            let of = Box::new(Node::Name("resources".to_owned()));
            let node = Node::Select { of, field: text.clone() };
            Template::Expr(Expr { source: format!("resources.{text}"), node })
        }
        YamlKind::List(elements) => {
            let elements = elements.iter().map(|element| template_naming(element, named));
            Template::List(elements.collect())
        }
        YamlKind::Map(entries) => Template::Map(
            entries
                .iter()
                .map(|entry| (entry.key.clone(), template_naming(&entry.value, named)))
                .collect(),
        ),
        _ => template(yaml),
    }
}

/// A value with holes. Its expressions have been checked before: what does not parse is left out
/// silently.
pub fn template(yaml: &Yaml) -> Template {
    match &yaml.kind {
        YamlKind::Text(text) if text.contains("${{") => text_template(text),
        YamlKind::List(elements) if has_hole(yaml) => {
            Template::List(elements.iter().map(template).collect())
        }
        YamlKind::Map(entries) if has_hole(yaml) => Template::Map(
            entries.iter().map(|entry| (entry.key.clone(), template(&entry.value))).collect(),
        ),
        _ => Template::Literal(yaml.to_value()),
    }
}

fn text_template(text: &str) -> Template {
    let Ok(parts) = holes_of(text) else { return Template::Literal(Value::from(text)) };
    let compiled = |source: &str| {
        let mut expr = parse(source).ok()?.expr;
        expr.source = source.trim().to_owned();
        Some(expr)
    };
    if let [Hole::Hole(at)] = parts.as_slice() {
        return compiled(&text[at.clone()])
            .map_or_else(|| Template::Literal(Value::from(text)), Template::Expr);
    }
    let parts = parts.into_iter().filter_map(|part| match part {
        Hole::Text(text) => Some(TextPart::Text(text)),
        Hole::Hole(at) => compiled(&text[at]).map(TextPart::Expr),
    });
    Template::Text(parts.collect())
}

/// Whether a text below holds `${{`.
pub fn has_hole(yaml: &Yaml) -> bool {
    match &yaml.kind {
        YamlKind::Text(text) => text.contains("${{"),
        YamlKind::List(elements) => elements.iter().any(has_hole),
        YamlKind::Map(entries) => entries.iter().any(|entry| has_hole(&entry.value)),
        _ => false,
    }
}

/// Refuses holes below the depth that can be stored.
pub fn refuse_deep_holes(yaml: &Yaml, depth: usize, findings: &mut Findings) {
    if depth > TEMPLATE_DEPTH_MAX && has_hole(yaml) {
        let message = format!("`${{{{` stands more than {TEMPLATE_DEPTH_MAX} levels deep here");
        let help = "compute the value in a `set` step before, and name it whole";
        findings.error("template_depth", yaml.span, message).help(help);
        return;
    }
    yaml.elements().iter().for_each(|element| refuse_deep_holes(element, depth + 1, findings));
    yaml.entries().iter().for_each(|entry| refuse_deep_holes(&entry.value, depth + 1, findings));
}

/// Refuses `${{ }}` where a text is taken as it stands.
pub fn refuse_holes(yaml: &Yaml, message: &str, help: &str, findings: &mut Findings) {
    let Some(text) = yaml.text() else { return };
    for (at, _) in text.match_indices("${{") {
        let span: Span = place_in(&findings.source, yaml, at, at + 3);
        findings.error("hole_here", span, message).help(help);
    }
}
