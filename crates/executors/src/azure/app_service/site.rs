//! A1: the site or slot as it is. It must not change it.

use super::binding::AppBinding;
use crate::azure::arm::Arm;
use crate::http::{Aim, Reply, refused};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use windlass_ports::Outcome;

/// What is read of a site or slot.
#[derive(Clone, Debug)]
pub struct Site {
    /// `Running`: allowed to run, not necessarily healthy. `Stopped` otherwise.
    pub state: String,
    /// The version stamp. It is noticed when it moves, it prevents nothing.
    pub etag: Option<String>,
    /// The service's clock.
    pub date: Option<String>,
    /// Where it stands, such as `West Europe`.
    pub location: String,
    /// The plan that it runs on, as an id.
    pub plan: Option<String>,
    /// Its host.
    pub host: Option<String>,
    /// Its deployment host, as Azure names it: it cannot be made of the site's name.
    pub deployment_host: Option<String>,
    /// Which content it has: this id travels with the content when slots are swapped.
    pub content: Option<String>,
    /// The last good swap that it took part in.
    pub swapped: Option<Swapped>,
    /// The slot that is prepared for a swap with it.
    pub prepared: Option<String>,
    /// Whether a longer operation such as a swap is at work on it.
    pub is_busy: bool,
    /// Its tags.
    pub tags: Map<String, Value>,
}

/// A swap that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swapped {
    /// When, by the service's clock.
    pub at: String,
    /// The slot that was swapped.
    pub source: String,
    /// The one that it was swapped with.
    pub destination: String,
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
        Ok(Self::of(&reply))
    }

    /// Reads it; nothing where its slot is not there. A site that is not there is an error in any
    /// case.
    pub async fn find(arm: &Arm, app: &str, binding: &AppBinding) -> Outcome<Option<Self>> {
        let what = format!("read the app {app}");
        let reply = arm.get(&what, &binding.target(arm, "")?).await?;
        if reply.status != 404 {
            return Ok(Some(Self::of(&reply)));
        }
        if binding.slot.is_none() {
            return Err(refused(Aim::Read, &what, &reply));
        }
        Self::read(arm, app, &binding.production()).await.map(|_| None)
    }

    fn of(reply: &Reply) -> Self {
        let body = reply.json().unwrap_or_default();
        let properties = &body["properties"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let mut hosts = properties["hostNameSslStates"].as_array().into_iter().flatten();
        let deployment_host = hosts.find(|state| state["hostType"] == "Repository");
        let swapped = &properties["slotSwapStatus"];
        Self {
            state: properties["state"].as_str().unwrap_or("unknown").to_owned(),
            etag: reply.header("etag").map(str::to_owned),
            date: reply.date().map(str::to_owned),
            location: text(&body["location"]).unwrap_or_default(),
            plan: text(&properties["serverFarmId"]),
            host: text(&properties["defaultHostName"]),
            deployment_host: deployment_host.and_then(|state| text(&state["name"])),
            content: text(&properties["deploymentId"]),
            swapped: serde_json::from_value(serde_json::json!({
                "at": swapped["timestampUtc"],
                "source": swapped["sourceSlotName"],
                "destination": swapped["destinationSlotName"],
            }))
            .ok(),
            prepared: text(&properties["targetSwapSlot"]).filter(|slot| !slot.is_empty()),
            is_busy: properties["inProgressOperationId"].is_string(),
            tags: body["tags"].as_object().cloned().unwrap_or_default(),
        }
    }

    /// Whether it is allowed to run.
    pub fn runs(&self) -> bool {
        self.state == RUNNING
    }
}
