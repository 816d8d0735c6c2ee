//! Leases on a blob, without an end or with one, and its metadata, which only the holder of a lease
//! may set. It must not know what a lease is for.

use super::held::{held, missing, stamped, target};
use crate::http::{Answer, blob_error};
use crate::ledger::{Effect, detail};
use crate::turn::Turn;
use crate::world::{Blob, BlobPlace};
use serde_json::json;

/// What stands before the names of metadata.
const META: &str = "x-ms-meta-";

fn refusal(code: &str) -> Answer {
    let message = "There is another lease, or none, on the blob.";
    let status = if code == "LeaseIdMissing" { 412 } else { 409 };
    blob_error(status, code, message, "PUT")
}

fn change(turn: &mut Turn<'_>, place: &BlobPlace, change: impl FnOnce(&mut Blob)) {
    let account = turn.world.account_mut(&place.account);
    let container = account.and_then(|account| account.container_mut(&place.container));
    let blobs = container.into_iter().flat_map(|container| &mut container.blobs);
    if let Some(blob) = blobs.into_iter().find(|blob| blob.name == place.blob) {
        change(blob);
    }
}

/// Acquires, renews, changes, releases or breaks a lease.
pub fn act(turn: &mut Turn<'_>, place: &BlobPlace) -> Result<Answer, Answer> {
    let blob = held(turn, place).cloned().ok_or_else(|| missing(turn))?;
    let header = |name: &str| turn.request.header(name).map(str::to_owned);
    let (id, proposed) = (header("x-ms-lease-id"), header("x-ms-proposed-lease-id"));
    let ours = blob.lease.is_some() && blob.lease == id;
    let action = header("x-ms-lease-action").unwrap_or_default();
    let (status, lease) = match action.as_str() {
        "acquire" if blob.lease.is_none() || blob.lease == proposed => (201, proposed),
        "acquire" => return Err(refusal("LeaseAlreadyPresent")),
        "renew" if ours => (200, id),
        "change" if ours || (blob.lease.is_some() && blob.lease == proposed) => (200, proposed),
        "release" if ours => (200, None),
        "break" if blob.lease.is_some() => (202, None),
        "break" => return Err(refusal("LeaseNotPresentWithLeaseOperation")),
        "renew" | "change" | "release" => {
            return Err(refusal("LeaseIdMismatchWithLeaseOperation"));
        }
        _ => {
            let message = "The value of the lease action is invalid.";
            return Err(blob_error(400, "InvalidHeaderValue", message, "PUT"));
        }
    };
    if lease != blob.lease {
        let effect = match lease.is_some() {
            true => Effect::BlobLeased,
            false => Effect::BlobLeaseEnded,
        };
        turn.record(effect, target(place), detail([("action", json!(action))]));
    }
    let told = lease.clone();
    change(turn, place, |blob| blob.lease = lease);
    let answer = stamped(Answer::empty(status), &blob);
    Ok(match told {
        Some(id) => answer.with_header("x-ms-lease-id", id),
        None if action == "break" => answer.with_header("x-ms-lease-time", "0"),
        None => answer,
    })
}

/// Sets the metadata as a whole.
pub fn set_metadata(turn: &mut Turn<'_>, place: &BlobPlace) -> Result<Answer, Answer> {
    let blob = held(turn, place).cloned().ok_or_else(|| missing(turn))?;
    admit(turn, &blob)?;
    let named = turn.request.headers.iter().filter_map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        Some((name.strip_prefix(META)?.to_owned(), value.clone()))
    });
    let metadata = named.collect();
    change(turn, place, |blob| blob.metadata = metadata);
    turn.record(Effect::BlobMetadataSet, target(place), detail([]));
    Ok(stamped(Answer::empty(200), &blob))
}

/// Whether a write may come: with the lease, where there is one.
pub fn admit(turn: &Turn<'_>, blob: &Blob) -> Result<(), Answer> {
    match (&blob.lease, turn.request.header("x-ms-lease-id")) {
        (Some(lease), Some(id)) if lease == id => Ok(()),
        (Some(_), Some(_)) => Err(blob_error(
            412,
            "LeaseIdMismatchWithBlobOperation",
            "The lease ID specified did not match the lease ID for the blob.",
            &turn.request.method,
        )),
        (Some(_), None) => Err(blob_error(
            412,
            "LeaseIdMissing",
            "There is currently a lease on the blob and no lease ID was specified in the request.",
            &turn.request.method,
        )),
        (None, _) => Ok(()),
    }
}

/// What a look tells of it.
pub fn told(answer: Answer, blob: &Blob) -> Answer {
    let (state, status) = match blob.lease {
        Some(_) => ("leased", "locked"),
        None => ("available", "unlocked"),
    };
    let mut answer =
        answer.with_header("x-ms-lease-state", state).with_header("x-ms-lease-status", status);
    if blob.lease.is_some() {
        answer = answer.with_header("x-ms-lease-duration", "infinite");
    }
    blob.metadata.iter().fold(answer, |answer, (name, value)| {
        answer.with_header(&format!("{META}{name}"), value.clone())
    })
}
