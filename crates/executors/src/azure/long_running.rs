//! Long operations of the Resource Manager: where to ask, how often, what an answer means (C2).
//!
//! It must not know what operates. The addresses may be several KB long and may change at every
//! poll; the newest
//! is the one to keep.

use super::arm::Arm;
use crate::http::error_body::{bounded, service_error};
use crate::http::{Aim, Reply, refused};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use windlass_model::{Failure, Millis};
use windlass_ports::{ActionError, Outcome};

/// How long between two polls where Azure does not say: what Microsoft's own command does.
pub const POLL_MS: Millis = 15_000;

/// Where to ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// `Azure-AsyncOperation`: always 200, with a state in its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// `Location`: 202 while it works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// What one saw.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// It works.
    Working {
        /// Where to ask from now on.
        operation: Operation,
        /// When.
        after_ms: Millis,
    },
    /// It ended well.
    Succeeded,
    /// It ended badly.
    Failed(Failure),
    /// The address leads nowhere any more.
    Lost(String),
}

impl Operation {
    /// The operation that an answer announces; none where it does not.
    pub fn announced(reply: &Reply) -> Option<Self> {
        let header = |name: &str| reply.header(name).map(str::to_owned);
        let operation = Self {
            state: header("azure-asyncoperation"),
            location: header("location").filter(|_| matches!(reply.status, 201 | 202)),
        };
        (operation.state.is_some() || operation.location.is_some()).then_some(operation)
    }

    /// The operation's own id: the last part of its address.
    pub fn id(&self) -> Option<&str> {
        let address = self.state.as_deref().or(self.location.as_deref())?;
        let path = address.split(['?', '#']).next().unwrap_or(address);
        path.rsplit('/').find(|part| !part.is_empty())
    }

    /// Asks once. `what` completes "failed to …".
    pub async fn ask(&self, arm: &Arm, what: &str) -> Outcome<Progress> {
        let Some(address) = self.state.as_deref().or(self.location.as_deref()) else {
            return Ok(Progress::Lost("no address to ask was kept".to_owned()));
        };
        let reply = arm.poll(what, address).await?;
        let mut next = self.clone();
        if let Some(location) = reply.header("location").filter(|_| reply.status == 202) {
            next.location = Some(location.to_owned());
        }
        let after_ms = reply.retry_after_ms().unwrap_or(POLL_MS).max(1);
        match reply.status {
            404 | 410 => Ok(Progress::Lost(service_error(&reply).message)),
            202 => Ok(Progress::Working { operation: next, after_ms }),
            200..=299 if self.state.is_some() => Ok(read_state(&reply, next, after_ms, what)),
            200..=299 => Ok(Progress::Succeeded),
            408 | 429 | 500..=599 | 401 | 403 => Err(refused(Aim::Read, what, &reply)),
            _ => Ok(Progress::Failed(failed(what, &service_error_value(&reply)))),
        }
    }
}

/// What a long operation still has to do: nothing once it succeeded.
pub type Rest = Option<(Operation, Millis)>;

impl Operation {
    /// Asks once, where failure ends a step and a lost address is doubt. `what` completes
    /// "failed to …".
    pub async fn rest(&self, arm: &Arm, what: &str) -> Outcome<Rest> {
        match self.ask(arm, what).await? {
            Progress::Working { operation, after_ms } => Ok(Some((operation, after_ms))),
            Progress::Succeeded => Ok(None),
            Progress::Failed(failure) => Err(ActionError::Permanent(failure)),
            Progress::Lost(why) => Err(ActionError::InDoubt(format!("failed to {what}: {why}"))),
        }
    }
}

/// Words other than the final four mean that it works.
fn read_state(reply: &Reply, operation: Operation, after_ms: Millis, what: &str) -> Progress {
    let Some(body) = reply.json() else {
        return Progress::Lost("the operation's address answers with something else".to_owned());
    };
    let status = body["status"].as_str().unwrap_or_default();
    match status.to_ascii_lowercase().as_str() {
        "succeeded" => Progress::Succeeded,
        "failed" | "canceled" | "cancelled" => {
            let mut error = body["error"].clone();
            if !error["code"].is_string() {
                error = serde_json::json!({"code": status, "message": error["message"]});
            }
            Progress::Failed(failed(what, &error))
        }
        _ => Progress::Working { operation, after_ms },
    }
}

fn service_error_value(reply: &Reply) -> Value {
    let said = service_error(reply);
    serde_json::json!({"code": said.code, "message": said.message})
}

fn failed(what: &str, error: &Value) -> Failure {
    let code = error["code"].as_str().unwrap_or("failed");
    let message = bounded(error["message"].as_str().unwrap_or("Azure gives no reason"));
    Failure::permanent(code, format!("failed to {what}: {message} ({code})"))
}
