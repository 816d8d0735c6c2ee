//! The build that an app runs. It must not know the app.

use serde::{Deserialize, Serialize};

/// The build that an app runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Deployed {
    /// The branch that built it, without `refs/heads/`.
    pub branch: String,
    /// The build's number.
    pub version: String,
    /// The release it came with.
    pub release: String,
}
