//! What the armed faults mean for one request. It must not carry anything out.

use super::fault::{Fault, FaultKind, Moment};
use crate::foreign_change::ForeignChange;
use crate::http::{Answer, Request, arm_error, blob_error, devops_error, html_error};
use crate::turn::Twist;
use crate::world::OperationFailure;
use serde::{Deserialize, Serialize};

/// A fault and what is left of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Armed {
    /// The fault.
    pub fault: Fault,
    /// How many requests have fitted so far.
    pub met: u64,
}

impl Armed {
    /// A fault that has met nothing yet.
    pub fn new(fault: Fault) -> Self {
        Self { fault, met: 0 }
    }

    fn last(&self) -> u64 {
        match self.fault.count {
            0 => u64::MAX,
            count => self.fault.nth.saturating_add(count - 1),
        }
    }
}

/// What happens to one request.
#[derive(Debug, Default)]
pub struct Plan {
    /// Real milliseconds before the work.
    pub delay_before_ms: u64,
    /// Real milliseconds between the work and the answer.
    pub delay_after_ms: u64,
    /// A process to kill before the work, which is then not done.
    pub kill_before: Option<i32>,
    /// A process to kill after the work, which is then not answered.
    pub kill_after: Option<i32>,
    /// The connection breaks before the work.
    pub lose_request: bool,
    /// The connection breaks after the work.
    pub lose_reply: bool,
    /// The answer in place of the work.
    pub refusal: Option<Answer>,
    /// The answer in place of that of the work.
    pub instead: Option<Answer>,
    /// The work is done twice.
    pub twice: bool,
    /// Simulated seconds after which the work is done.
    pub later_s: Option<f64>,
    /// Simulated seconds for which the site is locked.
    pub lock_s: f64,
    /// `Retry-After` on a good answer.
    pub retry_after: Option<u64>,
    /// What somebody else does before the work.
    pub foreign_before: Vec<ForeignChange>,
    /// What somebody else does after the work.
    pub foreign_after: Vec<ForeignChange>,
    /// How the work is bent.
    pub twist: Twist,
}

/// Counts a request against the armed faults and returns what they do to it. Spent faults go.
pub fn meet(armed: &mut Vec<Armed>, request: &Request) -> Plan {
    let mut plan = Plan::default();
    for one in armed.iter_mut() {
        if one.fault.matcher.fits(&request.method, &request.path) {
            one.met += 1;
            if (one.fault.nth..=one.last()).contains(&one.met) {
                strike(&one.fault.kind, request, &mut plan);
            }
        }
    }
    armed.retain(|one| one.met < one.last());
    plan
}

fn strike(kind: &FaultKind, request: &Request, plan: &mut Plan) {
    match kind {
        FaultKind::Delay { ms, when: Moment::Before } => plan.delay_before_ms += ms,
        FaultKind::Delay { ms, when: Moment::After } => plan.delay_after_ms += ms,
        FaultKind::LostReply => plan.lose_reply = true,
        FaultKind::LostRequest => plan.lose_request = true,
        FaultKind::Duplicate => plan.twice = true,
        FaultKind::Throttle { retry_after } => {
            plan.refusal =
                Some(throttled(request).with_header("retry-after", retry_after.to_string()));
        }
        FaultKind::SlowDown { retry_after, ms } => {
            plan.retry_after = Some(*retry_after);
            plan.delay_after_ms += ms;
        }
        FaultKind::GatewayTimeout { applied, after_seconds, lock_seconds } => {
            plan.lock_s = *lock_seconds;
            match (applied, after_seconds) {
                (false, _) => plan.refusal = Some(gateway_timeout(request)),
                (true, None) => plan.instead = Some(gateway_timeout(request)),
                (true, Some(seconds)) => {
                    plan.later_s = Some(*seconds);
                    plan.refusal = Some(gateway_timeout(request));
                }
            }
        }
        FaultKind::Html500 { applied } => {
            let page = html_error(500, "500 - Internal server error.", "There is a problem.");
            let place = if *applied { &mut plan.instead } else { &mut plan.refusal };
            *place = Some(page);
        }
        FaultKind::FailedOperation { code, message } => {
            plan.twist.failure =
                Some(OperationFailure { code: code.clone(), message: message.clone() });
        }
        FaultKind::StaleRevision if is_devops(request) => {
            let message = "You are using an old copy of the release pipeline. Refresh your copy \
                           and try again.";
            plan.refusal = Some(devops_error(400, "InvalidRequestException", message));
        }
        FaultKind::StaleRevision => plan.twist.touched_before = true,
        FaultKind::SomebodyElse { does, when: Moment::Before } => {
            plan.foreign_before.push(does.clone());
        }
        FaultKind::SomebodyElse { does, when: Moment::After } => {
            plan.foreign_after.push(does.clone());
        }
        FaultKind::SlowCopy { factor } => plan.twist.copy_factor *= factor,
        FaultKind::LaggingEtag => plan.twist.lagging_stamp = true,
        FaultKind::KillClient { pid, when: Moment::Before } => plan.kill_before = Some(*pid),
        FaultKind::KillClient { pid, when: Moment::After } => plan.kill_after = Some(*pid),
    }
}

fn is_devops(request: &Request) -> bool {
    request.path.contains("/_apis/")
}

fn throttled(request: &Request) -> Answer {
    if is_devops(request) {
        let message = "TF400733: The request has been canceled: Request was blocked due to \
                       exceeding usage of resource 'Concurrency' in namespace 'User'.";
        return devops_error(429, "RequestBlockedException", message)
            .with_header("x-ratelimit-resource", "Concurrency")
            .with_header("x-ratelimit-remaining", "0");
    }
    if request.path.starts_with("/blob/") {
        let message = "The server is busy.";
        return blob_error(503, "ServerBusy", message, &request.method);
    }
    let message = "The request is being throttled as the limit has been reached for the \
                   subscription. Please retry later.";
    arm_error(429, "SubscriptionRequestsThrottled", message)
        .with_header("x-ms-failure-cause", "gateway")
        .with_header("x-ms-ratelimit-remaining-subscription-writes", "0")
}

/// The 504 as recorded, with the provider's name in it.
fn gateway_timeout(request: &Request) -> Answer {
    if is_devops(request) || request.path.starts_with("/scm/") {
        return html_error(504, "504 Gateway Timeout", "The service did not answer in time.");
    }
    if request.path.starts_with("/blob/") {
        let message = "Operation could not be completed within the specified time.";
        return blob_error(500, "OperationTimedOut", message, &request.method);
    }
    let path = request.path.to_ascii_lowercase();
    let provider = if path.contains("microsoft.sql") { "Microsoft.Sql" } else { "Microsoft.Web" };
    let message = format!(
        "The gateway did not receive a response from '{provider}' within the specified time period."
    );
    arm_error(504, "GatewayTimeout", message).with_header("x-ms-failure-cause", "service")
}
