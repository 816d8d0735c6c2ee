//! What a `wait` is for: a span, a point in time, a window, a signal, a file.

use super::compile::{has_hole, template};
use super::context::Context;
use super::moments::{point_in_time, window};
use super::policies::action_input;
use crate::cel::{Names, Ty};
use crate::diagnostic::Findings;
use crate::keys::parse_duration;
use crate::yaml::{Yaml, YamlKind};
use windlass_model::Work;

/// What a wait is for, by the keys of `with`.
const KINDS: [&str; 5] = ["for", "until", "window", "signal", "file"];

/// The action that looks at a file until it is there.
const FILE_WAIT: &str = "file.wait";

/// The work of a `wait`, with the type of its outputs where it has any.
pub fn wait(
    with: &Yaml,
    context: &Context<'_>,
    names: &Names,
    findings: &mut Findings,
) -> Option<(Work, Option<Ty>)> {
    let given: Vec<&str> = KINDS.into_iter().filter(|kind| with.get(kind).is_some()).collect();
    let [kind] = given.as_slice() else {
        let message = "`wait` needs one of `for`, `until`, `window`, `signal` and `file`";
        let found = findings.error("missing_key", with.span, message);
        found.help("for example `with: { for: 5m }`");
        return None;
    };
    let what = with.get(kind)?;
    match *kind {
        "for" => wait_for(what, findings).map(|work| (work, None)),
        "until" => {
            let zone = with.get("zone").and_then(Yaml::text);
            let until = point_in_time(what, zone, with.span_of("zone"), context, findings)?;
            Some((Work::WaitUntil { until, zone: zone.map(str::to_owned) }, None))
        }
        "window" => {
            let window = window(what, context, findings)?;
            Some((Work::WaitWindow { window }, None))
        }
        "signal" => wait_signal(what, findings),
        _ => wait_file(what, context, names, findings),
    }
}

fn wait_for(span: &Yaml, findings: &mut Findings) -> Option<Work> {
    if let Some(text) = span.text()
        && !has_hole(span)
        && parse_duration(text).is_none()
    {
        let message = "this is no span of time";
        findings
            .error("wrong_form", span.span, message)
            .help("write `30s`, `5m`, `2h`, at most a year");
        return None;
    }
    Some(Work::WaitFor { span: template(span) })
}

/// The name is known before a run: whoever sends the signal must be told it.
fn wait_signal(name: &Yaml, findings: &mut Findings) -> Option<(Work, Option<Ty>)> {
    if has_hole(name) {
        let message = "the name of a signal is known before a run";
        findings.error("hole_here", name.span, message).help("write it out");
        return None;
    }
    let name = name.text()?.to_owned();
    let fields = [("data", Ty::Any), ("by", Ty::String), ("note", Ty::Any)];
    let fields = fields.map(|(name, ty)| (name.to_owned(), ty));
    let outputs = Ty::record(format!("the signal `{name}`"), fields);
    Some((Work::WaitSignal { name }, Some(outputs)))
}

/// The action that looks for it, with its input.
fn wait_file(
    file: &Yaml,
    context: &Context<'_>,
    names: &Names,
    findings: &mut Findings,
) -> Option<(Work, Option<Ty>)> {
    if !matches!(file.kind, YamlKind::Map(_)) {
        // Said already: `file` is a map.
        return None;
    }
    let (with, traits) = action_input(FILE_WAIT, Some(file), file.span, context, names, findings)?;
    let outputs = context.catalog.actions.get(FILE_WAIT).map(|spec| {
        Ty::of_schema(&spec.output, &spec.output, &format!("the output of `{FILE_WAIT}`"))
    });
    Some((Work::Action { uses: FILE_WAIT.to_owned(), with, traits }, outputs))
}
