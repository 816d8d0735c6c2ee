//! Events and runs as JSON lines. The shapes are documented in docs/operations.md; keys are added,
//! never renamed.

use serde_json::{Map, Value, json};
use windlass_model::{Event, RunId};
use windlass_ports::store::RunHead;

/// `{"type":…,"run":…,"seq":…,"at":…, the event's own keys}`.
pub fn event(run: RunId, event: &Event) -> Value {
    let mut own = match serde_json::to_value(event) {
        Ok(Value::Object(own)) => own,
        _ => Map::new(),
    };
    let mut line = Map::new();
    let ty = own.shift_remove("type").unwrap_or_default();
    line.insert("type".to_owned(), ty);
    line.insert("run".to_owned(), json!(run));
    for key in ["seq", "at"] {
        line.insert(key.to_owned(), own.shift_remove(key).unwrap_or_default());
    }
    line.extend(own);
    Value::Object(line)
}

/// A line of `list`, with what a waiting run waits for.
pub fn head(head: &RunHead, waits_for: &[String], shared_lock: Option<&str>) -> Value {
    json!({
        "run": head.run,
        "workflow": head.workflow,
        "environment": head.environment,
        "phase": head.phase,
        "started_at": head.started_at,
        "updated_at": head.updated_at,
        "lock": head.lock,
        "shared_lock": shared_lock,
        "seq": head.seq,
        "due": head.due,
        "waits_for": waits_for,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_model::{EventKind, Timestamp};

    #[test]
    fn an_event_line_begins_with_what_every_line_has() {
        let kind = EventKind::RunStarted { by: "me".into() };
        let started = Event { seq: 1, at: Timestamp(0), kind };
        let run = RunId(uuid::Uuid::nil());
        let line = event(run, &started).to_string();
        let at = "1970-01-01T00:00:00.000Z";
        let expected =
            format!(r#"{{"type":"run_started","run":"{run}","seq":1,"at":"{at}","by":"me"}}"#);
        assert_eq!(line, expected);
    }
}
