//! A tree against a schema: the part of JSON Schema that our own schemas and the catalog's use.
//!
//! Types, properties, required, additionalProperties, items, enum, const, anyOf, oneOf, pattern,
//! minimum, maximum, minLength, minItems, maxItems, $ref, the format `uri`. Other keywords are
//! notes to editors.

use super::schema::deref;
use super::words::{bare, foreign_key, one_of, pattern_words, truth_word, type_words};
use crate::diagnostic::Findings;
use crate::keys::scalars::{NAME_PATTERN, as_name};
use crate::keys::step::KEYS_TO_COME;
use crate::nearest::{did_you_mean, nearest};
use crate::source::Span;
use crate::yaml::{Entry, Yaml, YamlKind};
use serde_json::Value;

/// What is done with texts that hold `${{ … }}`, and with names of resources.
pub trait Holes {
    /// Takes a text with a hole where `schema` is expected. False: treat it as any text.
    fn hole(&mut self, text: &Yaml, schema: &Value, findings: &mut Findings) -> bool;

    /// Sees each text without a hole, with its schema.
    fn literal(&mut self, text: &Yaml, schema: &Value, findings: &mut Findings);
}

/// What the names of credentials have in common, misspelt ones included.
const SECRET_STEMS: [&str; 7] = ["pas", "pwd", "secret", "token", "key", "cred", "sas"];

/// Where `${{` is just text.
pub struct NoHoles;

impl Holes for NoHoles {
    fn hole(&mut self, _: &Yaml, _: &Value, _: &mut Findings) -> bool {
        false
    }

    fn literal(&mut self, _: &Yaml, _: &Value, _: &mut Findings) {}
}

/// Checks trees against one root schema.
pub struct Checker<'a> {
    /// Where `$ref` leads.
    pub root: &'a Value,
    /// What is done with holes.
    pub holes: &'a mut dyn Holes,
    /// Where findings go.
    pub findings: &'a mut Findings,
}

