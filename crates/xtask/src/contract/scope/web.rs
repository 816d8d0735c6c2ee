//! App Service: rows A. It must not know the files.

use super::row::{NOTHING, Poll, Row, Wire, plain};

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
    "properties.inProgressOperationId",
    "properties.targetSwapSlot",
    "properties.slotSwapStatus.timestampUtc",
    "properties.slotSwapStatus.sourceSlotName",
    "properties.slotSwapStatus.destinationSlotName",
    "properties.hostNameSslStates[].name",
    "properties.hostNameSslStates[].hostType",
];

const SLOTS: &[&str] = &[
    "nextLink",
    "value[].id",
    "value[].name",
    "value[].properties.state",
    "value[].properties.defaultHostName",
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

const WHOLE_SET: Wire = Wire {
    source: "OPERATIONS.md A6, A8, A9: the body is the whole set",
    required: &["properties"],
    ..NOTHING
};

const fn whole_set(
    name: &'static str,
    operations: &'static [&'static str],
    fields: &'static [&'static str],
) -> Row {
    Row { name, operations, fields, wire: Some(WHOLE_SET) }
}

/// Every row.
pub const ROWS: &[Row] = &[
    plain("A1", &["web.WebApps_Get", "web.WebApps_GetSlot"], SITE),
    plain("A2", &["web.WebApps_Stop", "web.WebApps_StopSlot"], &[]),
    plain("A3", &["web.WebApps_Start", "web.WebApps_StartSlot"], &[]),
    plain("A4", &["web.WebApps_Restart", "web.WebApps_RestartSlot"], &[]),
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
    Row {
        name: "A11",
        operations: &["web.WebApps_UpdateConfiguration", "web.WebApps_UpdateConfigurationSlot"],
        fields: SITE_CONFIG,
        wire: Some(Wire {
            source: "OPERATIONS.md A11: only what is to change is sent",
            required: &["properties"],
            ..NOTHING
        }),
    },
    plain("A12", &["web.WebApps_ListSlots"], SLOTS),
    Row {
        name: "A13",
        operations: &["web.WebApps_CreateOrUpdateSlot"],
        fields: SITE,
        wire: Some(Wire {
            source: "recorded/web-slot-create-swap.json",
            required: &["location", "properties"],
            ..NOTHING
        }),
    },
    plain("A14", &["web.WebApps_DeleteSlot"], &[]),
    Row {
        name: "A15",
        operations: &["web.WebApps_SwapSlotWithProduction", "web.WebApps_SwapSlotSlot"],
        fields: &[],
        wire: Some(Wire {
            source: "recorded/web-slot-create-swap.json, recorded/web-swap-preview.json",
            headers: &[("202", &["location"])],
            ..NOTHING
        }),
    },
    plain(
        "A16",
        &["web.WebApps_ApplySlotConfigToProduction", "web.WebApps_ApplySlotConfigurationSlot"],
        &[],
    ),
    plain(
        "A17",
        &["web.WebApps_ResetProductionSlotConfig", "web.WebApps_ResetSlotConfigurationSlot"],
        &[],
    ),
];

/// Every polled URL.
pub const POLLS: &[Poll] = &[
    Poll {
        name: "P3",
        path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers\
               /Microsoft.Web/sites/{name}/slots/{slot}/operationresults/{operationId}",
        of: "web.WebApps_SwapSlotSlot",
        query: &[("t", "string")],
        responses: &[("200", None), ("202", None)],
        source: "recorded/web-slot-create-swap.json; C2: the address may change and grow",
    },
    Poll {
        name: "P4",
        path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers\
               /Microsoft.Web/sites/{name}/operationresults/{operationId}",
        of: "web.WebApps_SwapSlotWithProduction",
        query: &[("t", "string")],
        responses: &[("200", None), ("202", None)],
        source: "recorded/web-slot-create-swap.json; C2: the address may change and grow",
    },
];
