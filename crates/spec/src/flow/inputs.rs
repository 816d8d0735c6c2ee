//! Inputs: what a workflow declares, and values given as text or from a file.

use super::lenient::{check_name, lenient};
use crate::cel::Ty;
use crate::diagnostic::Findings;
use crate::keys::{InputFile, InputType};
use crate::shape::workflow_schema;
use crate::yaml::Yaml;
use serde_json::{Value, json};
use windlass_model::expr::functions::pattern;

/// An input as declared, with the environment's default where it has one.
#[derive(Clone, Debug)]
pub struct DeclaredInput {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: InputType,
    /// What it is for.
    pub description: Option<String>,
    /// Its value where none is given.
    pub default: Option<Value>,
    /// The smallest number.
    pub min: Option<f64>,
    /// The largest number.
    pub max: Option<f64>,
    /// A regular expression that a text must match.
    pub pattern: Option<String>,
    /// The only values allowed.
    pub options: Option<Vec<Value>>,
}

impl DeclaredInput {
    /// Its type in expressions.
    pub fn expression_type(&self) -> Ty {
        match self.ty {
            InputType::String => Ty::String,
            InputType::Int => Ty::Int,
            InputType::Number => Ty::Double,
            InputType::Bool => Ty::Bool,
            InputType::List => Ty::List(Box::new(Ty::String)),
        }
    }

    /// The word of its type.
    pub fn type_word(&self) -> &'static str {
        match self.ty {
            InputType::String => "a text",
            InputType::Int => "a whole number",
            InputType::Number => "a number",
            InputType::Bool => "`true` or `false`",
            InputType::List => "a list of texts",
        }
    }

    /// Reads a value as the command line gives it.
    pub fn read(&self, text: &str) -> Result<Value, String> {
        let wrong = || format!("`{}` must be {}, but is `{text}`", self.name, self.type_word());
        let value = match self.ty {
            InputType::String => json!(text),
            InputType::Int => json!(text.trim().parse::<i64>().map_err(|_| wrong())?),
            InputType::Number => match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => json!(number),
                _ => return Err(wrong()),
            },
            InputType::Bool => json!(text.trim().parse::<bool>().map_err(|_| wrong())?),
            InputType::List => {
                text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect()
            }
        };
        self.fits(&value).map(|()| value)
    }

    /// Whether a value may be given; where not, why.
    pub fn fits(&self, value: &Value) -> Result<(), String> {
        let name = &self.name;
        let typed = match self.ty {
            InputType::String => value.is_string(),
            InputType::Int => value.is_i64(),
            InputType::Number => value.is_number(),
            InputType::Bool => value.is_boolean(),
            InputType::List => {
                value.as_array().is_some_and(|list| list.iter().all(Value::is_string))
            }
        };
        if !typed {
            return Err(format!("`{name}` must be {}", self.type_word()));
        }
        if let Some(number) = value.as_f64() {
            if let Some(min) = self.min.filter(|min| number < *min) {
                return Err(format!("`{name}` must be {min} or more"));
            }
            if let Some(max) = self.max.filter(|max| number > *max) {
                return Err(format!("`{name}` must be {max} or less"));
            }
        }
        if let (Some(wanted), Some(text)) = (&self.pattern, value.as_str())
            && pattern(wanted).is_ok_and(|regex| !regex.is_match(text))
        {
            return Err(format!("`{name}` must match `{wanted}`"));
        }
        if let Some(options) = self.options.as_ref().filter(|options| !options.contains(value)) {
            let words: Vec<String> = options.iter().map(Value::to_string).collect();
            return Err(format!("`{name}` must be one of {}", words.join(", ")));
        }
        Ok(())
    }
}

/// Reads the inputs that a workflow declares.
pub fn declared_inputs(workflow: &Yaml, findings: &mut Findings) -> Vec<DeclaredInput> {
    let Some(inputs) = workflow.get("inputs") else { return Vec::new() };
    let root = workflow_schema();
    let schema = json!({ "$ref": "#/$defs/InputFile" });
    let mut declared = Vec::new();
    for entry in inputs.entries() {
        check_name(&entry.key, entry.key_span, "an input", findings);
        let Some(raw) = lenient::<InputFile>(&entry.value, root, &schema) else { continue };
        let input = DeclaredInput {
            name: entry.key.clone(),
            ty: raw.ty,
            description: raw.description,
            default: raw.default,
            min: raw.min,
            max: raw.max,
            pattern: raw.pattern,
            options: raw.options,
        };
        check_declaration(&input, &entry.value, findings);
        declared.push(input);
    }
    declared
}

fn check_declaration(input: &DeclaredInput, yaml: &Yaml, findings: &mut Findings) {
    let numeric = matches!(input.ty, InputType::Int | InputType::Number);
    for key in ["min", "max"] {
        if yaml.get(key).is_some() && !numeric {
            let message =
                format!("`{key}` fits a number only; `{}` is {}", input.name, input.type_word());
            findings.error("input_declaration", yaml.span_of(key), message);
        }
    }
    if let Some(text) = &input.pattern {
        if input.ty != InputType::String {
            let message =
                format!("`pattern` fits a text only; `{}` is {}", input.name, input.type_word());
            findings.error("input_declaration", yaml.span_of("pattern"), message);
        } else if pattern(text).is_err() {
            let message = "this is no regular expression of a reasonable size";
            findings
                .error("bad_pattern", yaml.span_of("pattern"), message)
                .help("look at brackets and backslashes; in a YAML text, single quotes keep them");
        }
    }
    if let (Some(min), Some(max)) = (input.min, input.max)
        && min > max
    {
        let message = format!("no number is {min} or more and {max} or less");
        findings.error("input_declaration", yaml.span_of("max"), message);
    }
    if let Some(default) = &input.default
        && let Err(why) = input.fits(default)
    {
        let span = yaml.span_of("default");
        let raw = findings.source.slice(span).to_owned();
        let found =
            findings.error("input_default", span, format!("this default does not fit: {why}"));
        if input.ty == InputType::String && default.is_number() {
            found.help(format!("without quotes it is a number; write `\"{raw}\"`"));
        }
    }
}
