//! Reads the log by one of the few filters that it takes. It must not change anything.

use crate::arm::{ArmPath, not_simulated};
use crate::clock::earlier;
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::Activity;
use jiff::Timestamp;
use serde_json::{Value, json};

/// How far the log goes back, in seconds.
const KEPT_S: i64 = 90 * 24 * 3600;

/// What a filter asks for.
#[derive(Debug, Default, PartialEq)]
struct Wanted {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    resource: Option<String>,
    correlation: Option<String>,
}

/// Answers a request to `Microsoft.Insights`.
pub fn answer(turn: &Turn<'_>, path: &ArmPath) -> Answer {
    let parts: Vec<&str> = path.lower.iter().map(String::as_str).collect();
    match (turn.request.method.as_str(), parts.as_slice()) {
        ("GET", ["eventtypes", "management", "values"]) => list(turn),
        _ => not_simulated(turn.request),
    }
}

fn list(turn: &Turn<'_>) -> Answer {
    let filter = turn.request.query("$filter").unwrap_or_default();
    let Some(wanted) = parse(filter) else {
        return refusal("The $filter is not one that is allowed.");
    };
    let Some(from) = wanted.from else {
        return refusal("The $filter lacks a start time.");
    };
    if from < earlier(turn.now, KEPT_S) {
        return refusal("The start time cannot be more than 90 days in the past.");
    }
    let same = |wanted: &Option<String>, found: &str| {
        wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(found))
    };
    let log = turn.world.activity.iter().filter(|one| {
        one.shown <= turn.now
            && one.at >= from
            && wanted.to.is_none_or(|to| one.at <= to)
            && same(&wanted.resource, &one.resource)
            && same(&wanted.correlation, &one.correlation)
    });
    let value: Vec<Value> = log.rev().map(|one| body(turn, one)).collect();
    Answer::json(200, json!({"value": value}))
}

fn refusal(message: &str) -> Answer {
    Answer::json(400, json!({"code": "BadRequest", "message": message}))
}

/// `eventTimestamp ge '…' and eventTimestamp le '…' and resourceUri eq '…'`, with or without
/// quotes.
fn parse(filter: &str) -> Option<Wanted> {
    let mut wanted = Wanted::default();
    for part in filter.split(" and ") {
        let mut words = part.trim().splitn(3, ' ');
        let (name, verb, value) = (words.next()?, words.next()?, words.next()?);
        let value = value.trim_matches('\'');
        match (name, verb) {
            ("eventTimestamp", "ge") => wanted.from = Some(value.parse().ok()?),
            ("eventTimestamp", "le") => wanted.to = Some(value.parse().ok()?),
            ("resourceUri", "eq") => wanted.resource = Some(value.to_owned()),
            ("correlationId", "eq") => wanted.correlation = Some(value.to_owned()),
            _ => return None,
        }
    }
    Some(wanted)
}

/// What the log calls the status of an answer.
fn word(status: u16) -> &'static str {
    match status {
        201 => "Created",
        202 => "Accepted",
        204 => "NoContent",
        200..=299 => "OK",
        400 => "BadRequest",
        403 => "Forbidden",
        404 => "NotFound",
        409 => "Conflict",
        429 => "TooManyRequests",
        _ => "",
    }
}

fn body(turn: &Turn<'_>, one: &Activity) -> Value {
    let named = |value: &str| json!({"value": value, "localizedValue": value});
    json!({
        "id": format!("{}/events/{}", one.resource, one.id),
        "eventDataId": one.id,
        "eventTimestamp": one.at.to_string(),
        "submissionTimestamp": one.shown.to_string(),
        "operationName": named(&one.operation),
        "status": named(&one.status),
        "subStatus": named(word(one.http_status)),
        "category": named("Administrative"),
        "caller": one.caller.as_ref().unwrap_or(&turn.world.identity.client_id),
        "correlationId": one.correlation,
        "operationId": one.correlation,
        "resourceGroupName": one.group,
        "resourceId": one.resource,
        "subscriptionId": turn.world.subscription,
        "level": "Informational",
        "httpRequest": {
            "clientRequestId": one.client_request,
            "clientIpAddress": "127.0.0.1",
            "method": "PUT",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_few_filters_are_taken() {
        let wanted = parse(
            "eventTimestamp ge '2026-03-02T09:00:00Z' and eventTimestamp le \
             2026-03-02T10:00:00+00:00 and correlationId eq 'c'",
        )
        .unwrap();
        assert_eq!(wanted.correlation.as_deref(), Some("c"));
        assert!(wanted.from < wanted.to);
        assert_eq!(parse("caller eq 'me'"), None);
    }
}
