//! Notes a write to ARM in the log. It must not know who reads it.

use crate::clock::later;
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::{ACCEPTED, Activity};

/// How many lines are kept: more than any rehearsal makes.
const LINES_KEPT: usize = 5_000;

/// The actions of POSTs; other methods are `write` and `delete`.
fn operation(turn: &Turn<'_>, segments: &[String]) -> String {
    let at = segments.iter().position(|part| part.eq_ignore_ascii_case("providers"));
    let rest = at.map_or(&[][..], |at| segments.get(at + 1..).unwrap_or_default());
    let namespace = rest.first().map(String::as_str).unwrap_or_default();
    let types: Vec<&str> = rest.iter().skip(1).step_by(2).map(String::as_str).collect();
    let verb = match turn.request.method.as_str() {
        "DELETE" => "delete",
        "POST" => "action",
        _ => "write",
    };
    format!("{namespace}/{}/{verb}", types.join("/"))
}

/// Notes a write and its answer. A long one gets a second line when it ends.
pub fn note(turn: &mut Turn<'_>, segments: &[String], answer: &Answer) {
    let group = match segments.get(2) {
        Some(word) if word.eq_ignore_ascii_case("resourceGroups") => segments.get(3).cloned(),
        _ => None,
    };
    let status = match answer.status {
        202 => ACCEPTED,
        200..=299 => "Succeeded",
        _ => "Failed",
    };
    let id = turn.world.ids.fresh().to_string();
    let correlation = turn.request.header("x-ms-correlation-request-id");
    let activity = Activity {
        at: turn.now,
        shown: later(turn.now, turn.world.timing.activity_lag_s),
        correlation: correlation.map_or_else(|| id.clone(), str::to_owned),
        id,
        operation: operation(turn, segments),
        resource: format!("/{}", segments.join("/")),
        client_request: turn.request.request_id(),
        status: status.to_owned(),
        http_status: answer.status,
        group: group.unwrap_or_default(),
    };
    let log = &mut turn.world.activity;
    log.push(activity);
    let surplus = log.len().saturating_sub(LINES_KEPT);
    log.drain(..surplus);
}
