//! Azure DevOps: rows D. It must not know the files.

use super::row::{NOTHING, Row, Wire, plain};

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
    "artifacts[].alias",
    "artifacts[].type",
    "artifacts[].isPrimary",
    "triggers[].triggerType",
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

const DEPLOYMENT: &[&str] = &[
    "id",
    "attempt",
    "deploymentStatus",
    "operationStatus",
    "reason",
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
    plain("D1", &["build.Definitions_Get"], BUILD_DEFINITION),
    plain("D4", &["build.Builds_List"], BUILD),
    plain("D6", &["build.Builds_Get"], BUILD),
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
];
