//! A fault as a caller arms it. It must not know how it is carried out.

use crate::foreign_change::ForeignChange;
use serde::{Deserialize, Serialize};

/// Which requests a fault is for. All that is given must fit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Matcher {
    /// The method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A part of the path, in any letter case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// Before or after the effect of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// The request has come, and has done nothing yet.
    #[default]
    Before,
    /// The request has done what it does, and is not answered yet.
    After,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum FaultKind {
    /// The answer, or the work, takes longer.
    Delay {
        /// Real milliseconds.
        ms: u64,
        /// Whether the work waits, or the answer.
        #[serde(default)]
        when: Moment,
    },
    /// The work is done, and the connection breaks.
    LostReply,
    /// The connection breaks, and nothing was done.
    LostRequest,
    /// The same request arrives twice; the second answer is given.
    Duplicate,
    /// 429 with `Retry-After`; nothing was done.
    Throttle {
        /// Seconds.
        retry_after: u64,
    },
    /// The work is done, and the answer asks for patience: 200 with `Retry-After`.
    SlowDown {
        /// Seconds.
        retry_after: u64,
        /// Real milliseconds by which the answer is late.
        #[serde(default)]
        ms: u64,
    },
    /// ARM gives up with 504.
    GatewayTimeout {
        /// Whether the provider does the work all the same.
        applied: bool,
        /// Simulated seconds after which it does it; at once if none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_seconds: Option<f64>,
        /// Simulated seconds for which a site then refuses every write with 429/59206.
        #[serde(default)]
        lock_seconds: f64,
    },
    /// A web page with status 500.
    Html500 {
        /// Whether the work was done.
        #[serde(default)]
        applied: bool,
    },
    /// The long operation, or the deployment, that the request begins will fail.
    FailedOperation {
        /// SQL's code.
        #[serde(default = "default_code")]
        code: String,
        /// SQL's sentence.
        #[serde(default = "default_message")]
        message: String,
    },
    /// Somebody else changed the thing first: a site gets a new stamp just before the request, and
    /// Azure DevOps refuses an old copy.
    StaleRevision,
    /// Somebody else changes something just before the request does its work, or just after.
    SomebodyElse {
        /// What somebody else does.
        does: ForeignChange,
        /// Before or after the work.
        #[serde(default)]
        when: Moment,
    },
    /// The copy, or the deployment, that the request begins takes that many times as long.
    SlowCopy {
        /// How many times.
        factor: f64,
    },
    /// The site is shown with its stamp of before the last change.
    LaggingEtag,
    /// A process is killed with SIGKILL.
    KillClient {
        /// Its id.
        pid: i32,
        /// Before or after the effect.
        when: Moment,
    },
}

fn default_code() -> String {
    "InternalServerError".into()
}

fn default_message() -> String {
    "An unexpected error occurred while processing the request.".into()
}

/// A fault with the requests it is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// For which requests.
    #[serde(default, rename = "match")]
    pub matcher: Matcher,
    /// From which of them on: 1 is the first.
    #[serde(default = "one")]
    pub nth: u64,
    /// How many of them; 0 means all.
    #[serde(default = "one")]
    pub count: u64,
}

fn one() -> u64 {
    1
}

impl Fault {
    /// A fault for the next request, whatever it is.
    pub fn new(kind: FaultKind) -> Self {
        Self { kind, matcher: Matcher::default(), nth: 1, count: 1 }
    }

    /// The same for requests of a method whose path contains a text.
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.matcher = Matcher { method: Some(method.into()), path: Some(path.into()) };
        self
    }
}

impl Matcher {
    /// Says whether a request fits.
    pub fn fits(&self, method: &str, path: &str) -> bool {
        let method_fits = self.method.as_ref().is_none_or(|want| want.eq_ignore_ascii_case(method));
        let path = path.to_ascii_lowercase();
        let path_fits = self.path.as_ref().is_none_or(|want| path.contains(&want.to_lowercase()));
        method_fits && path_fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_fault_is_plain_json() {
        let fault: Fault = serde_json::from_value(json!({
            "fault": "kill_client", "pid": 7, "when": "after", "nth": 3,
            "match": {"method": "PUT", "path": "/databases/"},
        }))
        .unwrap();
        assert_eq!(fault.kind, FaultKind::KillClient { pid: 7, when: Moment::After });
        assert_eq!((fault.nth, fault.count), (3, 1));
        assert!(fault.matcher.fits("put", "/x/Databases/y"));
        assert!(!fault.matcher.fits("GET", "/x/databases/y"));
        let back = serde_json::to_value(&fault).unwrap();
        assert_eq!(serde_json::from_value::<Fault>(back).unwrap(), fault);
    }
}
