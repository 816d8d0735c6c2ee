//! Azure DevOps: rows D. It must not know the files.

use super::row::{Body, NOTHING, Row, Wire, plain};

const BUILD: &[&str] = &[
    "id",
    "buildNumber",
    "status",
    "result",
    "reason",
    "sourceBranch",
    "sourceVersion",
    "queueTime",
    "startTime",
    "finishTime",
    "uri",
    "url",
    "tags[]",
    "definition.id",
    "definition.name",
    "project.id",
    "project.name",
    "parameters",
];

const BUILD_DEFINITION: &[&str] = &[
    "id",
    "name",
    "path",
    "revision",
    "type",
    "queueStatus",
    "createdDate",
    "project.id",
    "project.name",
    "url",
];

/// A definition with what a list leaves out.
const WHOLE_DEFINITION: &[&str] = &[
    "id",
    "name",
    "path",
    "revision",
    "type",
    "queueStatus",
    "createdDate",
    "comment",
    "project.id",
    "url",
    "variables.*.value",
    "variables.*.isSecret",
    "variables.*.allowOverride",
];

const REVISION: &[&str] = &["revision", "comment", "changedDate", "changeType", "name"];

const RELEASE_DEFINITION: &[&str] = &[
    "id",
    "name",
    "path",
    "revision",
    "isDeleted",
    "url",
    "environments[].id",
    "environments[].name",
    "environments[].rank",
    "environments[].deployPhases[].workflowTasks[].taskId",
    "environments[].deployPhases[].workflowTasks[].enabled",
    "environments[].deployPhases[].workflowTasks[].inputs.*",
    "artifacts[].alias",
    "artifacts[].type",
    "artifacts[].isPrimary",
    "triggers[].triggerType",
    "environments[].conditions[].conditionType",
    "environments[].conditions[].name",
    "environments[].conditions[].value",
];

const RELEASE: &[&str] = &[
    "id",
    "name",
    "status",
    "description",
    "reason",
    "createdOn",
    "modifiedOn",
    "keepForever",
    "releaseDefinition.id",
    "releaseDefinition.name",
    "environments[].id",
    "environments[].name",
    "environments[].status",
    "environments[].definitionEnvironmentId",
    "environments[].releaseId",
    "environments[].deployPhasesSnapshot[].workflowTasks[].taskId",
    "environments[].deployPhasesSnapshot[].workflowTasks[].enabled",
    "environments[].deployPhasesSnapshot[].workflowTasks[].inputs.*",
    "artifacts[].alias",
    "artifacts[].type",
    "artifacts[].definitionReference.*.id",
    "artifacts[].definitionReference.*.name",
];

const ENVIRONMENT: &[&str] = &[
    "id",
    "name",
    "status",
    "releaseId",
    "definitionEnvironmentId",
    "rank",
    "createdOn",
    "modifiedOn",
    "deploySteps[].id",
    "deploySteps[].attempt",
    "deploySteps[].status",
    "deploySteps[].operationStatus",
    "deploySteps[].reason",
    "deploySteps[].queuedOn",
    "deploySteps[].lastModifiedOn",
    "preDeployApprovals[].id",
    "preDeployApprovals[].status",
];

/// A release as it is sent back: its stages' tasks.
const EDITED_RELEASE: &[&str] = &[
    "id",
    "name",
    "status",
    "environments[].id",
    "environments[].name",
    "environments[].status",
    "environments[].definitionEnvironmentId",
    "environments[].deployPhasesSnapshot[].rank",
    "environments[].deployPhasesSnapshot[].phaseType",
    "environments[].deployPhasesSnapshot[].workflowTasks[].taskId",
    "environments[].deployPhasesSnapshot[].workflowTasks[].name",
    "environments[].deployPhasesSnapshot[].workflowTasks[].enabled",
    "environments[].deployPhasesSnapshot[].workflowTasks[].inputs.*",
];

const APPROVAL: &[&str] = &[
    "id",
    "status",
    "approvalType",
    "isAutomated",
    "attempt",
    "comments",
    "createdOn",
    "modifiedOn",
    "release.id",
    "release.name",
    "releaseEnvironment.id",
    "releaseEnvironment.name",
];

const REF: &[&str] = &["name", "objectId", "url"];

const REF_UPDATE: &[&str] =
    &["name", "oldObjectId", "newObjectId", "repositoryId", "updateStatus", "success", "isLocked"];

