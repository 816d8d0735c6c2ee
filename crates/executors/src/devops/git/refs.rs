//! D21: branches, read and moved by compare-and-swap. It must not know what a branch is for.

use crate::devops::client::{DevOps, Host};
use crate::devops::refusal::{odd_answer, permanent, unreadable};
use reqwest::Method;
use serde_json::json;
use windlass_model::RequestId;
use windlass_ports::Outcome;

/// The id that names no object.
pub const NOTHING: &str = "0000000000000000000000000000000000000000";

/// A branch in its long form.
pub fn long(branch: &str) -> String {
    if branch.starts_with("refs/") { branch.to_owned() } else { format!("refs/heads/{branch}") }
}

/// A branch without its long form.
pub fn short(branch: &str) -> &str {
    branch.strip_prefix("refs/heads/").unwrap_or(branch)
}

/// What a branch names; none where there is no such branch. With the service's clock.
pub async fn head(
    devops: &DevOps,
    repository: &str,
    branch: &str,
) -> Outcome<(Option<String>, Option<String>)> {
    let what = format!("read the branch {}", short(branch));
    let long = long(branch);
    let filter = long.trim_start_matches("refs/").to_owned();
    let path = format!("{repository}/refs");
    let (body, date) = devops.get(&what, Host::Builds, &path, &[("filter", filter)]).await?;
    let Some(rows) = body["value"].as_array() else { return unreadable(&what) };
    // The filter is a beginning: `prod` also finds `prod2`.
    let found = rows.iter().find(|row| row["name"] == long.as_str());
    Ok((found.and_then(|row| row["objectId"].as_str()).map(str::to_owned), date))
}

/// What a branch names, which must be there.
pub async fn known_head(devops: &DevOps, repository: &str, branch: &str) -> Outcome<String> {
    match head(devops, repository, branch).await?.0 {
        Some(id) => Ok(id),
        None => {
            let name = short(branch);
            permanent("no_branch", format!("failed to find the branch {name} in the repository"))
        }
    }
}

/// How a move ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// The branch names the new commit.
    Done,
    /// It named something else than what was said.
    Stale,
}

/// Moves a branch from one commit to another, or refuses: an answer is a success also where the
/// move is none.
pub async fn move_branch(
    devops: &DevOps,
    repository: &str,
    branch: &str,
    (old, new): (&str, &str),
    request: RequestId,
) -> Outcome<Moved> {
    let what = format!("move the branch {}", short(branch));
    let path = format!("{repository}/refs");
    let body = json!([{"name": long(branch), "oldObjectId": old, "newObjectId": new}]);
    let said = devops.write(&what, (Method::POST, Host::Builds, &path), body, request).await?;
    let row = &said["value"][0];
    match (row["success"].as_bool(), row["updateStatus"].as_str()) {
        (Some(true), _) => Ok(Moved::Done),
        (Some(false), Some("staleOldObjectId")) => Ok(Moved::Stale),
        (Some(false), status) => {
            let status = status.unwrap_or("refused");
            let why = row["customMessage"].as_str().unwrap_or("Azure DevOps gives no reason");
            let advice = match status {
                "rejectedByPolicy" => "let the identity bypass the branch's policies",
                "forcePushRequired" => "give the identity the right to force push",
                "writePermissionRequired" => "give the identity the right to contribute",
                "locked" => "somebody locked the branch",
                _ => "look at the branch in Azure DevOps",
            };
            permanent(status, format!("failed to {what}: {status} ({why}); {advice}"))
        }
        (None, _) => odd_answer(&what),
    }
}
