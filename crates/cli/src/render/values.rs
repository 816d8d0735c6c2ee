//! Values of inputs and outputs as humans read them on one line.

use windlass_model::Value;

/// Characters of a value that a line shows; the rest is where it came from.
const INPUT_CHARS: usize = 90;

/// A map as `key=value` pairs.
pub fn flat(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let pairs = map.iter().map(|(key, value)| format!("{key}={}", plain(value)));
            pairs.collect::<Vec<_>>().join(" ")
        }
        other => plain(other),
    }
}

/// A text without its quotes, on one line.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        // With spaces, so that a terminal can break it.
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| format!("{key:?}: {value}"));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A text that fits a line.
pub fn bounded(text: &str) -> String {
    match text.char_indices().nth(INPUT_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
