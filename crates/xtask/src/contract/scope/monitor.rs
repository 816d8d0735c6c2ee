//! The activity log: row M1. It must not know the files.

use super::row::{Row, plain};

/// Every row.
pub const ROWS: &[Row] = &[plain(
    "M1",
    &["monitor.ActivityLogs_List"],
    &[
        "nextLink",
        "value[].operationName.value",
        "value[].status.value",
        "value[].subStatus.value",
        "value[].caller",
        "value[].correlationId",
        "value[].resourceId",
        "value[].eventTimestamp",
        "value[].httpRequest.clientRequestId",
    ],
)];
