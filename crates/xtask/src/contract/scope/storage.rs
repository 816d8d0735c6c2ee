//! Storage: rows B. It must not know the files.

use super::row::{NOTHING, Row, Wire, plain};

/// Every row. Those of blobs come last in the table: their paths are any two names.
pub const ROWS: &[Row] = &[
    plain(
        "B1",
        &["storage.StorageAccounts_ListKeys"],
        &["keys[].keyName", "keys[].value", "keys[].permissions", "keys[].creationTime"],
    ),
    plain("B2", &["storage.Container_GetProperties"], &[]),
    Row {
        name: "B3",
        operations: &["storage.Blob_GetProperties"],
        fields: &[],
        wire: Some(Wire {
            source: "OPERATIONS.md B3: what tells that a file is there and which",
            headers: &[("200", &["content-length", "last-modified", "etag"])],
            ..NOTHING
        }),
    },
    Row {
        name: "B3 GET",
        operations: &["storage.Blob_Download"],
        fields: &[],
        wire: Some(Wire {
            source: "OPERATIONS.md B3; a range has its place in the file",
            headers: &[("200", &["etag"]), ("206", &["etag", "content-range"])],
            ..NOTHING
        }),
    },
    plain("B5", &["storage.Blob_Delete"], &[]),
    // The shared lock: a file without content, who has it in its metadata, and the lease on it.
    plain("B7", &["storage.BlockBlob_Upload"], &[]),
    plain("B8", &["storage.Blob_SetMetadata"], &[]),
    plain("B9 acquire", &["storage.Blob_AcquireLease"], &[]),
    plain("B9 renew", &["storage.Blob_RenewLease"], &[]),
    plain("B9 change", &["storage.Blob_ChangeLease"], &[]),
    plain("B9 release", &["storage.Blob_ReleaseLease"], &[]),
    plain("B9 break", &["storage.Blob_BreakLease"], &[]),
];
