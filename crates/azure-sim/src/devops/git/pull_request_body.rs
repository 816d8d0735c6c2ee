//! A pull request as it goes over the wire. It must not know who asks.

use super::shapes::address;
use crate::clock::iso_millis;
use crate::devops::shapes::{person, project, web};
use crate::ids::named;
use crate::turn::Turn;
use crate::world::{PullRequest, Repository};
use serde_json::{Value, json};

/// One.
pub fn body(turn: &Turn<'_>, repository: &Repository, request: &PullRequest) -> Value {
    let own = address(turn, repository, &format!("pullRequests/{}", request.id));
    let commit = |branch: &str| {
        let id = repository.refs.get(branch)?;
        Some(json!({
            "commitId": id,
            "url": address(turn, repository, &format!("commits/{id}")),
        }))
    };
    let mut body = json!({
        "repository": repository_body(turn, repository),
        "pullRequestId": request.id,
        "codeReviewId": request.id,
        "status": request.status,
        "createdBy": person(turn),
        "creationDate": iso_millis(request.created),
        "title": request.title,
        "description": request.description,
        "sourceRefName": request.source,
        "targetRefName": request.target,
        "mergeStatus": request.merge_status,
        "isDraft": false,
        "mergeId": named(&format!("pull request {}", request.id)).to_string(),
        "reviewers": [],
        "url": own,
        "_links": {"self": {"href": own}},
        "supportsIterations": true,
    });
    if let Some(commit) = commit(&request.source) {
        body["lastMergeSourceCommit"] = commit;
    }
    if let Some(commit) = commit(&request.target).filter(|_| request.merge_commit.is_none()) {
        body["lastMergeTargetCommit"] = commit;
    }
    if let Some(id) = &request.merge_commit {
        body["lastMergeCommit"] = json!({
            "commitId": id,
            "url": address(turn, repository, &format!("commits/{id}")),
        });
    }
    if let Some(queued) = request.queued {
        body["completionQueueTime"] = json!(iso_millis(queued));
        body["completionOptions"] = json!({
            "mergeCommitMessage": request.message,
            "mergeStrategy": "noFastForward",
            "deleteSourceBranch": request.delete_source,
        });
    }
    if let Some(closed) = request.closed {
        body["closedDate"] = json!(iso_millis(closed));
        body["closedBy"] = person(turn);
    }
    body
}

fn repository_body(turn: &Turn<'_>, repository: &Repository) -> Value {
    json!({
        "id": repository.id,
        "name": repository.name,
        "url": address(turn, repository, "").trim_end_matches('/'),
        "project": project(turn),
        "size": 1602,
        "remoteUrl": web(turn, &format!("_git/{}", repository.name)),
        "sshUrl": format!("git@ssh.dev.azure.com:v3/{}", repository.name),
        "webUrl": web(turn, &format!("_git/{}", repository.name)),
        "isDisabled": false,
        "isInMaintenance": false,
    })
}