impl Checker<'_> {
    /// Checks a value; `what` names it in messages.
    pub fn check(&mut self, yaml: &Yaml, schema: &Value, what: &str) {
        let root = self.root;
        let schema = deref(root, schema);
        if matches!(yaml.kind, YamlKind::Float(f) if !f.is_finite()) {
            // The reader has said so already.
            return;
        }
        if let Some(text) = yaml.text() {
            if text.contains("${{") && self.holes.hole(yaml, schema, self.findings) {
                return;
            }
            self.holes.literal(yaml, schema, self.findings);
        }
        if let Some(branches) =
            schema.get("anyOf").or(schema.get("oneOf")).and_then(Value::as_array)
        {
            return self.branches(yaml, branches, what);
        }
        let constants: Vec<&Value> = match (schema.get("enum"), schema.get("const")) {
            (Some(Value::Array(values)), _) => values.iter().collect(),
            (_, Some(value)) => vec![value],
            _ => Vec::new(),
        };
        if !constants.is_empty() {
            return self.constants(yaml, &constants, what);
        }
        let types = types_of(schema).filter(|types| types.len() > 1).unwrap_or_default();
        if !types.is_empty() && !types.iter().any(|ty| type_fits(yaml, ty)) {
            let words: Vec<&str> = types.iter().map(|ty| type_words(ty)).collect();
            return self.wrong_type(yaml, &words.join(" or "), what, schema);
        }
        if let Some(ty) = schema.get("type").and_then(Value::as_str)
            && !self.has_type(yaml, ty, schema, what)
        {
            return;
        }
        for rule in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            if applies(yaml, rule) {
                self.check(yaml, rule.get("then").unwrap_or(&Value::Bool(true)), what);
            }
        }
        match &yaml.kind {
            YamlKind::Map(entries) => self.map(yaml, entries, schema, what),
            YamlKind::List(elements) => self.list(yaml, elements, schema, what),
            YamlKind::Int(n) => self.number(yaml.span, *n as f64, schema, what),
            YamlKind::Float(f) => self.number(yaml.span, *f, schema, what),
            YamlKind::Text(text) => self.text(yaml.span, text, schema, what),
            YamlKind::Null | YamlKind::Bool(_) => {}
        }
    }

    fn branches(&mut self, yaml: &Yaml, branches: &[Value], what: &str) {
        let root = self.root;
        let mut resolved: Vec<&Value> = Vec::new();
        flatten(root, branches, &mut resolved, 0);
        let constants: Vec<&Value> = resolved.iter().flat_map(|b| constants_of(b)).collect();
        if constants.contains(&&yaml.to_value()) {
            return;
        }
        let others: Vec<&&Value> = resolved.iter().filter(|b| constants_of(b).is_empty()).collect();
        let fits = |branch: &&&Value| {
            types_of(branch).is_none_or(|types| types.iter().any(|ty| type_fits(yaml, ty)))
        };
        if let Some(branch) = others.iter().find(|branch| fits(branch)) {
            return self.check(yaml, branch, what);
        }
        if others.is_empty() || (yaml.text().is_some() && !constants.is_empty()) {
            return self.constants(yaml, &constants, what);
        }
        let mut wanted: Vec<String> = constants.iter().map(|c| format!("`{}`", bare(c))).collect();
        let types = others.iter().filter_map(|branch| branch.get("type").and_then(Value::as_str));
        wanted.extend(types.map(|ty| type_words(ty).to_owned()));
        wanted.dedup();
        self.wrong_type(yaml, &wanted.join(" or "), what, &Value::Null);
    }

    fn constants(&mut self, yaml: &Yaml, constants: &[&Value], what: &str) {
        let value = yaml.to_value();
        if constants.contains(&&value) {
            return;
        }
        let words: Vec<String> = constants.iter().map(|constant| bare(constant)).collect();
        let message = match yaml.text() {
            Some(text) => format!("{what} must be {}, but is `{text}`", one_of(constants)),
            None => format!("{what} must be {}, but is {}", one_of(constants), yaml.type_name()),
        };
        let found = self.findings.error("wrong_value", yaml.span, message);
        if let Some(near) =
            yaml.text().and_then(|text| nearest(text, words.iter().map(String::as_str)))
        {
            found.help(format!("did you mean `{near}`?"));
        }
    }

    fn has_type(&mut self, yaml: &Yaml, ty: &str, schema: &Value, what: &str) -> bool {
        if !type_fits(yaml, ty) {
            self.wrong_type(yaml, type_words(ty), what, schema);
            return false;
        }
        if ty == "string"
            && let Some(text) = yaml.text()
            && text.len() > 1
            && let Some(truth) = truth_word(text)
            && yaml.is_plain(&self.findings.source)
        {
            let message = format!("`{text}` without quotes is a text here, and {truth} elsewhere");
            self.findings
                .error("yaml_boolean", yaml.span, message)
                .help(format!("write `\"{text}\"` if the text is meant"));
        }
        true
    }

    fn wrong_type(&mut self, yaml: &Yaml, wanted: &str, what: &str, schema: &Value) {
        let raw = self.findings.source.slice(yaml.span).trim().to_owned();
        let pattern = schema.get("pattern").and_then(Value::as_str);
        let source_line =
            self.findings.source.line(self.findings.source.place(yaml.span.start).line);
        let bang = source_line.contains(": !");
        let truth = yaml.text().and_then(truth_word);
        let (code, message, help) = match &yaml.kind {
            YamlKind::Null if bang => (
                "yaml_tag",
                format!("{what} has no value: a text that begins with `!` is a tag in YAML"),
                "put the expression in quotes: `\"!inputs.x\"`".to_owned(),
            ),
            YamlKind::Null => (
                "no_value",
                format!("{what} has no value"),
                "give it one, or remove the key".to_owned(),
            ),
            YamlKind::Int(_) | YamlKind::Float(_)
                if pattern.is_some_and(|p| p == crate::keys::DURATION_PATTERN) =>
            {
                ("wrong_type", format!("{what} has no unit"), format!("write `{raw}s` or `{raw}m`"))
            }
            YamlKind::Int(_) | YamlKind::Float(_) if wanted == "a text" => (
                "yaml_number",
                format!("{what} must be a text, but `{raw}` without quotes is a number"),
                format!("write `\"{raw}\"`"),
            ),
            YamlKind::Bool(truth) if wanted == "a text" => (
                "yaml_boolean",
                format!("{what} must be a text, but `{truth}` without quotes is a truth value"),
                format!("write `\"{truth}\"`"),
            ),
            YamlKind::Text(text) if wanted == "`true` or `false`" && truth.is_some() => (
                "yaml_boolean",
                format!("{what} must be `true` or `false`; `{text}` is a text"),
                format!("write `{}`", truth.unwrap_or_default()),
            ),
            _ => (
                "wrong_type",
                format!("{what} must be {wanted}, but is {}", yaml.type_name()),
                String::new(),
            ),
        };
        self.findings.error(code, yaml.span, message).help(help);
    }

    fn map(&mut self, yaml: &Yaml, entries: &[Entry], schema: &Value, what: &str) {
        let what = schema.get("title").and_then(Value::as_str).unwrap_or(what).to_owned();
        let properties = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        for entry in entries {
            let name = format!("`{}`", entry.key);
            match properties.and_then(|properties| properties.get(&entry.key)) {
                Some(property) => self.check(&entry.value, property, &name),
                None if others == Some(&Value::Bool(false)) => {
                    let known = properties.map(|p| p.keys().map(String::as_str).collect());
                    self.unknown_key(entry, known.unwrap_or_default(), &what);
                }
                None => match others {
                    Some(others) => self.check(&entry.value, others, &name),
                    None => self.check(&entry.value, &Value::Bool(true), &name),
                },
            }
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        for key in required.filter_map(Value::as_str) {
            if yaml.get(key).is_none() {
                let note = properties.and_then(|p| p.get(key)?.get("description")?.as_str());
                let found = self.findings.error(
                    "missing_key",
                    yaml.span,
                    format!("{what} needs the key `{key}`"),
                );
                found.help(note.map(|note| format!("`{key}:` {note}")).unwrap_or_default());
            }
        }
    }

    /// Reports a key that does not exist, with what to write instead.
    pub fn unknown_key(&mut self, entry: &Entry, known: Vec<&str>, what: &str) {
        let key = &entry.key;
        let lower = key.to_lowercase();
        if SECRET_STEMS.iter().any(|stem| lower.contains(stem)) {
            // Perhaps a misspelt credential: its value is not for a terminal.
            self.findings.hide(entry.value.span);
        }
        if KEYS_TO_COME.contains(&key.as_str()) && what == "a step" {
            let message = format!("`{key}` is not carried out by this version of windlass");
            self.findings.error("not_yet", entry.key_span, message).help("remove it for now");
            return;
        }
        let message = format!("{what} has no key `{key}`");
        let help = match foreign_key(key) {
            Some(help)
                if nearest(key, known.iter().copied()).is_none()
                    || !known.contains(&key.as_str()) =>
            {
                help.to_owned()
            }
            _ => did_you_mean(key, known),
        };
        self.findings.error("unknown_key", entry.key_span, message).help(help);
    }

    fn list(&mut self, yaml: &Yaml, elements: &[Yaml], schema: &Value, what: &str) {
        let bound = |key: &str| schema.get(key).and_then(Value::as_u64).map(|n| n as usize);
        if bound("minItems").is_some_and(|min| elements.len() < min) {
            self.findings.error("too_few", yaml.span, format!("{what} must not be empty"));
        }
        if let Some(max) = bound("maxItems").filter(|max| elements.len() > *max) {
            let message =
                format!("{what} has {} elements; at most {max} are allowed", elements.len());
            self.findings.error("too_many", yaml.span, message);
        }
        let items = schema.get("items").unwrap_or(&Value::Bool(true));
        for element in elements {
            self.check(element, items, &format!("an element of {what}"));
        }
    }

    fn number(&mut self, at: Span, n: f64, schema: &Value, what: &str) {
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        if let Some(min) = bound("minimum").filter(|min| n < *min) {
            self.findings.error("out_of_range", at, format!("{what} must be {min} or more"));
        }
        if let Some(max) = bound("maximum").filter(|max| n > *max) {
            self.findings.error("out_of_range", at, format!("{what} must be {max} or less"));
        }
    }

    fn text(&mut self, at: Span, text: &str, schema: &Value, what: &str) {
        if schema
            .get("minLength")
            .and_then(Value::as_u64)
            .is_some_and(|min| (text.chars().count() as u64) < min)
        {
            self.findings.error("out_of_range", at, format!("{what} must not be empty"));
            return;
        }
        if schema.get("format").and_then(Value::as_str) == Some("uri") && !is_address(text) {
            let message = format!("{what} must begin with `https://` or `http://`");
            self.findings.error("wrong_form", at, message);
        }
        let Some(pattern) = schema.get("pattern").and_then(Value::as_str) else { return };
        if regex::Regex::new(pattern).is_ok_and(|regex| !regex.is_match(text)) {
            let message = format!("{what} must be {}", pattern_words(pattern));
            let found = self.findings.error("wrong_form", at, message);
            if pattern == NAME_PATTERN {
                found.help(format!("for example `{}`", as_name(text)));
            }
        }
    }
}

