//! Values that nobody knows before a run, as text with marks in it: `dispatcherqa4prod⟨n⟩` is a
//! text whose beginning is known. It must not know where values come from.

use windlass_model::Value;

/// Stands before what is not known. A private character: no file may write it in a name.
const OPEN: char = '\u{E000}';

/// Stands behind it.
const CLOSE: char = '\u{E001}';

/// A value of which nothing is known but what it is of.
pub fn unknown(of: &str) -> Value {
    Value::String(format!("{OPEN}{}{CLOSE}", plain(of)))
}

/// Whether something of a text is not known.
pub fn is_open(text: &str) -> bool {
    text.contains(OPEN)
}

/// Whether something of a value is not known, at any depth.
pub fn has_unknown(value: &Value) -> bool {
    match value {
        Value::String(text) => is_open(text),
        Value::Array(list) => list.iter().any(has_unknown),
        Value::Object(map) => map.values().any(has_unknown),
        _ => false,
    }
}

/// The text of a value that is not known, whole or in part.
pub fn open_text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| is_open(text))
}

/// Whether nothing of a value is known.
pub fn is_unknown(value: &Value) -> bool {
    open_text(value).is_some_and(|text| edges(text) == ("", "") && text.matches(OPEN).count() == 1)
}

/// What a text begins and ends with for sure.
pub fn edges(text: &str) -> (&str, &str) {
    let begins = text.find(OPEN).unwrap_or(text.len());
    let ends = text.rfind(CLOSE).map_or(0, |at| at + CLOSE.len_utf8());
    (&text[..begins], &text[ends..])
}

/// The text as people read it: `<n>` for what is not known.
pub fn shown(text: &str) -> String {
    text.replace(OPEN, "<").replace(CLOSE, ">")
}

/// A value as people read it.
pub fn shown_value(value: &Value) -> String {
    shown(value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str())
}

fn plain(text: &str) -> String {
    text.replace([OPEN, CLOSE], "")
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn what_is_known_of_a_text_is_its_edges() {
        let of = unknown("inputs.n");
        let text = format!("dispatcher{}old", of.as_str().unwrap());
        assert_eq!(edges(&text), ("dispatcher", "old"));
        assert_eq!(edges("whole"), ("whole", "whole"));
        assert_eq!(shown(&text), "dispatcher<inputs.n>old");
        assert!(has_unknown(&text.into()) && !has_unknown(&"whole".into()));
    }
}