const MERGE: &[&str] = &[
    "mergeOperationId",
    "status",
    "detailedStatus.mergeCommitId",
    "detailedStatus.failureMessage",
    "parents[]",
    "comment",
];

/// The same as facts, for an answer that no specification declares.
const MERGE_MADE: Body = &[
    ("mergeOperationId", "integer!"),
    ("status", "string! = queued|inProgress|completed|failed|abandoned"),
    ("detailedStatus", "object"),
    ("parents[]", "string"),
    ("comment", "string"),
];

const COMMIT: &[&str] = &["commitId", "comment", "commentTruncated", "parents[]", "url"];

const DIFFERENCES: &[&str] = &[
    "allChangesIncluded",
    "aheadCount",
    "behindCount",
    "baseCommit",
    "targetCommit",
    "commonCommit",
    "changeCounts",
    "changes[].changeType",
];

const PULL_REQUEST: &[&str] = &[
    "pullRequestId",
    "status",
    "title",
    "description",
    "sourceRefName",
    "targetRefName",
    "mergeStatus",
    "creationDate",
    "closedDate",
    "completionQueueTime",
    "isDraft",
    "mergeId",
    "lastMergeSourceCommit.commitId",
    "lastMergeTargetCommit.commitId",
    "lastMergeCommit.commitId",
    "repository.id",
    "repository.name",
    "url",
];

/// A new pull request, which is declared with another status.
const PULL_REQUEST_MADE: Body = &[
    ("pullRequestId", "integer!"),
    ("status", "string! = active"),
    ("mergeStatus", "string"),
    ("sourceRefName", "string!"),
    ("targetRefName", "string!"),
    ("lastMergeSourceCommit.commitId", "string!"),
    ("creationDate", "string(date-time)!"),
];

const RUN: &[&str] = &[
    "id",
    "name",
    "state",
    "result",
    "createdDate",
    "finishedDate",
    "pipeline.id",
    "pipeline.name",
    "url",
    "variables.*.value",
];

const RUN_APPROVAL: &[&str] =
    &["id", "status", "createdOn", "lastModifiedOn", "executionOrder", "minRequiredApprovers"];

const DEPLOYMENT: &[&str] = &[
    "id",
    "attempt",
    "deploymentStatus",
    "operationStatus",
    "reason",
    "requestedBy.displayName",
    "queuedOn",
    "startedOn",
    "completedOn",
    "lastModifiedOn",
    "definitionEnvironmentId",
    "release.id",
    "release.name",
    "releaseDefinition.id",
    "releaseEnvironment.id",
    "releaseEnvironment.name",
];

