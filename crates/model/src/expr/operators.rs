//! What the operators do to values: CEL's rules over JSON's types.
//!
//! Whole numbers have 64 bits and overflow is an error; numbers compare across their two types;
//! values of different types are unequal; order exists between two numbers, two texts or two truth
//! values only.

use super::ast::{BinaryOp, UnaryOp};
use super::problem::{Problem, type_name};
use serde_json::{Number, Value};
use std::cmp::Ordering;

/// Longest list that an expression may make or visit: a release touches dozens of things, not
/// thousands.
pub const LIST_MAX: usize = 10_000;

/// Longest text that an expression may make, in bytes: inputs of an action, never files.
pub const TEXT_BYTES_MAX: usize = 1024 * 1024;

/// The operator as it is written.
pub fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::And => "&&",
        BinaryOp::Or => "||",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessOrEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterOrEqual => ">=",
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Remainder => "%",
        BinaryOp::In => "in",
    }
}

/// Applies an operator to two values. `And` and `Or` want both sides; short circuits are the
/// evaluator's.
pub fn binary(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, Problem> {
    let truth = match op {
        BinaryOp::And => truth_of("&&", left)? && truth_of("&&", right)?,
        BinaryOp::Or => truth_of("||", left)? || truth_of("||", right)?,
        BinaryOp::Equal => equal(left, right),
        BinaryOp::NotEqual => !equal(left, right),
        BinaryOp::Less => order(op, left, right)? == Some(Ordering::Less),
        BinaryOp::Greater => order(op, left, right)? == Some(Ordering::Greater),
        BinaryOp::LessOrEqual => {
            matches!(order(op, left, right)?, Some(Ordering::Less | Ordering::Equal))
        }
        BinaryOp::GreaterOrEqual => {
            matches!(order(op, left, right)?, Some(Ordering::Greater | Ordering::Equal))
        }
        BinaryOp::In => contained(left, right)?,
        BinaryOp::Add
        | BinaryOp::Subtract
        | BinaryOp::Multiply
        | BinaryOp::Divide
        | BinaryOp::Remainder => return arithmetic(op, left, right),
    };
    Ok(Value::Bool(truth))
}

/// Applies an operator to one value.
pub fn unary(op: UnaryOp, of: &Value) -> Result<Value, Problem> {
    match (op, of) {
        (UnaryOp::Not, of) => truth_of("!", of).map(|truth| Value::Bool(!truth)),
        (UnaryOp::Negate, Value::Number(n)) => match whole(n) {
            Some(n) => n.checked_neg().map(Value::from).ok_or(Problem::Overflow("-")),
            None => fraction("-", -n.as_f64().unwrap_or(f64::NAN)),
        },
        (UnaryOp::Negate, other) => {
            Err(Problem::Type { what: "-", wanted: "a number", got: type_name(other) })
        }
    }
}

/// A truth value, or an error that names who wanted one.
pub fn truth_of(what: &'static str, value: &Value) -> Result<bool, Problem> {
    value.as_bool().ok_or(Problem::Type { what, wanted: "a truth value", got: type_name(value) })
}

/// Equality: numbers by value, lists and maps by their parts, everything else by type and value.
pub fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => compare_numbers(a, b) == Some(Ordering::Equal),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        (a, b) => a == b,
    }
}

fn order(op: BinaryOp, left: &Value, right: &Value) -> Result<Option<Ordering>, Problem> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => Ok(compare_numbers(a, b)),
        (Value::String(a), Value::String(b)) => Ok(Some(a.cmp(b))),
        (Value::Bool(a), Value::Bool(b)) => Ok(Some(a.cmp(b))),
        _ => Err(operands(op, left, right)),
    }
}

fn compare_numbers(a: &Number, b: &Number) -> Option<Ordering> {
    match (whole(a), whole(b)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

fn contained(left: &Value, right: &Value) -> Result<bool, Problem> {
    match (left, right) {
        (_, Value::Array(list)) => Ok(list.iter().any(|element| equal(element, left))),
        (Value::String(key), Value::Object(map)) => Ok(map.contains_key(key)),
        (_, Value::Object(_)) => {
            Err(Problem::Type { what: "in", wanted: "a text as key", got: type_name(left) })
        }
        (_, other) => {
            Err(Problem::Type { what: "in", wanted: "a list or a map", got: type_name(other) })
        }
    }
}

fn arithmetic(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, Problem> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => match (whole(a), whole(b)) {
            (Some(a), Some(b)) => whole_arithmetic(op, a, b),
            (None, None) => fraction_arithmetic(op, a, b).ok_or(operands(op, left, right))?,
            _ => Err(operands(op, left, right)),
        },
        (Value::String(a), Value::String(b)) if op == BinaryOp::Add => {
            if a.len() + b.len() > TEXT_BYTES_MAX {
                return Err(Problem::TextTooLong(TEXT_BYTES_MAX));
            }
            Ok(Value::String(format!("{a}{b}")))
        }
        (Value::Array(a), Value::Array(b)) if op == BinaryOp::Add => {
            if a.len() + b.len() > LIST_MAX {
                return Err(Problem::ListTooLong(LIST_MAX));
            }
            Ok(Value::Array(a.iter().chain(b).cloned().collect()))
        }
        _ => Err(operands(op, left, right)),
    }
}

fn whole_arithmetic(op: BinaryOp, a: i64, b: i64) -> Result<Value, Problem> {
    if b == 0 && matches!(op, BinaryOp::Divide | BinaryOp::Remainder) {
        return Err(Problem::DivisionByZero);
    }
    let result = match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Subtract => a.checked_sub(b),
        BinaryOp::Multiply => a.checked_mul(b),
        BinaryOp::Divide => a.checked_div(b),
        _ => a.checked_rem(b),
    };
    result.map(Value::from).ok_or(Problem::Overflow(symbol(op)))
}

fn fraction_arithmetic(op: BinaryOp, a: &Number, b: &Number) -> Option<Result<Value, Problem>> {
    let (a, b) = (a.as_f64()?, b.as_f64()?);
    let result = match op {
        BinaryOp::Add => a + b,
        BinaryOp::Subtract => a - b,
        BinaryOp::Multiply => a * b,
        BinaryOp::Divide if b == 0.0 => return Some(Err(Problem::DivisionByZero)),
        BinaryOp::Divide => a / b,
        _ => return None,
    };
    Some(fraction(symbol(op), result))
}

/// JSON has no infinity and no "not a number": they are errors here.
fn fraction(what: &'static str, result: f64) -> Result<Value, Problem> {
    Number::from_f64(result).map(Value::Number).ok_or(Problem::Overflow(what))
}

/// The number as a whole number of 64 bits. Larger unsigned ones count as fractions.
pub fn whole(n: &Number) -> Option<i64> {
    n.as_i64()
}

fn operands(op: BinaryOp, left: &Value, right: &Value) -> Problem {
    Problem::Operands { what: symbol(op), left: type_name(left), right: type_name(right) }
}
