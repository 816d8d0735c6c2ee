//! Which operations are used here, which fields of their answers are looked at, and what the wire
//! adds to the specification, each with its source. Rows are named as in the team's page of
//! operations (A: App Service, S: SQL, D: Azure DevOps, P: polls). It must not know the files.

/// Fields of a body and their facts.
pub type Body = &'static [(&'static str, &'static str)];

/// One row: operations that share their facts (a site's and its slot's).
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// Keys in operations.json.
    pub operations: &'static [&'static str],
    /// Fields of a successful answer whose types are kept: `.` goes into an object, `[]` into a
    /// list, `*` into a map.
    pub fields: &'static [&'static str],
    /// What the wire adds.
    pub wire: Option<Wire>,
}

/// What no specification says, and who does.
pub struct Wire {
    /// Where it was seen.
    pub source: &'static str,
    /// Request fields without which the call does not mean what we mean.
    pub required: &'static [&'static str],
    /// Request fields required where another has a value: `(field, value, required)`.
    pub required_when: &'static [(&'static str, &'static str, &'static str)],
    /// Bodies of answers, by status: fields and their facts.
    pub responses: &'static [(&'static str, Body)],
    /// Headers of answers, by status.
    pub headers: &'static [(&'static str, &'static [&'static str])],
}

/// A URL that comes out of a response header; no specification declares it.
pub struct Poll {
    /// Its name.
    pub name: &'static str,
    /// Its path.
    pub path: &'static str,
    /// Its successful answers: fields and facts, or `None` for any body or none.
    pub responses: &'static [(&'static str, Option<Body>)],
    /// Where it was seen.
    pub source: &'static str,
}

const NOTHING: Wire =
    Wire { source: "", required: &[], required_when: &[], responses: &[], headers: &[] };

/// Both headers of a SQL operation that goes on, and its body.
const SQL_ACCEPTED: Wire = Wire {
    source: "recorded/sql-copy.json, recorded/sql-delete-twice.json",
    responses: &[("202", &[("operation", "string!"), ("startTime", "string(date-time)!")])],
    headers: &[("202", &["azure-asyncoperation", "location"])],
    ..NOTHING
};

const SITE: &[&str] = &[
    "id",
    "name",
    "type",
    "kind",
    "location",
    "properties.state",
    "properties.enabled",
    "properties.hostNames[]",
    "properties.defaultHostName",
    "properties.serverFarmId",
    "properties.lastModifiedTimeUtc",
    "properties.availabilityState",
    "properties.targetSwapSlot",
    "properties.slotSwapStatus.timestampUtc",
    "properties.slotSwapStatus.sourceSlotName",
    "properties.slotSwapStatus.destinationSlotName",
    "properties.hostNameSslStates[].name",
    "properties.hostNameSslStates[].hostType",
];

const SETTINGS: &[&str] = &["id", "name", "type", "properties.*"];

const CONNECTIONS: &[&str] = &["id", "name", "type", "properties.*.value", "properties.*.type"];

const SLOT_NAMES: &[&str] = &[
    "id",
    "name",
    "type",
    "properties.appSettingNames[]",
    "properties.connectionStringNames[]",
    "properties.azureStorageConfigNames[]",
];

const SITE_CONFIG: &[&str] = &[
    "id",
    "name",
    "type",
    "properties.alwaysOn",
    "properties.numberOfWorkers",
    "properties.linuxFxVersion",
    "properties.netFrameworkVersion",
    "properties.healthCheckPath",
    "properties.experiments.rampUpRules[].actionHostName",
    "properties.experiments.rampUpRules[].reroutePercentage",
    "properties.experiments.rampUpRules[].name",
];

const DATABASE: &[&str] = &[
    "id",
    "name",
    "type",
    "location",
    "kind",
    "tags.*",
    "sku.name",
    "sku.tier",
    "sku.capacity",
    "properties.status",
    "properties.databaseId",
    "properties.creationDate",
    "properties.createMode",
    "properties.sourceDatabaseId",
    "properties.elasticPoolId",
    "properties.maxSizeBytes",
    "properties.collation",
    "properties.earliestRestoreDate",
    "properties.currentServiceObjectiveName",
    "properties.requestedServiceObjectiveName",
];

const DATABASES: &[&str] = &[
    "nextLink",
    "value[].id",
    "value[].name",
    "value[].type",
    "value[].location",
    "value[].sku.name",
    "value[].properties.status",
    "value[].properties.databaseId",
    "value[].properties.creationDate",
];