/// Every row.
pub const ROWS: &[Row] = &[
    plain("D1 list", &["build.Definitions_List"], BUILD_DEFINITION),
    plain("D1", &["build.Definitions_Get"], WHOLE_DEFINITION),
    Row {
        name: "D2",
        operations: &["build.Definitions_Update"],
        fields: WHOLE_DEFINITION,
        wire: Some(Wire {
            source: "recorded/ado-definition-variables.json: the whole definition goes back",
            echo: true,
            required: &["id", "revision", "name", "variables"],
            ..NOTHING
        }),
    },
    plain("D3", &["build.Definitions_GetDefinitionRevisions"], REVISION),
    plain("D4", &["build.Builds_List"], BUILD),
    Row {
        name: "D5",
        operations: &["build.Builds_Queue"],
        fields: BUILD,
        wire: Some(Wire {
            source: "recorded/ado-build-queue.json",
            sent: &["definition.id", "sourceBranch", "sourceVersion", "parameters"],
            required: &["definition"],
            ..NOTHING
        }),
    },
    plain("D6", &["build.Builds_Get"], BUILD),
    Row {
        name: "D7",
        operations: &["build.Builds_UpdateBuild"],
        fields: BUILD,
        wire: Some(Wire {
            source: "OPERATIONS.md D7",
            sent: &["status"],
            required: &["status"],
            ..NOTHING
        }),
    },
    plain("D8 list", &["build.Tags_GetBuildTags"], &[]),
    plain("D8", &["build.Tags_AddBuildTag"], &[]),
    plain("D10 list", &["release.Definitions_List"], RELEASE_DEFINITION),
    plain("D10", &["release.Definitions_Get"], RELEASE_DEFINITION),
    plain("D11", &["release.Releases_List"], RELEASE),
    Row {
        name: "D12",
        operations: &["release.Releases_Create"],
        fields: RELEASE,
        wire: Some(Wire {
            source: "OPERATIONS.md D12: a release of a definition that says whose it is",
            required: &["definitionId", "description"],
            ..NOTHING
        }),
    },
    plain("D13", &["release.Releases_GetRelease"], RELEASE),
    Row {
        name: "D14",
        operations: &["release.Releases_UpdateReleaseEnvironment"],
        fields: ENVIRONMENT,
        wire: Some(Wire {
            source: "OPERATIONS.md D14: without a status nothing is asked for",
            required: &["status"],
            ..NOTHING
        }),
    },
    plain("D15", &["release.Releases_GetReleaseEnvironment"], ENVIRONMENT),
    plain("D16", &["release.Deployments_List"], DEPLOYMENT),
    plain("D17 list", &["release.Approvals_List"], APPROVAL),
    Row {
        name: "D17",
        operations: &["release.Approvals_Update"],
        fields: APPROVAL,
        wire: Some(Wire {
            source: "OPERATIONS.md D17: without a status nothing is decided",
            sent: &["status", "comments"],
            required: &["status"],
            ..NOTHING
        }),
    },
    plain("D19", &["release.Releases_UpdateReleaseResource"], RELEASE),
    Row {
        name: "D20",
        operations: &["release.Releases_UpdateRelease"],
        fields: EDITED_RELEASE,
        wire: Some(Wire {
            source: "OPERATIONS.md D20: the whole release goes back",
            echo: true,
            required: &["id", "environments"],
            ..NOTHING
        }),
    },
    plain("D21 list", &["git.Refs_List"], REF),
    Row {
        name: "D21",
        operations: &["git.Refs_UpdateRefs"],
        fields: REF_UPDATE,
        wire: Some(Wire {
            source: "recorded/ado-ref-create.json: without the old id there is no precondition",
            required: &["[].name", "[].oldObjectId", "[].newObjectId"],
            ..NOTHING
        }),
    },
    Row {
        name: "D22",
        operations: &["git.Merges_Create"],
        fields: MERGE,
        wire: Some(Wire {
            source: "specs/README.md: declared 200, answered with 201",
            required: &["comment"],
            responses: &[("201", MERGE_MADE)],
            ..NOTHING
        }),
    },
    plain("D22 look", &["git.Merges_Get"], MERGE),
    plain("D23 bases", &["git.MergeBases_List"], COMMIT),
    plain("D23 commit", &["git.Commits_Get"], COMMIT),
    plain("D23 commits", &["git.Commits_GetCommits"], COMMIT),
    plain("D23", &["git.Diffs_Get"], DIFFERENCES),
    plain("D25 list", &["git.PullRequests_GetPullRequests"], PULL_REQUEST),
    plain("D25 look", &["git.PullRequests_GetPullRequest"], PULL_REQUEST),
    Row {
        name: "D25 create",
        operations: &["git.PullRequests_Create"],
        fields: PULL_REQUEST,
        wire: Some(Wire {
            source: "recorded/ado-pr-create-complete.json: declared 200, answered with 201",
            sent: &["sourceRefName", "targetRefName", "title", "description", "reviewers"],
            required: &["sourceRefName", "targetRefName", "title"],
            responses: &[("201", PULL_REQUEST_MADE)],
            ..NOTHING
        }),
    },
    Row {
        name: "D25",
        operations: &["git.PullRequests_Update"],
        fields: PULL_REQUEST,
        wire: Some(Wire {
            source: "recorded/ado-pr-create-complete.json",
            sent: &[
                "status",
                "lastMergeSourceCommit.commitId",
                "lastMergeSourceCommit.url",
                "completionOptions.mergeStrategy",
                "completionOptions.mergeCommitMessage",
                "completionOptions.deleteSourceBranch",
            ],
            required: &["status"],
            required_when: &[("status", "completed", "lastMergeSourceCommit")],
            ..NOTHING
        }),
    },
    plain("D27 list", &["pipelines.Runs_List"], RUN),
    plain("D27 look", &["pipelines.Runs_Get"], RUN),
    plain("D27", &["pipelines.Runs_RunPipeline"], RUN),
    plain("D28 list", &["approvals.Approvals_Query"], RUN_APPROVAL),
    Row {
        name: "D28",
        operations: &["approvals.Approvals_Update"],
        fields: RUN_APPROVAL,
        wire: Some(Wire {
            source: "OPERATIONS.md D28",
            sent: &["[].approvalId", "[].status", "[].comment"],
            required: &["[].approvalId", "[].status"],
            ..NOTHING
        }),
    },
];
