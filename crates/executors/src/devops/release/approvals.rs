//! D17: approvals that a stage of a release waits for. They must not know what is deployed.

use crate::devops::client::{DevOps, Host};
use crate::devops::refusal::unreadable;
use reqwest::Method;
use serde_json::{Value, json};
use windlass_model::RequestId;
use windlass_ports::Outcome;

/// Approvals of one release that are read.
const APPROVALS_MAX: u32 = 100;

/// An approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Its number.
    pub id: u64,
    /// `pending`, `approved`, `rejected`, …
    pub status: String,
    /// The release's stage.
    pub stage: u64,
    /// The attempt that it is for.
    pub attempt: u64,
}

impl Approval {
    fn of(row: &Value) -> Option<Self> {
        Some(Self {
            id: row["id"].as_u64()?,
            status: row["status"].as_str()?.to_owned(),
            stage: row["releaseEnvironment"]["id"].as_u64()?,
            attempt: row["attempt"].as_u64().unwrap_or(1),
        })
    }

    /// Those of a stage of a release with a status.
    pub async fn of_stage(
        devops: &DevOps,
        (release, stage): (u64, u64),
        status: &str,
    ) -> Outcome<Vec<Self>> {
        let what = format!("list the approvals of the release {release}");
        let query = [
            ("releaseIdsFilter", release.to_string()),
            ("statusFilter", status.to_owned()),
            ("top", APPROVALS_MAX.to_string()),
        ];
        let (body, _) = devops.get(&what, Host::Releases, "/release/approvals", &query).await?;
        let Some(rows) = body["value"].as_array() else { return unreadable(&what) };
        let all = rows.iter().filter_map(Self::of);
        Ok(all.filter(|one| one.stage == stage && one.status == status).collect())
    }

    /// Approves or rejects it.
    pub async fn decide(
        &self,
        devops: &DevOps,
        decision: &str,
        comments: &str,
        request: RequestId,
    ) -> Outcome<()> {
        let what = format!("decide on the approval {}", self.id);
        let path = format!("/release/approvals/{}", self.id);
        let body = json!({"status": decision, "comments": comments});
        devops.write(&what, (Method::PATCH, Host::Releases, &path), body, request).await?;
        Ok(())
    }
}
