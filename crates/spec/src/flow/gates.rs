//! When a step may begin: its keys `window` and `not_before`.

use super::context::Context;
use super::input_holes::InputHoles;
use super::moments::{point_in_time, window};
use crate::cel::Names;
use crate::diagnostic::Findings;
use crate::shape::Checker;
use crate::yaml::Yaml;
use serde_json::json;
use windlass_model::Work;
use windlass_model::step::{Gate, StepDef};

/// Keys that say when a step may begin.
const KEYS: [&str; 2] = ["window", "not_before"];

/// Reads them.
pub fn gate(step: &Yaml, context: &Context<'_>, names: &Names, findings: &mut Findings) -> Gate {
    let not_before = step.get("not_before").and_then(|yaml| {
        let text = json!({ "type": "string" });
        let mut holes = InputHoles::new(&text, names, context);
        Checker { root: &text, holes: &mut holes, findings }.check(yaml, &text, "`not_before`");
        point_in_time(yaml, None, yaml.span, context, findings)
    });
    let window = step.get("window").and_then(|yaml| window(yaml, context, findings));
    Gate { window, not_before, pause_ms: None }
}

/// A wait for time says itself when it is over.
pub fn refuse_twice(def: &StepDef, step: &Yaml, findings: &mut Findings) {
    let timed =
        matches!(def.work, Work::WaitFor { .. } | Work::WaitUntil { .. } | Work::WaitWindow { .. });
    for entry in KEYS.iter().filter_map(|key| step.entry(key)).filter(|_| timed) {
        let message = format!("a `wait` for time takes no `{}`", entry.key);
        let help = "give it to the step that is to begin then; it needs no `wait` before it";
        findings.error("unknown_key", entry.key_span, message).help(help);
    }
}
