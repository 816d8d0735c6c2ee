//! Why an expression has no value. It quotes the expression, never the values in it: those may be
//! private.

use serde_json::Value;

/// An expression that has no value, with its text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to evaluate `{source_text}`: {problem}")]
pub struct EvalError {
    /// The expression as written, shortened where it is long.
    pub source_text: String,
    /// What is wrong.
    pub problem: Problem,
}

/// Longest piece of an expression that an error quotes, in characters: a line of a terminal.
const QUOTE_CHARS_MAX: usize = 120;

impl EvalError {
    /// Joins a problem with the expression it arose in.
    pub fn new(source: &str, problem: Problem) -> Self {
        let mut source_text: String = source.trim().chars().take(QUOTE_CHARS_MAX).collect();
        if source.trim().chars().count() > QUOTE_CHARS_MAX {
            source_text.push('…');
        }
        Self { source_text, problem }
    }
}

/// What is wrong with an evaluation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Nothing is known by that name.
    #[error(
        "there is nothing at `{0}` (a skipped step has no outputs; \
         ask with `has({0})` before reading it)"
    )]
    Nothing(String),
    /// A map without that key.
    #[error("the map has no key `{0}`; ask with `has(…)` or `in` before reading it")]
    NoKey(String),
    /// Selecting from something that has no fields.
    #[error("{got} has no field `{field}`")]
    NoField {
        /// What it is.
        got: &'static str,
        /// What was asked.
        field: String,
    },
    /// Outside a list.
    #[error("a list of {size} has no element {at}; the first is 0")]
    OutOfRange {
        /// The list's size.
        size: usize,
        /// The asked position.
        at: i64,
    },
    /// An operand or argument of the wrong type.
    #[error("`{what}` wants {wanted}, but got {got}")]
    Type {
        /// Operator or function.
        what: &'static str,
        /// What it takes.
        wanted: &'static str,
        /// What it got.
        got: &'static str,
    },
    /// Two operands that do not fit each other.
    #[error(
        "`{what}` cannot combine {left} and {right}; convert one with int(), double() or string()"
    )]
    Operands {
        /// The operator.
        what: &'static str,
        /// Type of the left operand.
        left: &'static str,
        /// Type of the right operand.
        right: &'static str,
    },
    /// Whole numbers have 64 bits.
    #[error("the result of `{0}` does not fit a whole number of 64 bits")]
    Overflow(&'static str),
    /// Division or remainder by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A text that is no number or truth value.
    #[error("{function}() cannot read this text; it must be {wanted}")]
    Unreadable {
        /// The function.
        function: &'static str,
        /// What it reads.
        wanted: &'static str,
    },
    /// A pattern that does not compile or is too large.
    #[error("the pattern of matches() is no regular expression of a reasonable size")]
    Pattern,
    /// No function of that name and number of arguments.
    #[error("there is no function `{0}` with these arguments")]
    NoFunction(String),
    /// Too much work.
    #[error("it takes more than {0} steps; make its lists shorter")]
    Steps(u32),
    /// Nested too deeply.
    #[error("it is nested more than {0} deep; compute a part of it in a `set` step")]
    Depth(u32),
    /// A list that is too long.
    #[error("a list of more than {0} elements")]
    ListTooLong(usize),
    /// A text that is too long.
    #[error("a text of more than {0} bytes")]
    TextTooLong(usize),
    /// A value without a form as text.
    #[error("{0} cannot be put into a text; give it alone, as the whole value")]
    NoText(&'static str),
    /// A reference to a secret inside a text.
    #[error("a secret cannot be put into a text; give it alone, as the whole value")]
    SecretInText,
}

/// The type of a value as messages name it.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(n) if n.is_f64() => "a fraction",
        Value::Number(_) => "a whole number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}
