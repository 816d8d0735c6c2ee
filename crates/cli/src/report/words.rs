//! Words and values as the readable reports show them: one way for Markdown and HTML. It must not
//! know either.

use super::changes::Before;
use super::facts::Report;
use super::people::{File, Said};
use crate::render::duration::{date_time, span};
use crate::visible::visible;
use serde_json::Value;
use windlass_model::Phase;

/// Characters of a value that a table shows: the JSON report has all of it.
const VALUE_CHARS_MAX: usize = 200;

/// Text of others: nothing in it turns the direction of what follows, or is no character.
pub fn shown(text: &str) -> String {
    visible(text).into_owned()
}

/// A value in a table.
pub fn value(value: &Value) -> String {
    let text = match value {
        Value::Null => "not known beforehand".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let text = shown(&text);
    match text.chars().count() > VALUE_CHARS_MAX {
        true => text.chars().take(VALUE_CHARS_MAX).chain(['…']).collect(),
        false => text,
    }
}

/// A value before.
pub fn before(before: &Before) -> String {
    match before {
        Before::Value { value: known } => value(known),
        Before::Captured { keyed_hash: Some(hash) } => format!("sealed, keyed hash {hash}"),
        Before::Captured { keyed_hash: None } => "sealed (no key here to hash it)".to_owned(),
        Before::Unknown => "not recorded".to_owned(),
    }
}

/// A file beside an answer.
pub fn file(file: &File) -> String {
    let kept = if file.kept { "kept in the history" } else { "kept elsewhere" };
    format!("{} ({} bytes, {kept}), SHA-256 {}", shown(&file.name), file.bytes, file.sha256)
}

/// What somebody did, the answer included.
pub fn did(said: &Said) -> String {
    match &said.answer {
        Some(answer) => format!("{}: {}", said.what, value(answer)),
        None => shown(&said.what),
    }
}

/// How the question bound who answers.
pub fn bounds(said: &Said) -> Option<String> {
    let mut bounds = Vec::new();
    if !said.roles.is_empty() {
        bounds.push(format!("only {}", said.roles.join(", ")));
    }
    if let Some(typed) = &said.typed {
        bounds.push(format!("`{typed}` had to be typed"));
    }
    if let Some(not_by) = &said.not_by {
        bounds.push(format!("not by {not_by} (four eyes)"));
    }
    (!bounds.is_empty()).then(|| shown(&bounds.join("; ")))
}

/// The sign of a phase: it says the same as the colour.
pub fn sign(phase: Phase) -> &'static str {
    match phase {
        Phase::Succeeded => "✓",
        Phase::RolledBack => "↩",
        Phase::Failed | Phase::Stuck => "!",
        Phase::Cancelled | Phase::Superseded => "■",
        Phase::Paused => "‖",
        _ => "▸",
    }
}

/// What a phase means, for a reader who does not know the word.
pub fn verdict(phase: Phase) -> &'static str {
    match phase {
        Phase::Succeeded => "every step has ended well",
        Phase::RolledBack => "what it had changed is put back",
        Phase::Failed => "a step failed; the run keeps its lock and waits for a decision",
        Phase::Stuck => "it stands, and only a human can tell how it goes on",
        Phase::Cancelled => "ended on request, things left as they are",
        Phase::Superseded => "another run took over",
        Phase::Paused => "stands on request",
        Phase::Queued => "waits for its lock",
        Phase::Waiting => "waits for a human, a signal or a time",
        Phase::Running => "goes forward, or was left in the middle",
        Phase::RollingBack => "goes back, or was left in the middle",
    }
}

/// The first lines: what, who, when, in pairs.
pub fn head(report: &Report) -> Vec<(&'static str, String)> {
    let Report { workflow, description, environment, .. } = report;
    let what = match description {
        Some(description) => description.clone(),
        None => workflow.clone(),
    };
    let place = match report.simulated {
        true => format!("{environment} (the built-in simulator: nothing real was touched)"),
        false => environment.clone(),
    };
    let clock = report.time_scale.filter(|scale| *scale > 1.0);
    let clock = clock.map(|scale| format!(" by the run's own clock, {scale} times as fast"));
    let took = format!("{}{}", span(report.took_ms), clock.unwrap_or_default());
    let by = report.started_by.as_deref().unwrap_or("nobody yet");
    let mut pairs = vec![
        ("What", what),
        ("Where", place),
        ("Who started it", by.to_owned()),
        ("Began", date_time(report.started_at)),
        ("Last event", date_time(report.last_event_at)),
        ("Took", took),
    ];
    pairs.extend(report.lock.clone().map(|lock| ("Lock", lock)));
    pairs.push(("Run", report.run.to_string()));
    pairs.into_iter().map(|(name, text)| (name, shown(&text))).collect()
}

/// The sentences about the chain.
pub fn chain(report: &Report) -> Vec<String> {
    let chain = &report.chain;
    let mut said = vec![format!(
        "The history has {} events. Its whole hash chain was checked when this report was made, \
         at {}, by windlass {}.",
        chain.events,
        date_time(chain.reported_at),
        chain.windlass
    )];
    said.push(match &chain.signed {
        Some(signed) => format!(
            "Its first {} events were signed at {} with the key whose public half has \
             SHA-256 {}.",
            signed.events,
            date_time(signed.at),
            signed.key_sha256
        ),
        None => "Nobody has signed it in this store. The chain alone cannot show that its end was \
                 not cut off, nor that it was not computed anew; a signed export can."
            .to_owned(),
    });
    said
}

/// The command that holds a store against the head.
pub fn check_command(report: &Report) -> String {
    format!("windlass history {} --verify --head {}", report.run, report.chain.head)
}