/// Whether a text is an address that HTTP can ask.
fn is_address(text: &str) -> bool {
    let low = text.to_ascii_lowercase();
    ["https://", "http://"].iter().any(|scheme| low.len() > scheme.len() && low.starts_with(scheme))
}

/// Whether a rule `if … then …` is about this value: its `if` names constants of keys.
fn applies(yaml: &Yaml, rule: &Value) -> bool {
    let constants = rule.pointer("/if/properties").and_then(Value::as_object);
    constants.is_some_and(|constants| {
        constants
            .iter()
            .all(|(key, wanted)| yaml.get(key).map(Yaml::to_value).as_ref() == wanted.get("const"))
    })
}

/// Branches of branches are branches.
fn flatten<'s>(root: &'s Value, branches: &'s [Value], all: &mut Vec<&'s Value>, depth: usize) {
    for branch in branches {
        let branch = deref(root, branch);
        let inner = branch.get("anyOf").or(branch.get("oneOf")).and_then(Value::as_array);
        match inner {
            Some(inner) if depth < BRANCH_DEPTH_MAX => flatten(root, inner, all, depth + 1),
            _ => all.push(branch),
        }
    }
}

/// Branches within branches: generators nest two.
const BRANCH_DEPTH_MAX: usize = 4;

fn constants_of(schema: &Value) -> Vec<&Value> {
    match (schema.get("enum"), schema.get("const")) {
        (Some(Value::Array(values)), _) => values.iter().collect(),
        (_, Some(value)) => vec![value],
        _ => Vec::new(),
    }
}

/// The types that a schema names; none where it names no type.
fn types_of(schema: &Value) -> Option<Vec<&str>> {
    match schema.get("type")? {
        Value::Array(types) => Some(types.iter().filter_map(Value::as_str).collect()),
        one => one.as_str().map(|ty| vec![ty]),
    }
}

fn type_fits(yaml: &Yaml, ty: &str) -> bool {
    match (&yaml.kind, ty) {
        (YamlKind::Null, "null")
        | (YamlKind::Bool(_), "boolean")
        | (YamlKind::Int(_), "integer" | "number")
        | (YamlKind::Float(_), "number")
        | (YamlKind::Text(_), "string")
        | (YamlKind::List(_), "array")
        | (YamlKind::Map(_), "object") => true,
        (YamlKind::Float(f), "integer") => f.fract() == 0.0,
        _ => false,
    }
}
