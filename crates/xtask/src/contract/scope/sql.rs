//! SQL databases: rows S, and the addresses that answers name. It must not know the files.

use super::row::{Body, NOTHING, Poll, Row, Wire, plain};

/// Both headers of a SQL operation that goes on, and its body.
const SQL_ACCEPTED: Wire = Wire {
    source: "recorded/sql-copy.json, recorded/sql-delete-twice.json",
    responses: &[("202", &[("operation", "string!"), ("startTime", "string(date-time)!")])],
    headers: &[("202", &["azure-asyncoperation", "location"])],
    ..NOTHING
};

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

const DROPPED: &[&str] = &[
    "nextLink",
    "value[].id",
    "value[].name",
    "value[].location",
    "value[].properties.databaseName",
    "value[].properties.creationDate",
    "value[].properties.deletionDate",
    "value[].properties.earliestRestoreDate",
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

const FIREWALL_RULE: &[&str] =
    &["id", "name", "type", "properties.startIpAddress", "properties.endIpAddress"];

const FIREWALL_RULES: &[&str] = &[
    "nextLink",
    "value[].id",
    "value[].name",
    "value[].type",
    "value[].properties.startIpAddress",
    "value[].properties.endIpAddress",
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

/// What an import or export says when it is over.
const TRANSFER: Body = &[
    ("id", "string!"),
    ("name", "string!"),
    ("properties.requestId", "string!"),
    ("properties.requestType", "string!"),
    ("properties.blobUri", "string!"),
    ("properties.databaseName", "string!"),
    ("properties.status", "string!"),
];

/// Every row.
pub const ROWS: &[Row] = &[
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
        name: "S3 PATCH",
        operations: &["sql.Databases_Update"],
        fields: DATABASE,
        wire: Some(SQL_ACCEPTED),
    },
    Row {
        name: "S6",
        operations: &["sql.Databases_Delete"],
        fields: &[],
        wire: Some(SQL_ACCEPTED),
    },
    plain("S11", &["sql.DatabaseOperations_ListByDatabase"], DATABASE_OPERATIONS),
    Row {
        name: "S7",
        operations: &["sql.Databases_Export"],
        fields: &[],
        wire: Some(Wire {
            source: "recorded/sql-export.json: both headers; they name no resource group",
            ..SQL_ACCEPTED
        }),
    },
    Row {
        name: "S9",
        operations: &["sql.Servers_ImportDatabase"],
        fields: &[],
        wire: Some(Wire {
            source: "OPERATIONS.md S9: as S7, with the name of the database to be made",
            required: &["databaseName"],
            ..SQL_ACCEPTED
        }),
    },
    plain("S10", &["sql.Databases_Rename"], &[]),
    plain("S13", &["sql.RestorableDroppedDatabases_ListByServer"], DROPPED),
    plain("S14", &["sql.Servers_Get"], SERVER),
    plain("S15", &["sql.Servers_Update"], SERVER),
    plain("S16 list", &["sql.FirewallRules_ListByServer"], FIREWALL_RULES),
    plain("S16 GET", &["sql.FirewallRules_Get"], FIREWALL_RULE),
    plain("S16 PUT", &["sql.FirewallRules_CreateOrUpdate"], FIREWALL_RULE),
    plain("S16 DELETE", &["sql.FirewallRules_Delete"], &[]),
];

/// Every polled URL.
pub const POLLS: &[Poll] = &[
    Poll {
        name: "P1",
        path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers\
               /Microsoft.Sql/locations/{location}/databaseAzureAsyncOperation/{operationId}",
        of: "sql.Databases_CreateOrUpdate",
        query: &[],
        responses: &[("200", Some(ASYNC))],
        source: "recorded/sql-copy.json, recorded/sql-lro-failed.json",
    },
    Poll {
        name: "P2",
        path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers\
               /Microsoft.Sql/locations/{location}/databaseOperationResults/{operationId}",
        of: "sql.Databases_CreateOrUpdate",
        query: &[],
        responses: &[("200", None), ("201", None), ("202", None), ("204", None)],
        source: "recorded/sql-delete-twice.json; C2: 202 while it goes on",
    },
    Poll {
        name: "P5",
        path: "/subscriptions/{subscriptionId}/providers/Microsoft.Sql/locations/{location}\
               /importExportAzureAsyncOperation/{operationId}",
        of: "sql.Databases_Export",
        query: &[],
        responses: &[("200", Some(ASYNC))],
        source: "recorded/sql-export.json",
    },
    Poll {
        name: "P6",
        path: "/subscriptions/{subscriptionId}/providers/Microsoft.Sql/locations/{location}\
               /importExportOperationResults/{operationId}",
        of: "sql.Databases_Export",
        query: &[],
        responses: &[("200", Some(TRANSFER)), ("202", None)],
        source: "recorded/sql-export.json; C2: 202 while it goes on",
    },
];
