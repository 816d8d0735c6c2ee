//! A blob that is held, its stamps and its name in the ledger. It must not know what is asked.

use crate::clock::http_date;
use crate::http::{Answer, blob_error};
use crate::turn::Turn;
use crate::world::{Blob, BlobPlace};

/// The blob at a place.
pub fn held<'w>(turn: &'w Turn<'_>, place: &BlobPlace) -> Option<&'w Blob> {
    turn.world.account(&place.account)?.container(&place.container)?.blob(&place.blob)
}

/// What is said where there is none.
pub fn missing(turn: &Turn<'_>) -> Answer {
    let message = "The specified blob does not exist.";
    blob_error(404, "BlobNotFound", message, &turn.request.method)
}

/// An answer with a blob's stamps.
pub fn stamped(answer: Answer, blob: &Blob) -> Answer {
    answer
        .with_header("etag", blob.etag.clone())
        .with_header("last-modified", http_date(blob.modified))
        .with_header("accept-ranges", "bytes")
        .with_header("x-ms-blob-type", "BlockBlob")
}

/// A place as the ledger names it.
pub fn target(place: &BlobPlace) -> String {
    format!("{}/{}/{}", place.account, place.container, place.blob)
}
