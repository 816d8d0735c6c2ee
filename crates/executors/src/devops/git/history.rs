//! D22, D23: commits, what two of them have in common, what lies between them, and merges. It must
//! not move a branch.

use crate::devops::client::{DevOps, Host};
use crate::devops::refusal::{odd_answer, permanent, unreadable};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use windlass_model::RequestId;
use windlass_ports::Outcome;

/// Changes that one answer may hold.
const CHANGES_PAGE: usize = 2000;

/// Pages of changes that are read: beyond that nobody looks at single files any more.
const PAGES_MAX: usize = 20;

/// Commits of a branch that are looked through for a merge.
const LINE_MAX: u32 = 200;

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// Its parents.
    pub parents: Vec<String>,
    /// Its message.
    pub comment: String,
}

impl Commit {
    fn of(row: &Value) -> Option<Self> {
        let parents = row["parents"].as_array().into_iter().flatten();
        Some(Self {
            id: row["commitId"].as_str()?.to_owned(),
            parents: parents.filter_map(|one| one.as_str().map(str::to_owned)).collect(),
            comment: row["comment"].as_str().unwrap_or_default().to_owned(),
        })
    }

    /// Reads one, with its whole message.
    pub async fn read(devops: &DevOps, repository: &str, id: &str) -> Outcome<Self> {
        let what = format!("read the commit {id}");
        let path = format!("{repository}/commits/{id}");
        let (body, _) = devops.get(&what, Host::Builds, &path, &[]).await?;
        Self::of(&body).map_or_else(|| unreadable(&what), Ok)
    }

    /// A branch's commits along their first parents, newest first; of their messages the first
    /// line.
    pub async fn line(devops: &DevOps, repository: &str, branch: &str) -> Outcome<Vec<Self>> {
        let what = format!("list the commits of {branch}");
        let query = [
            ("searchCriteria.itemVersion.version", branch.to_owned()),
            ("searchCriteria.itemVersion.versionType", "branch".to_owned()),
            ("searchCriteria.historyMode", "firstParent".to_owned()),
            ("searchCriteria.$top", LINE_MAX.to_string()),
        ];
        let path = format!("{repository}/commits");
        let (body, _) = devops.get(&what, Host::Builds, &path, &query).await?;
        let Some(rows) = body["value"].as_array() else { return unreadable(&what) };
        Ok(rows.iter().filter_map(Self::of).collect())
    }
}

/// The commits that both stand on, newest line first.
pub async fn bases(
    devops: &DevOps,
    repository: &str,
    (one, other): (&str, &str),
) -> Outcome<Vec<String>> {
    let what = format!("find what {one} and {other} have in common");
    let path = format!("{repository}/commits/{one}/mergebases");
    let query = [("otherCommitId", other.to_owned())];
    let (body, _) = devops.get(&what, Host::Builds, &path, &query).await?;
    let Some(rows) = body["value"].as_array() else { return unreadable(&what) };
    Ok(rows.iter().filter_map(|row| row["commitId"].as_str().map(str::to_owned)).collect())
}

/// Whether a commit stands on another, or is it.
pub async fn contains(
    devops: &DevOps,
    repository: &str,
    commit: &str,
    wanted: &str,
) -> Outcome<bool> {
    if commit == wanted {
        return Ok(true);
    }
    let common = bases(devops, repository, (commit, wanted)).await?;
    Ok(common.iter().any(|base| base == wanted))
}

/// The files that differ between two commits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// Each with the object that it holds in the second commit; none where it is gone.
    pub files: BTreeMap<String, Option<String>>,
    /// Whether there are more than were read.
    pub cut: bool,
}

/// Reads them: what the second commit has and the first has not, and the other way round.
pub async fn differences(
    devops: &DevOps,
    repository: &str,
    (from, to): (&str, &str),
) -> Outcome<Differences> {
    let what = format!("compare {from} with {to}");
    let path = format!("{repository}/diffs/commits");
    let mut found = Differences::default();
    for page in 0..PAGES_MAX {
        let query = [
            ("baseVersion", from.to_owned()),
            ("baseVersionType", "commit".to_owned()),
            ("targetVersion", to.to_owned()),
            ("targetVersionType", "commit".to_owned()),
            ("diffCommonCommit", "false".to_owned()),
            ("$top", CHANGES_PAGE.to_string()),
            ("$skip", (page * CHANGES_PAGE).to_string()),
        ];
        let (body, _) = devops.get(&what, Host::Builds, &path, &query).await?;
        let Some(rows) = body["changes"].as_array() else { return unreadable(&what) };
        for row in rows.iter().filter(|row| row["item"]["isFolder"].as_bool() != Some(true)) {
            let Some(path) = row["item"]["path"].as_str() else { continue };
            let gone = row["changeType"].as_str().is_some_and(|word| word.contains("delete"));
            let object = row["item"]["objectId"].as_str().filter(|_| !gone);
            found.files.insert(path.to_owned(), object.map(str::to_owned));
        }
        if rows.len() < CHANGES_PAGE || body["allChangesIncluded"].as_bool() == Some(true) {
            return Ok(found);
        }
    }
    found.cut = true;
    Ok(found)
}

/// How a merge stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merge {
    /// It is at work.
    AtWork,
    /// It made this commit, which no branch names yet.
    Made(String),
    /// It cannot be done.
    Refused(String),
}

/// Asks for a merge commit of two parents; its number.
pub async fn ask_merge(
    devops: &DevOps,
    repository: &str,
    (into, from): (&str, &str),
    message: &str,
    request: RequestId,
) -> Outcome<u64> {
    let what = format!("merge {from} into {into}");
    let path = format!("{repository}/merges");
    let body = json!({"parents": [into, from], "comment": message});
    let said = devops.write(&what, (Method::POST, Host::Builds, &path), body, request).await?;
    match said["mergeOperationId"].as_u64() {
        Some(id) => Ok(id),
        None => odd_answer(&what),
    }
}

/// Looks at a merge.
pub async fn look_at_merge(devops: &DevOps, repository: &str, id: u64) -> Outcome<Merge> {
    let what = format!("read the merge {id}");
    let path = format!("{repository}/merges/{id}");
    let (body, _) = devops.get(&what, Host::Builds, &path, &[]).await?;
    let detailed = &body["detailedStatus"];
    match body["status"].as_str().unwrap_or_default().to_ascii_lowercase().as_str() {
        "queued" | "inprogress" => Ok(Merge::AtWork),
        "completed" => match detailed["mergeCommitId"].as_str() {
            Some(id) => Ok(Merge::Made(id.to_owned())),
            None => unreadable(&what),
        },
        "failed" | "abandoned" => {
            let why = detailed["failureMessage"].as_str().unwrap_or("it gives no reason");
            Ok(Merge::Refused(why.to_owned()))
        }
        other => permanent("unknown_shape", format!("failed to {what}: its status is `{other}`")),
    }
}
