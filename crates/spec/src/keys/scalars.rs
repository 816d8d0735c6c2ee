//! Values that several keys share: names, spans of time, one word or many.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use windlass_model::Millis;

/// A path that begins at the root.
pub const ABSOLUTE_PATTERN: &str = "^/";

/// What a step, input or resource may be called: what an expression can name.
pub const NAME_PATTERN: &str = "^[a-z][a-z0-9_]{0,63}$";

/// The name that is nearest to a text.
pub fn as_name(text: &str) -> String {
    let plain =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    let name: String =
        plain.skip_while(|c| !c.is_ascii_alphabetic()).take(NAME_CHARS_MAX).collect();
    if name.is_empty() { "step_one".to_owned() } else { name }
}

/// Longest name: what a line of a terminal shows beside the rest.
const NAME_CHARS_MAX: usize = 64;

/// A span of time: `500ms`, `10s`, `2m`, `1h30m`, `3d`.
pub const DURATION_PATTERN: &str = "^([0-9]{1,9}(ms|s|m|h|d))+$";

/// Longest span that a file may write: what is longer is a mistake of the unit.
const DURATION_MAX: Millis = 366 * 24 * 3_600_000;

/// Reads a span of time in milliseconds; nothing where it is none, or longer than a year.
pub fn parse_duration(text: &str) -> Option<Millis> {
    let mut rest = text.trim();
    let mut sum: Millis = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: Millis = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit: Millis = match &rest[..letters] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        rest = &rest[letters..];
        sum = sum.checked_add(number.checked_mul(unit)?)?;
    }
    (sum <= DURATION_MAX).then_some(sum)
}

/// One word, or a list of words.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Words {
    /// None.
    #[default]
    #[schemars(skip)]
    None,
    /// One.
    One(String),
    /// A list.
    Many(Vec<String>),
}

impl Words {
    /// All of them.
    pub fn all(&self) -> &[String] {
        match self {
            Self::None => &[],
            Self::One(word) => std::slice::from_ref(word),
            Self::Many(words) => words,
        }
    }
}

/// An expression without wrapper, or a plain truth value.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Condition {
    /// `true` or `false`.
    Truth(bool),
    /// An expression.
    Expression(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_are_read_with_their_unit() {
        let cases = [
            ("500ms", Some(500)),
            ("10s", Some(10_000)),
            ("1h30m", Some(5_400_000)),
            ("3d", Some(259_200_000)),
            ("30", None),
            ("", None),
            ("2 h", None),
            ("5w", None),
            ("400d", None),
            ("99999999999999999999d", None),
        ];
        let pattern = regex::Regex::new(DURATION_PATTERN).unwrap();
        for (text, expected) in cases {
            assert_eq!(parse_duration(text), expected, "{text}");
            assert!(expected.is_none() || pattern.is_match(text), "{text}");
        }
    }
}
