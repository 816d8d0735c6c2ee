//! How much a call may hand to a run's history. More is refused before it is written, with the
//! truth about what happened: nothing is cut, and what acted is not called failed. It must not know
//! what the values mean.

use std::io;
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
    let mut counted = Counted(0);
    // Counting cannot fail, and every value can be written.
    drop(serde_json::to_writer(&mut counted, value));
    (counted.0 > OUTPUT_BYTES_MAX).then(|| format!("{} bytes", counted.0))
}

/// Counts what is written to it.
struct Counted(usize);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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

    /// A control character is six bytes in a history.
    #[test]
    fn a_text_counts_as_it_is_written() {
        let escaped = |count: usize| Value::String("\u{1}".repeat(count));
        let fits = (OUTPUT_BYTES_MAX - 2) / 6;
        assert_eq!(too_large(&escaped(fits)), None);
        let bytes = serde_json::to_string(&escaped(fits + 1)).unwrap().len();
        assert_eq!(too_large(&escaped(fits + 1)), Some(format!("{bytes} bytes")));
    }
}
