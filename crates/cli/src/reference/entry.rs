//! Everything that `uses:` can say: the actions of the executors and the steps that windlass does
//! by itself, in one form.

use serde::Serialize;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::{Catalog, EffectClass, Value};
use windlass_spec::flow::builtins::builtins;

/// One thing that `uses:` can say.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// What `uses:` says.
    pub kind: String,
    /// One sentence.
    pub summary: String,
    /// Whether windlass does it by itself.
    pub builtin: bool,
    /// JSON Schema of `with`.
    pub input: Value,
    /// JSON Schema of its outputs.
    pub output: Value,
    /// What the engine goes by; absent for built-in steps, which touch nothing outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traits: Option<ActionTraits>,
    /// What people ask of it; absent for built-in steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guide: Option<ActionGuide>,
    /// A step as one would write it.
    pub example: String,
}

impl Entry {
    /// All of them, built-in steps first, each half by name.
    pub fn all(catalog: &Catalog) -> Vec<Self> {
        let own = builtins().iter().map(|builtin| Self {
            kind: builtin.kind.to_owned(),
            summary: builtin.summary.to_owned(),
            builtin: true,
            input: builtin.input.clone(),
            output: builtin.output.clone(),
            traits: None,
            guide: None,
            example: builtin.example.to_owned(),
        });
        let actions = catalog.actions.values().map(|action| Self {
            kind: action.kind.clone(),
            summary: action.summary.clone(),
            builtin: false,
            input: action.input.clone(),
            output: action.output.clone(),
            traits: Some(action.traits.clone()),
            guide: Some(action.guide.clone()),
            example: action.example.clone(),
        });
        own.chain(actions).collect()
    }

    /// What it does to the world, in words.
    pub fn effect_words(&self) -> &'static str {
        match self.traits.as_ref().map(|traits| traits.class) {
            None => "built in",
            Some(EffectClass::ReadOnly) => "reads only",
            Some(EffectClass::Reversible) => "changes, can be undone",
            Some(EffectClass::Irreversible) => "changes for good",
        }
    }

    /// How long an "absent" of its probe proves nothing, in words; none where it has no doubt.
    pub fn settle_words(&self) -> Option<String> {
        let traits = self.traits.as_ref()?;
        if traits.class == EffectClass::ReadOnly {
            return None;
        }
        Some(match traits.settle_ms {
            0 => "a probe's \"absent\" counts at once".to_owned(),
            span => format!("a probe's \"absent\" counts {} after the intent", span_words(span)),
        })
    }
}

/// A span as a file would say it.
pub fn span_words(ms: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let fits = UNITS.into_iter().find(|(length, _)| ms > 0 && ms.is_multiple_of(*length));
    fits.map_or_else(|| format!("{ms}ms"), |(length, unit)| format!("{}{unit}", ms / length))
}

#[cfg(test)]
mod tests {
    use super::span_words;

    #[test]
    fn spans_read_as_one_would_write_them() {
        for (ms, said) in [(0, "0ms"), (500, "500ms"), (90_000, "90s"), (7_200_000, "2h")] {
            assert_eq!(span_words(ms), said);
        }
    }
}
