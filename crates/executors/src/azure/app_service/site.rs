//! A1: the site as it is. It must not change it.

use super::binding::AppBinding;
use crate::azure::arm::Arm;
use crate::http::{Aim, refused};
use windlass_ports::Outcome;

/// What is read of a site.
#[derive(Clone, Debug)]
pub struct Site {
    /// `Running`: allowed to run, not necessarily healthy. `Stopped` otherwise.
    pub state: String,
    /// The version stamp. It is noticed when it moves, it prevents nothing.
    pub etag: Option<String>,
    /// The service's clock.
    pub date: Option<String>,
}

/// The word for an app that is allowed to run.
pub const RUNNING: &str = "Running";

/// The word for one that is not.
pub const STOPPED: &str = "Stopped";

impl Site {
    /// Reads it.
    pub async fn read(arm: &Arm, app: &str, binding: &AppBinding) -> Outcome<Self> {
        let what = format!("read the app {app}");
        let reply = arm.get(&what, &binding.target(arm, "")?).await?;
        if reply.status == 404 {
            return Err(refused(Aim::Read, &what, &reply));
        }
        let body = reply.json().unwrap_or_default();
        Ok(Self {
            state: body["properties"]["state"].as_str().unwrap_or("unknown").to_owned(),
            etag: reply.header("etag").map(str::to_owned),
            date: reply.date().map(str::to_owned),
        })
    }

    /// Whether it is allowed to run.
    pub fn runs(&self) -> bool {
        self.state == RUNNING
    }
}
