//! D27, D28: runs of pipelines and their approvals. It must not know what a step wants.

use crate::devops::client::{DevOps, Host};
use crate::devops::refusal::{odd_answer, unreadable};
use reqwest::Method;
use serde_json::{Value, json};
use windlass_model::RequestId;
use windlass_ports::Outcome;

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Whether it is over.
    pub over: bool,
    /// `succeeded`, `failed`, `canceled`.
    pub result: Option<String>,
    /// The values that it was told.
    pub variables: Vec<String>,
}

/// An approval that a run waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunApproval {
    /// Its id.
    pub id: String,
    /// `pending`, `approved`, …
    pub status: String,
    /// The run; absent where the service does not say.
    pub run: Option<u64>,
}

impl Run {
    fn of(body: &Value) -> Option<Self> {
        let variables = body["variables"].as_object().into_iter().flatten();
        let values = variables.filter_map(|(_, one)| one["value"].as_str().map(str::to_owned));
        Some(Self {
            id: body["id"].as_u64()?,
            name: body["name"].as_str().unwrap_or_default().to_owned(),
            over: body["state"].as_str().is_some_and(|word| word.eq_ignore_ascii_case("completed")),
            result: body["result"].as_str().map(str::to_owned),
            variables: values.collect(),
        })
    }

    /// Reads one, with what it was told.
    pub async fn read(devops: &DevOps, pipeline: u64, id: u64) -> Outcome<Self> {
        let what = format!("read the run {id}");
        let path = format!("/pipelines/{pipeline}/runs/{id}");
        let (body, _) = devops.get(&what, Host::Builds, &path, &[]).await?;
        Self::of(&body).map_or_else(|| unreadable(&what), Ok)
    }

    /// The runs of a pipeline, newest first, without what they were told; with the service's clock.
    pub async fn of_pipeline(
        devops: &DevOps,
        pipeline: u64,
    ) -> Outcome<(Vec<Self>, Option<String>)> {
        let what = format!("list the runs of the pipeline {pipeline}");
        let path = format!("/pipelines/{pipeline}/runs");
        let (body, date) = devops.get(&what, Host::Builds, &path, &[]).await?;
        let Some(rows) = body["value"].as_array() else { return unreadable(&what) };
        let mut found: Vec<Self> = rows.iter().filter_map(Self::of).collect();
        found.sort_by_key(|one| std::cmp::Reverse(one.id));
        Ok((found, date))
    }

    /// Begins one.
    pub async fn begin(
        devops: &DevOps,
        pipeline: u64,
        body: Value,
        request: RequestId,
    ) -> Outcome<Self> {
        let what = format!("run the pipeline {pipeline}");
        let path = format!("/pipelines/{pipeline}/runs");
        let said = devops.write(&what, (Method::POST, Host::Builds, &path), body, request).await?;
        Self::of(&said).map_or_else(|| odd_answer(&what), Ok)
    }

    /// Cancels it: a run is a build too.
    pub async fn cancel(&self, devops: &DevOps, request: RequestId) -> Outcome<()> {
        let what = format!("cancel the run {}", self.name);
        let path = format!("/build/builds/{}", self.id);
        let body = json!({"status": "cancelling"});
        devops.write(&what, (Method::PATCH, Host::Builds, &path), body, request).await?;
        Ok(())
    }
}

impl RunApproval {
    fn of(row: &Value) -> Option<Self> {
        let run = &row["pipeline"]["owner"]["id"];
        Some(Self {
            id: row["id"].as_str()?.to_owned(),
            status: row["status"].as_str()?.to_owned(),
            run: run.as_u64().or_else(|| run.as_str().and_then(|text| text.parse().ok())),
        })
    }

    /// Those of all runs with a state, or those with an id.
    pub async fn list(devops: &DevOps, filter: (&str, &str)) -> Outcome<Vec<Self>> {
        let what = "list the approvals of pipelines";
        let query = [(filter.0, filter.1.to_owned())];
        let (body, _) = devops.get(what, Host::Builds, "/pipelines/approvals", &query).await?;
        let Some(rows) = body["value"].as_array() else { return unreadable(what) };
        Ok(rows.iter().filter_map(Self::of).collect())
    }

    /// Approves or rejects it.
    pub async fn decide(
        &self,
        devops: &DevOps,
        decision: &str,
        comment: &str,
        request: RequestId,
    ) -> Outcome<()> {
        let what = format!("decide on the approval {}", self.id);
        let body = json!([{"approvalId": self.id, "status": decision, "comment": comment}]);
        let call = (Method::PATCH, Host::Builds, "/pipelines/approvals");
        devops.write(&what, call, body, request).await?;
        Ok(())
    }
}
