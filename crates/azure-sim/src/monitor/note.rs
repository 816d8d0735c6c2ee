//! Notes a write to ARM in the log. It must not know who reads it.

use crate::clock::later;
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::{ACCEPTED, Activity, World};
use jiff::Timestamp;

/// How many lines are kept: more than any rehearsal makes.
const LINES_KEPT: usize = 5_000;

/// Who changes things by hand in a simulated world.
const SOMEBODY: &str = "somebody@example.com";

/// The actions of POSTs; other methods are `write` and `delete`.
fn operation(turn: &Turn<'_>, segments: &[String]) -> String {
    let verb = match turn.request.method.as_str() {
        "DELETE" => "delete",
        "POST" => "action",
        _ => "write",
    };
    named(segments, verb)
}

fn named(segments: &[String], verb: &str) -> String {
    let at = segments.iter().position(|part| part.eq_ignore_ascii_case("providers"));
    let rest = at.map_or(&[][..], |at| segments.get(at + 1..).unwrap_or_default());
    let namespace = rest.first().map(String::as_str).unwrap_or_default();
    let types: Vec<&str> = rest.iter().skip(1).step_by(2).map(String::as_str).collect();
    format!("{namespace}/{}/{verb}", types.join("/"))
}

/// Notes a write and its answer. A long one gets a second line when it ends.
pub fn note(turn: &mut Turn<'_>, segments: &[String], answer: &Answer) {
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
        resource: format!("/{}", resource(segments).join("/")),
        client_request: turn.request.request_id(),
        status: status.to_owned(),
        http_status: answer.status,
        group: group(segments),
        caller: None,
    };
    keep(turn.world, activity);
}

/// Notes what somebody else did: `verb` is `write`, `delete` or `stop/action`.
pub fn note_foreign(world: &mut World, id: &str, verb: &str, now: Timestamp) {
    let segments: Vec<String> = id.split('/').skip(1).map(str::to_owned).collect();
    let event = world.ids.fresh().to_string();
    let activity = Activity {
        at: now,
        shown: later(now, world.timing.activity_lag_s),
        correlation: event.clone(),
        id: event,
        operation: named(&segments, verb),
        resource: id.to_owned(),
        client_request: None,
        status: "Succeeded".to_owned(),
        http_status: 200,
        group: group(&segments),
        caller: Some(SOMEBODY.to_owned()),
    };
    keep(world, activity);
}

/// The resource itself: an action's name behind it is none of its parts.
fn resource(segments: &[String]) -> &[String] {
    let at = segments.iter().position(|part| part.eq_ignore_ascii_case("providers"));
    let rest = at.map_or(0, |at| segments.len() - at - 1);
    match rest > 0 && rest.is_multiple_of(2) {
        true => segments.get(..segments.len() - 1).unwrap_or_default(),
        false => segments,
    }
}

fn group(segments: &[String]) -> String {
    match segments.get(2) {
        Some(word) if word.eq_ignore_ascii_case("resourceGroups") => {
            segments.get(3).cloned().unwrap_or_default()
        }
        _ => String::new(),
    }
}

fn keep(world: &mut World, activity: Activity) {
    let log = &mut world.activity;
    log.push(activity);
    let surplus = log.len().saturating_sub(LINES_KEPT);
    log.drain(..surplus);
}
