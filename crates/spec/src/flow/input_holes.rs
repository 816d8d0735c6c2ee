//! Holes in an action's input: the expression's type against the input's schema, and names of
//! resources.

use super::compile::{expression, unclosed};
use super::context::Context;
use crate::cel::{Hole, Names, Ty, holes_of};
use crate::diagnostic::Findings;
use crate::nearest::did_you_mean;
use crate::shape::Holes;
use crate::source::Span;
use crate::yaml::{Yaml, place_in};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;

/// The key of a schema that says which type of resource a text names.
const RESOURCE: &str = "x-resource";

/// Checks the holes of an input.
pub struct InputHoles<'a> {
    /// The schema that types of the input refer to.
    pub root: &'a Value,
    /// What expressions may name.
    pub names: &'a Names,
    /// Declared resources by name, with their types.
    pub resources: &'a BTreeMap<String, String>,
    /// Places of texts that name a resource of a workflow that is called: the caller says which of
    /// its own that is.
    pub named: Vec<Span>,
    called: bool,
}

impl<'a> InputHoles<'a> {
    /// Holes of an input of this schema, with these names.
    pub fn new(root: &'a Value, names: &'a Names, context: &'a Context<'_>) -> Self {
        let (resources, called) = (&context.resources, context.called);
        Self { root, names, resources, named: Vec::new(), called }
    }
}

impl Holes for InputHoles<'_> {
    fn hole(&mut self, text: &Yaml, schema: &Value, findings: &mut Findings) -> bool {
        let value = text.text().unwrap_or_default();
        let parts = match holes_of(value) {
            Ok(parts) => parts,
            Err(open) => {
                unclosed(text, open, findings);
                return true;
            }
        };
        let wanted = Ty::of_schema(self.root, schema, "the input");
        if let [Hole::Hole(at)] = parts.as_slice() {
            let source = &value[at.clone()];
            if let Some((_, ty)) = expression(text, at.start, source, self.names, findings) {
                let span = hole_span(text, at, findings);
                self.whole(&wanted, &ty, schema, span, findings);
            }
            return true;
        }
        for part in &parts {
            let Hole::Hole(at) = part else { continue };
            let source = &value[at.clone()];
            let Some((_, ty)) = expression(text, at.start, source, self.names, findings) else {
                continue;
            };
            let span = hole_span(text, at, findings);
            if ty == Ty::Secret {
                let message = "a secret cannot be put into a text";
                let help = "give it alone, as the whole value";
                findings.error("secret_in_text", span, message).help(help);
            } else if !ty.is(windlass_model::expr::Kind::Scalar) {
                let message = format!("{} cannot be put into a text", ty.name());
                findings.error("expression_type", span, message);
            }
        }
        if !wanted.accepts(&Ty::String) {
            let message =
                format!("this must be {}, but a text around `${{{{ }}}}` is a text", wanted.name());
            let help = "make the whole value one `${{ … }}`";
            findings.error("expression_type", text.span, message).help(help);
        }
        true
    }

    fn literal(&mut self, text: &Yaml, schema: &Value, findings: &mut Findings) {
        if let (Some(kind), Some(name)) =
            (schema.get(RESOURCE).and_then(Value::as_str), text.text())
        {
            self.resource(name, kind, text.span, findings);
            if self.called && self.resources.contains_key(name) {
                self.named.push(text.span);
            }
        }
    }
}

/// The expression of a hole without the blanks around it.
fn hole_span(text: &Yaml, hole: &Range<usize>, findings: &Findings) -> Span {
    let inner = text.text().and_then(|text| text.get(hole.clone())).unwrap_or_default();
    let start = hole.start + inner.len() - inner.trim_start().len();
    place_in(&findings.source, text, start, start + inner.trim().len())
}

impl InputHoles<'_> {
    fn whole(&self, wanted: &Ty, ty: &Ty, schema: &Value, span: Span, findings: &mut Findings) {
        if !wanted.accepts(ty) {
            let message =
                format!("this must be {}, but the expression is {}", wanted.name(), ty.name());
            let help = match (wanted, ty) {
                (Ty::String, Ty::Int | Ty::Double | Ty::Bool) => "write `string(…)` around it",
                (Ty::Int, Ty::String | Ty::Words(_)) => "write `int(…)` around it",
                _ => "",
            };
            findings.error("expression_type", span, message).help(help);
        }
        if let (Some(kind), Ty::Words(words)) = (schema.get(RESOURCE).and_then(Value::as_str), ty) {
            for word in words {
                self.resource(word, kind, span, findings);
            }
        }
    }

    fn resource(&self, name: &str, kind: &str, span: Span, findings: &mut Findings) {
        match self.resources.get(name) {
            Some(found) if found == kind || kind.is_empty() => {}
            Some(found) => {
                let message =
                    format!("`{name}` is a resource of type `{found}`; `{kind}` is needed here");
                let fitting = self.resources.iter().filter(|(_, other)| *other == kind);
                let fitting: Vec<&str> = fitting.map(|(name, _)| name.as_str()).collect();
                findings.error("wrong_resource", span, message).help(did_you_mean(name, fitting));
            }
            None => {
                let message = format!("there is no resource called `{name}`");
                let known: Vec<&str> = self.resources.keys().map(String::as_str).collect();
                let near = crate::nearest::nearest(name, known.iter().copied());
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("declare it on top: `resources: {{ {name}: {kind} }}`"),
                };
                findings.error("unknown_resource", span, message).help(help);
            }
        }
    }
}
