//! An expression: read, evaluated over values of every type, and read again from what is stored.

use serde_json::{Value, json};
use std::sync::LazyLock;
use windlass_model::expr::scope::pick;
use windlass_model::expr::{Expr, Scope};
use windlass_spec::cel::parse;

/// Names that expressions have, with a value of each type.
static NAMES: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "inputs": { "n": 7, "name": "qa4", "on": true, "list": ["a", "b"], "half": 0.5 },
        "outputs": { "found": true, "number": "7.1.214.3", "percent": 15, "none": null },
        "steps": { "a": { "outputs": { "items": [{ "x": 1 }, { "x": 2 }], "at": "2026-11-28" } } },
        "env": { "zone": "Europe/Berlin", "folder": "/src/Migrations" },
        "item": { "running": true, "traffic": 100 },
        "run": { "id": "run_0193f0", "date": "2026-11-28" },
    })
});

struct Names;

impl Scope for Names {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        pick(&NAMES, path)
    }
}

/// Tries bytes as an expression.
pub fn try_bytes(bytes: &[u8]) {
    let source = String::from_utf8_lossy(bytes);
    let parsed = match parse(&source) {
        Ok(parsed) => parsed,
        Err(trouble) => {
            assert!(!trouble.message.is_empty(), "it is refused without a word");
            assert!(source.get(trouble.at.clone()).is_some(), "{trouble:?} lies in the text");
            return;
        }
    };
    let first = parsed.expr.evaluate(&Names);
    let stored = serde_json::to_string(&parsed.expr).expect("an expression can be stored");
    let again: Expr = serde_json::from_str(&stored).expect("what was stored can be read");
    assert_eq!(first, again.evaluate(&Names), "it means the same once it was stored");
}
