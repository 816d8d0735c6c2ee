//! How much a call may hand to a run's history. More is refused before it is written, with the
//! truth about what happened: nothing is cut, and what acted is not called failed. It must not know
//! what the values mean.

use windlass_model::Value;
use windlass_model::event::Failure;
use windlass_model::observation::{ActionError, Executed, Polled, Prepared, Probed, Sighting};

/// Most bytes of an output, a handle or what was captured, as JSON: what the largest output of a
/// shipped action has (a script's, 16 MiB), and a quarter of what a store takes as one record.
pub const OUTPUT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Turns what is too large into what is known without it.
pub fn bound(seen: &mut Sighting) {
    match seen {
        Sighting::Prepared { result, .. } => {
            let Ok(Prepared { captured: Some(captured), .. }) = result else { return };
            if let Some(bytes) = too_large(captured) {
                let why = format!(
                    "what was there before has {bytes}, and a history takes {OUTPUT_BYTES_MAX} at \
                     the most; nothing was done"
                );
                *result = Err(ActionError::Permanent(Failure::permanent("too_large", why)));
            }
        }
        Sighting::Acted(result) => {
            let Ok(Executed::Done(given) | Executed::Accepted(given)) = result else { return };
            if let Some(bytes) = too_large(given) {
                *result = Err(ActionError::InDoubt(acted(&bytes)));
            }
        }
        Sighting::Polled(result) => {
            let Ok(Polled::Done(given) | Polled::InProgress { handle: given, .. }) = result else {
                return;
            };
            if let Some(bytes) = too_large(given) {
                *result = Err(ActionError::InDoubt(acted(&bytes)));
            }
        }
        Sighting::Probed(result) => {
            let Ok(Probed::Done(given) | Probed::InProgress(given)) = result else { return };
            if let Some(bytes) = too_large(given) {
                *result = Ok(Probed::Unknown(acted(&bytes)));
            }
        }
        Sighting::Kept(_) | Sighting::Abandoned => {}
    }
}

fn acted(bytes: &str) -> String {
    format!(
        "it acted, but what it gives has {bytes}, and a history takes {OUTPUT_BYTES_MAX} at the \
         most: let it write that to a file; `step done` goes on without it where no step reads it"
    )
}

/// How many bytes a value has, in words, where they are too many.
fn too_large(value: &Value) -> Option<String> {
    let mut left = OUTPUT_BYTES_MAX;
    if take(value, &mut left) {
        return None;
    }
    Some(match serde_json::to_vec(value) {
        Ok(bytes) => format!("{} bytes", bytes.len()),
        Err(_) => "more bytes than can be counted".to_owned(),
    })
}

/// Takes what a value has as JSON; false as soon as it is more than is left. The usual small value
/// costs a walk and no memory.
fn take(value: &Value, left: &mut usize) -> bool {
    let mut less = |bytes: usize| {
        let fits = bytes <= *left;
        *left = left.saturating_sub(bytes);
        fits
    };
    match value {
        Value::Null | Value::Bool(_) => less(5),
        Value::Number(_) => less(8),
        Value::String(text) => less(text_bytes(text)),
        Value::Array(list) => less(2) && list.iter().all(|one| take(one, left)),
        Value::Object(map) => {
            less(2)
                && map.iter().all(|(key, one)| {
                    let bytes = text_bytes(key) + 2;
                    let fits = bytes <= *left;
                    *left = left.saturating_sub(bytes);
                    fits && take(one, left)
                })
        }
    }
}

/// A text as JSON: most control characters are written as six.
fn text_bytes(text: &str) -> usize {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 1,
        0..0x20 => 5,
        _ => 0,
    };
    2 + text.len() + text.bytes().map(escaped).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(bytes: usize) -> Value {
        json!("x".repeat(bytes - 2))
    }

    #[test]
    fn what_fits_is_left_as_it_is() {
        for given in [json!(null), json!({ "a": [1, "b"] }), of(OUTPUT_BYTES_MAX)] {
            for seen in [
                Sighting::Acted(Ok(Executed::Done(given.clone()))),
                Sighting::Polled(Ok(Polled::Done(given.clone()))),
                Sighting::Probed(Ok(Probed::Done(given.clone()))),
            ] {
                let mut bounded = seen.clone();
                bound(&mut bounded);
                assert!(bounded == seen);
            }
        }
    }

    #[test]
    fn what_is_too_large_is_told_for_what_it_is() {
        let large = of(OUTPUT_BYTES_MAX + 1);
        let mut seen = Sighting::Acted(Ok(Executed::Done(large.clone())));
        bound(&mut seen);
        let Sighting::Acted(Err(ActionError::InDoubt(why))) = seen else { panic!("{seen:?}") };
        assert!(why.contains("it acted, but what it gives has 16777217 bytes"), "{why}");
        let mut seen = Sighting::Probed(Ok(Probed::Done(large.clone())));
        bound(&mut seen);
        assert!(matches!(seen, Sighting::Probed(Ok(Probed::Unknown(_)))));
        let captured = Some(json!({ "settings": large }));
        let result = Ok(Prepared { captured, ..Prepared::default() });
        let mut seen = Sighting::Prepared { input: json!(null), effects: Vec::new(), result };
        bound(&mut seen);
        let Sighting::Prepared { result: Err(ActionError::Permanent(failure)), .. } = seen else {
            panic!("{seen:?}")
        };
        assert!(failure.message.contains("nothing was done"), "{failure:?}");
    }

    #[test]
    fn a_text_counts_as_it_is_written() {
        for text in ["", "plain", "\"quoted\"\n", "\u{1}\u{1f}", "ä€"] {
            let written = serde_json::to_string(text).unwrap();
            assert_eq!(text_bytes(text), written.len(), "{written}");
        }
    }
}
