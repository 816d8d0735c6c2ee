//! One fact of the table: `string(date-time)! = a|b` is a required string that is a time and one
//! of two. It must not know where the value stands.

use serde_json::Value;
use std::fmt;

/// What may stand in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    kind: String,
    values: Vec<String>,
    /// Whether it must be there when its parent is.
    pub required: bool,
}

impl Fact {
    /// Reads a fact as the table writes it.
    pub fn parse(text: &str) -> Self {
        let (kind, values) = text.split_once(" = ").unwrap_or((text, ""));
        Self {
            kind: kind.trim_end_matches('!').to_owned(),
            values: values
                .split('|')
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
                .collect(),
            required: kind.ends_with('!'),
        }
    }

    /// Whether it is one value alone, which tells things apart.
    pub fn is_fixed(&self) -> bool {
        self.values.len() == 1
    }

    /// Says whether a JSON value fits.
    pub fn fits(&self, value: &Value) -> bool {
        match (self.kind.as_str(), value) {
            ("any", _) | ("boolean", Value::Bool(_)) | ("number", Value::Number(_)) => true,
            ("object", Value::Object(_)) | ("array", Value::Array(_)) => true,
            ("integer", Value::Number(number)) => number.is_i64() || number.is_u64(),
            (_, Value::String(text)) if self.kind.starts_with("string") => self.fits_text(text),
            _ => false,
        }
    }

    /// Says whether a value of a query fits, where everything is text.
    pub fn fits_query(&self, text: &str) -> bool {
        match self.kind.as_str() {
            "integer" => text.parse::<i64>().is_ok(),
            "number" => text.parse::<f64>().is_ok(),
            "boolean" => matches!(text, "true" | "false"),
            // Enums of flags are a list with commas.
            _ => text.split(',').all(|part| self.fits_text(part)),
        }
    }

    fn fits_text(&self, text: &str) -> bool {
        let format = match self.kind.as_str() {
            "string(date-time)" => is_time(text),
            "string(uuid)" => is_uuid(text),
            _ => true,
        };
        // The services do not keep to the letter case of their enums, and do not ask us to.
        let known = self.values.iter().any(|value| value.eq_ignore_ascii_case(text));
        format && (self.values.is_empty() || known)
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        match self.values.len() {
            0 => Ok(()),
            _ => write!(f, " of {}", self.values.join("|")),
        }
    }
}

/// Says whether a text begins as `2023-04-12T02:25:25` and goes on as a fraction or an offset.
fn is_time(text: &str) -> bool {
    let shape = b"dddd-dd-ddTdd:dd:dd";
    let bytes = text.as_bytes();
    let fits = |(&byte, &wanted): (&u8, &u8)| match wanted {
        b'd' => byte.is_ascii_digit(),
        wanted => byte == wanted,
    };
    let rest = bytes.get(shape.len()..).unwrap_or_default();
    bytes.len() >= shape.len()
        && bytes.iter().zip(shape).all(fits)
        && rest.iter().all(|byte| byte.is_ascii_digit() || b".Z+-:".contains(byte))
}

/// Says whether a text is five groups of hex digits.
fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::Fact;
    use serde_json::json;

    #[test]
    fn values_fit_their_kinds() {
        for (fact, good, bad) in [
            ("string", json!("x"), json!(1)),
            ("integer", json!(7), json!(7.5)),
            ("number", json!(7.5), json!("7.5")),
            ("boolean", json!(true), json!("true")),
            ("object", json!({}), json!([])),
            ("string! = Copy|Default", json!("copy"), json!("Move")),
            ("string(date-time)", json!("2023-04-12T02:25:25.74Z"), json!("4/12/2023 2:25")),
            ("string(date-time)", json!("2023-04-12T02:25:25"), json!("2023-04-12")),
            (
                "string(uuid)",
                json!("3b2377d2-7ba5-47f9-9e9b-66147adfb454"),
                json!("3b2377d2-7ba5-47f9-9e9b"),
            ),
        ] {
            assert!(Fact::parse(fact).fits(&good), "{fact} {good}");
            assert!(!Fact::parse(fact).fits(&bad), "{fact} {bad}");
        }
    }

    #[test]
    fn a_query_is_text() {
        assert!(Fact::parse("integer").fits_query("5"));
        assert!(!Fact::parse("integer").fits_query("five"));
        assert!(Fact::parse("string = a|b").fits_query("a,b"));
        assert!(!Fact::parse("string = a|b").fits_query("a,c"));
        assert!(!Fact::parse("boolean").fits_query("yes"));
    }
}
