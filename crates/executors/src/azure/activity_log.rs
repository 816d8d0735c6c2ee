//! M1: the activity log, which says whether a request of ours came to the Resource Manager and what
//! became of it. It is late by minutes: what it does not show yet proves nothing.

use super::arm::{Arm, Target, segment};
use crate::http::{Aim, refused};
use jiff::{SignedDuration, Timestamp};
use windlass_model::{RequestId, Value};
use windlass_ports::resource::Change;
use windlass_ports::{ActionError, Outcome};

/// The version of the interface: there is no other.
const VERSION: &str = "2015-04-01";

/// By how much the log is late at most, as far as is known; what it is silent about after that did
/// not come.
pub const LATE_MS: u64 = 900_000;

/// The log's clock and that of the service that gave our "not before" may differ a little.
const SLACK: SignedDuration = SignedDuration::from_mins(5);

/// What the log calls a request that was refused since something else was at work.
const AT_WORK: &str = "Conflict";

/// What the log says of a request; of several lines the last one here counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// Nothing, or nothing yet.
    Nothing,
    /// It came, and was refused since something else was at work.
    Refused,
    /// It came, and its work goes on.
    Accepted,
    /// Its work failed, or it was refused for good.
    Failed,
    /// Its work is done.
    Succeeded,
}

/// Asks for a request that was sent after a moment, by the id that it carried. An identity that may
/// not read the log, or a moment that the log does not reach, tells nothing.
pub async fn told(
    arm: &Arm,
    subscription: Option<&str>,
    request: RequestId,
    since: Timestamp,
) -> Outcome<Told> {
    let since = since.checked_sub(SLACK).unwrap_or(since);
    let filter = format!("eventTimestamp ge '{since}' and correlationId eq '{request}'");
    let mut seen = Told::Nothing;
    for line in lines(arm, subscription, &filter).await? {
        let status = line["status"]["value"].as_str().unwrap_or_default().to_ascii_lowercase();
        let refused = line["subStatus"]["value"].as_str() == Some(AT_WORK);
        let next = match status.as_str() {
            "succeeded" => Told::Succeeded,
            // So is a second delivery, while the first one's work goes on.
            "failed" if refused => Told::Refused,
            "failed" => Told::Failed,
            "accepted" | "started" => Told::Accepted,
            _ => continue,
        };
        seen = seen.max(next);
    }
    Ok(seen)
}

/// Who wrote to a resource, or did something to it, since a moment; the newest first. `id` is its
/// id, or that of a part of it.
pub async fn changes(
    arm: &Arm,
    subscription: Option<&str>,
    id: &str,
    since: windlass_model::Timestamp,
) -> Outcome<Vec<Change>> {
    let filter = format!("eventTimestamp ge '{since}' and resourceUri eq '{id}'");
    let told = lines(arm, subscription, &filter).await?;
    let change = |line: &Value| {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let done = line["status"]["value"].as_str()?.eq_ignore_ascii_case("succeeded");
        done.then_some(Change {
            at: windlass_model::Timestamp::parse(line["eventTimestamp"].as_str()?)?,
            by: text(&line["caller"])?,
            what: text(&line["operationName"]["value"])?,
            request: serde_json::from_value(line["correlationId"].clone()).ok(),
        })
    };
    Ok(told.iter().filter_map(change).collect())
}

/// The lines that a filter lets through. An identity that may not read the log, or a moment that
/// the log does not reach, tells nothing.
async fn lines(arm: &Arm, subscription: Option<&str>, filter: &str) -> Outcome<Vec<Value>> {
    let what = "read the activity log";
    let path = format!(
        "/subscriptions/{}/providers/Microsoft.Insights/eventtypes/management/values?$filter={}",
        segment(subscription.unwrap_or(&arm.subscription)),
        segment(filter),
    );
    let reply = match arm.get(what, &Target { path, version: VERSION.to_owned() }).await {
        Ok(reply) => reply,
        Err(ActionError::Permanent(_)) => return Ok(Vec::new()),
        Err(other) => return Err(other),
    };
    if reply.status == 404 {
        return Err(refused(Aim::Read, what, &reply));
    }
    let mut body = reply.json().unwrap_or_default();
    Ok(match body["value"].take() {
        Value::Array(lines) => lines,
        _ => Vec::new(),
    })
}
