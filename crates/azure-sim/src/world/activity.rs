//! A line of the activity log: a write that came to ARM, and what became of it. It must not know
//! who reads it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The state of a request whose work goes on.
pub const ACCEPTED: &str = "Accepted";

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// When it happened.
    pub at: Timestamp,
    /// When the log shows it.
    pub shown: Timestamp,
    /// Its id.
    pub id: String,
    /// `Microsoft.Sql/servers/databases/export/action`.
    pub operation: String,
    /// The resource.
    pub resource: String,
    /// The caller's correlation id.
    pub correlation: String,
    /// The caller's own id of the request.
    pub client_request: Option<String>,
    /// `Accepted`, `Succeeded`, `Failed`.
    pub status: String,
    /// The status of the answer.
    pub http_status: u16,
    /// The resource group.
    pub group: String,
    /// Who, where it was somebody else than the simulator's own identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
}
