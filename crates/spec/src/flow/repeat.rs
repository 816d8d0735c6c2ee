//! The key `repeat`: rounds of a step until an expression over its outputs holds.

use super::checked::Rounds;
use super::compile::condition;
use crate::cel::{Names, Ty};
use crate::diagnostic::Findings;
use crate::keys::{StepFile, parse_duration};
use crate::yaml::Yaml;
use windlass_model::Work;

/// Reads it.
pub fn rounds(
    step: &Yaml,
    raw: &StepFile,
    work: &Work,
    (names, outputs): (&Names, &Ty),
    findings: &mut Findings,
) -> Option<Rounds> {
    let entry = step.entry("repeat")?;
    let (yaml, file) = (&entry.value, raw.repeat.as_ref()?);
    if let Some(other) = step.entry("for_each") {
        let message = "a step has `for_each` or `repeat`, not both";
        let help = "put one of them into a workflow of its own, and call that";
        findings.error("unknown_key", other.key_span, message).help(help);
    }
    let timed =
        matches!(work, Work::WaitFor { .. } | Work::WaitUntil { .. } | Work::WaitWindow { .. });
    if timed || raw.uses.as_deref() == Some("checklist") {
        let message = "a `wait` for time, or a checklist, is not repeated";
        let help = "repeat the step that looks, with `every:` between its rounds";
        findings.error("unknown_key", entry.key_span, message).help(help);
    }
    let own = names.clone().with("outputs", outputs.clone());
    let until = condition(yaml.get("until")?, &own, findings, "`until`")?;
    let every = file.every.as_deref();
    if every.is_some_and(|text| parse_duration(text).is_none()) {
        let message = "`every` is longer than a year";
        findings.error("out_of_range", yaml.span_of("every"), message);
    }
    let pause_ms = every.and_then(parse_duration).filter(|span| *span > 0);
    Some(Rounds { until, max: file.max, pause_ms })
}
