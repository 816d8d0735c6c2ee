//! The functions that expressions may call, as a table that the checker and the reference read too.
//!
//! No clock, no randomness: a value recorded once is the value for ever.

use super::operators::{TEXT_BYTES_MAX, whole};
use super::problem::{Problem, type_name};
use serde_json::{Number, Value};

/// What kind of value a function takes or gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything.
    Any,
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// A fraction.
    Double,
    /// A text.
    String,
    /// A list.
    List,
    /// A text, a list or a map.
    Sized,
    /// A number, a text or a truth value.
    Scalar,
}

/// A function: `name(args)`, or `receiver.name(args)`.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// The receiver of `receiver.name(…)`; none for a plain call.
    pub receiver: Option<Kind>,
    /// The arguments.
    pub args: &'static [Kind],
    /// The result.
    pub result: Kind,
    /// One sentence for the reference.
    pub summary: &'static str,
    apply: fn(&[Value]) -> Result<Value, Problem>,
}

impl Function {
    /// Calls it; the receiver comes first among the values.
    pub fn apply(&self, values: &[Value]) -> Result<Value, Problem> {
        (self.apply)(values)
    }
}

/// Finds a function by name, form and number of arguments.
pub fn find(name: &str, method: bool, args: usize) -> Option<&'static Function> {
    FUNCTIONS
        .iter()
        .find(|f| f.name == name && f.receiver.is_some() == method && f.args.len() == args)
}

const TEXT: Option<Kind> = Some(Kind::String);

const fn function(
    receiver: Option<Kind>,
    name: &'static str,
    args: &'static [Kind],
    result: Kind,
    apply: fn(&[Value]) -> Result<Value, Problem>,
    summary: &'static str,
) -> Function {
    Function { name, receiver, args, result, summary, apply }
}

/// All of them. `has(a.b)` and the quantifiers (`all`, `exists`, `exists_one`, `filter`, `map`) are
/// syntax, not functions, since they do not evaluate what they are given.
pub const FUNCTIONS: &[Function] = &[
    function(TEXT, "startsWith", &[Kind::String], Kind::Bool, starts_with, "begins with the text"),
    function(TEXT, "endsWith", &[Kind::String], Kind::Bool, ends_with, "ends with the text"),
    function(TEXT, "contains", &[Kind::String], Kind::Bool, contains, "has the text inside"),
    function(
        TEXT,
        "matches",
        &[Kind::String],
        Kind::Bool,
        matches,
        "a regular expression finds it",
    ),
    function(TEXT, "lower", &[], Kind::String, lower, "in lower case"),
    function(TEXT, "upper", &[], Kind::String, upper, "in upper case"),
    function(TEXT, "trim", &[], Kind::String, trim, "without blanks around it"),
    function(
        TEXT,
        "replace",
        &[Kind::String, Kind::String],
        Kind::String,
        replace,
        "with the second text wherever the first stood",
    ),
    function(
        Some(Kind::List),
        "join",
        &[Kind::String],
        Kind::String,
        join,
        "its elements as one text, with the text between them",
    ),
    function(Some(Kind::Sized), "size", &[], Kind::Int, size, "characters, elements or keys"),
    function(None, "size", &[Kind::Sized], Kind::Int, size, "characters, elements or keys"),
    function(None, "int", &[Kind::Scalar], Kind::Int, int, "as a whole number; fractions are cut"),
    function(None, "double", &[Kind::Scalar], Kind::Double, double, "as a fraction"),
    function(None, "string", &[Kind::Scalar], Kind::String, string, "as a text"),
    function(None, "bool", &[Kind::Scalar], Kind::Bool, boolean, "as a truth value"),
];

/// Largest compiled pattern, in bytes, and longest pattern text: enough for a version or a name.
const PATTERN_COMPILED_BYTES_MAX: usize = 256 * 1024;
const PATTERN_CHARS_MAX: usize = 1024;

fn text<'a>(what: &'static str, value: Option<&'a Value>) -> Result<&'a str, Problem> {
    let value = value.unwrap_or(&Value::Null);
    value.as_str().ok_or(Problem::Type { what, wanted: "a text", got: type_name(value) })
}

fn starts_with(values: &[Value]) -> Result<Value, Problem> {
    let what = "startsWith";
    Ok(text(what, values.first())?.starts_with(text(what, values.get(1))?).into())
}

fn ends_with(values: &[Value]) -> Result<Value, Problem> {
    let what = "endsWith";
    Ok(text(what, values.first())?.ends_with(text(what, values.get(1))?).into())
}

fn contains(values: &[Value]) -> Result<Value, Problem> {
    let what = "contains";
    Ok(text(what, values.first())?.contains(text(what, values.get(1))?).into())
}

fn matches(values: &[Value]) -> Result<Value, Problem> {
    let pattern = pattern(text("matches", values.get(1))?)?;
    Ok(pattern.is_match(text("matches", values.first())?).into())
}