const DATABASE_OPERATIONS: &[&str] = &[
    "nextLink",
    "value[].id",
    "value[].name",
    "value[].type",
    "value[].properties.databaseName",
    "value[].properties.operation",
    "value[].properties.operationFriendlyName",
    "value[].properties.percentComplete",
    "value[].properties.serverName",
    "value[].properties.startTime",
    "value[].properties.state",
    "value[].properties.errorCode",
    "value[].properties.errorDescription",
    "value[].properties.isCancellable",
];

const SERVER: &[&str] = &[
    "id",
    "name",
    "type",
    "location",
    "kind",
    "properties.state",
    "properties.version",
    "properties.administratorLogin",
    "properties.fullyQualifiedDomainName",
    "properties.publicNetworkAccess",
];

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

/// Enums that the service does not keep to: more values, other letter case.
pub const OPEN_ENUMS: [&str; 3] = ["operationStatus", "hostType", "triggerType"];

const WHOLE_SET: Wire = Wire {
    source: "OPERATIONS.md A6, A8, A9: the body is the whole set",
    required: &["properties"],
    ..NOTHING
};

const fn plain(
    name: &'static str,
    operations: &'static [&'static str],
    fields: &'static [&'static str],
) -> Row {
    Row { name, operations, fields, wire: None }
}

const fn whole_set(
    name: &'static str,
    operations: &'static [&'static str],
    fields: &'static [&'static str],
) -> Row {
    Row { name, operations, fields, wire: Some(WHOLE_SET) }
}

/// Every row that is derived from a specification.
pub const ROWS: [Row; 28] = [
    plain("A1", &["web.WebApps_Get", "web.WebApps_GetSlot"], SITE),
    plain("A2", &["web.WebApps_Stop", "web.WebApps_StopSlot"], &[]),
    plain("A3", &["web.WebApps_Start", "web.WebApps_StartSlot"], &[]),
    plain(
        "A5",
        &["web.WebApps_ListApplicationSettings", "web.WebApps_ListApplicationSettingsSlot"],
        SETTINGS,
    ),
    whole_set(
        "A6",
        &["web.WebApps_UpdateApplicationSettings", "web.WebApps_UpdateApplicationSettingsSlot"],
        SETTINGS,
    ),
    plain(
        "A7",
        &["web.WebApps_ListConnectionStrings", "web.WebApps_ListConnectionStringsSlot"],
        CONNECTIONS,
    ),
    whole_set(
        "A8",
        &["web.WebApps_UpdateConnectionStrings", "web.WebApps_UpdateConnectionStringsSlot"],
        CONNECTIONS,
    ),
    plain("A9 GET", &["web.WebApps_ListSlotConfigurationNames"], SLOT_NAMES),
    whole_set("A9 PUT", &["web.WebApps_UpdateSlotConfigurationNames"], SLOT_NAMES),
    plain(
        "A10",
        &["web.WebApps_GetConfiguration", "web.WebApps_GetConfigurationSlot"],
        SITE_CONFIG,
    ),
    plain("S1", &["sql.Databases_Get"], DATABASE),
    plain("S2", &["sql.Databases_ListByServer"], DATABASES),
    Row {
        name: "S3",
        operations: &["sql.Databases_CreateOrUpdate"],
        fields: DATABASE,
        wire: Some(Wire {
            source: "recorded/sql-copy.json, recorded/sql-copy-onto-existing.json",
            required_when: &[("properties.createMode", "Copy", "properties.sourceDatabaseId")],
            ..SQL_ACCEPTED
        }),
    },
    Row {
        name: "S6",
        operations: &["sql.Databases_Delete"],
        fields: &[],
        wire: Some(SQL_ACCEPTED),
    },
    plain("S11", &["sql.DatabaseOperations_ListByDatabase"], DATABASE_OPERATIONS),
    plain("S14", &["sql.Servers_Get"], SERVER),
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

/// What a SQL operation that goes on answers when it is asked.
const ASYNC: Body = &[
    ("name", "string!"),
    ("status", "string!"),
    ("startTime", "string!"),
    ("percentComplete", "number"),
    ("error.code", "string!"),
    ("error.message", "string!"),
];

/// Every polled URL.
pub const POLLS: [Poll; 2] = [
    Poll {
        name: "P1",
        path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers\
               /Microsoft.Sql/locations/{location}/databaseAzureAsyncOperation/{operationId}",
        responses: &[("200", Some(ASYNC))],
        source: "recorded/sql-copy.json, recorded/sql-lro-failed.json",
    },
    Poll {
        name: "P2",
        path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers\
               /Microsoft.Sql/locations/{location}/databaseOperationResults/{operationId}",
        responses: &[("200", None), ("201", None), ("202", None), ("204", None)],
        source: "recorded/sql-delete-twice.json; C2: 202 while it goes on",
    },
];