/// Compiles a pattern within bounds; the checker calls it for constants.
pub fn pattern(source: &str) -> Result<regex::Regex, Problem> {
    if source.chars().count() > PATTERN_CHARS_MAX {
        return Err(Problem::Pattern);
    }
    regex::RegexBuilder::new(source)
        .size_limit(PATTERN_COMPILED_BYTES_MAX)
        .build()
        .map_err(|_| Problem::Pattern)
}

fn lower(values: &[Value]) -> Result<Value, Problem> {
    bounded(text("lower", values.first())?.to_lowercase())
}

fn upper(values: &[Value]) -> Result<Value, Problem> {
    bounded(text("upper", values.first())?.to_uppercase())
}

fn trim(values: &[Value]) -> Result<Value, Problem> {
    Ok(text("trim", values.first())?.trim().into())
}

fn replace(values: &[Value]) -> Result<Value, Problem> {
    let what = "replace";
    let (from, to) = (text(what, values.get(1))?, text(what, values.get(2))?);
    let whole = text(what, values.first())?;
    // Before it is made: a text of blanks replaced by long ones would not fit into memory.
    let grown = whole.matches(from).count().saturating_mul(to.len());
    if grown.saturating_add(whole.len()) > TEXT_BYTES_MAX {
        return Err(Problem::TextTooLong(TEXT_BYTES_MAX));
    }
    Ok(whole.replace(from, to).into())
}

fn join(values: &[Value]) -> Result<Value, Problem> {
    let what = "join";
    let list = values.first().unwrap_or(&Value::Null);
    let wanted = |got| Problem::Type { what, wanted: "a list of texts", got: type_name(got) };
    let elements = list.as_array().ok_or_else(|| wanted(list))?;
    let between = text(what, values.get(1))?;
    let mut whole = String::new();
    for (at, element) in elements.iter().enumerate() {
        if at > 0 {
            whole.push_str(between);
        }
        whole.push_str(element.as_str().ok_or_else(|| wanted(element))?);
        if whole.len() > TEXT_BYTES_MAX {
            return Err(Problem::TextTooLong(TEXT_BYTES_MAX));
        }
    }
    Ok(whole.into())
}

fn bounded(text: String) -> Result<Value, Problem> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Problem::TextTooLong(TEXT_BYTES_MAX));
    }
    Ok(Value::String(text))
}

fn size(values: &[Value]) -> Result<Value, Problem> {
    let size = match values.first().unwrap_or(&Value::Null) {
        Value::String(text) => text.chars().count(),
        Value::Array(list) => list.len(),
        Value::Object(map) => map.len(),
        other => {
            let wanted = "a text, a list or a map";
            return Err(Problem::Type { what: "size", wanted, got: type_name(other) });
        }
    };
    Ok(Value::from(size))
}

fn int(values: &[Value]) -> Result<Value, Problem> {
    let unreadable = Problem::Unreadable { function: "int", wanted: "a whole number such as 42" };
    match values.first().unwrap_or(&Value::Null) {
        Value::Number(n) => match (whole(n), n.as_f64()) {
            (Some(n), _) => Ok(n.into()),
            // 2^63 is the first power of two that does not fit; both bounds are exact as fractions
            (None, Some(f)) if f >= -(2f64.powi(63)) && f < 2f64.powi(63) => {
                Ok((f.trunc() as i64).into())
            }
            _ => Err(Problem::Overflow("int")),
        },
        Value::String(text) => text.trim().parse::<i64>().map(Value::from).map_err(|_| unreadable),
        other => Err(conversion("int", other)),
    }
}

fn double(values: &[Value]) -> Result<Value, Problem> {
    let unreadable = || Problem::Unreadable { function: "double", wanted: "a number such as 4.2" };
    let number = match values.first().unwrap_or(&Value::Null) {
        Value::Number(n) => n.as_f64(),
        Value::String(text) => text.trim().parse::<f64>().ok(),
        other => return Err(conversion("double", other)),
    };
    number.and_then(Number::from_f64).map(Value::Number).ok_or_else(unreadable)
}

fn boolean(values: &[Value]) -> Result<Value, Problem> {
    match values.first().unwrap_or(&Value::Null) {
        Value::Bool(truth) => Ok((*truth).into()),
        Value::String(text) => match text.as_str() {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            _ => Err(Problem::Unreadable { function: "bool", wanted: "`true` or `false`" }),
        },
        other => Err(conversion("bool", other)),
    }
}

fn string(values: &[Value]) -> Result<Value, Problem> {
    let value = values.first().unwrap_or(&Value::Null);
    scalar_text(value).map(Value::String).ok_or_else(|| conversion("string", value))
}

/// A number, text or truth value as text; nothing for the rest.
pub fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(n) => Some(n.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn conversion(what: &'static str, value: &Value) -> Problem {
    Problem::Type { what, wanted: "a number, a text or a truth value", got: type_name(value) }
}
