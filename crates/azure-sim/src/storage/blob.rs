//! B3, B4, B5 and reading: one blob, with its stamps as real preconditions. It must not know what
//! it holds.

use super::held::{held, missing, stamped, target};
use super::lease;
use crate::http::{Answer, Body, blob_error};
use crate::ledger::{Effect, detail};
use crate::long_work;
use crate::turn::Turn;
use crate::world::{Blob, BlobPlace};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

/// Reads its properties by HEAD, and its bytes, or a range of them, by GET.
pub fn read(turn: &Turn<'_>, place: &BlobPlace) -> Result<Answer, Answer> {
    let blob = held(turn, place).ok_or_else(|| missing(turn))?;
    let bytes = STANDARD.decode(&blob.content).unwrap_or_default();
    if turn.request.method == "HEAD" {
        let answer = Answer { body: Body::Length(bytes.len()), ..Answer::empty(200) };
        let answer = stamped(answer, blob).with_header("content-md5", blob.md5.clone());
        return Ok(lease::told(answer, blob));
    }
    let range = turn.request.header("x-ms-range").or_else(|| turn.request.header("range"));
    let Some(range) = range else {
        let answer = Answer { body: Body::Bytes(bytes), ..Answer::empty(200) };
        return Ok(stamped(answer, blob).with_header("content-md5", blob.md5.clone()));
    };
    let Some((start, end)) = cut(range, bytes.len()) else {
        let message = "The range specified is invalid for the current size of the resource.";
        return Err(blob_error(416, "InvalidRange", message, "GET"));
    };
    let whole = bytes.len();
    let answer = Answer { body: Body::Bytes(bytes[start..=end].to_vec()), ..Answer::empty(206) };
    let told = format!("bytes {start}-{end}/{whole}");
    Ok(stamped(answer, blob).with_header("content-range", told))
}

/// `bytes=7-` or `bytes=7-9` of so many.
fn cut(range: &str, length: usize) -> Option<(usize, usize)> {
    let (start, end) = range.strip_prefix("bytes=")?.split_once('-')?;
    let start: usize = start.parse().ok()?;
    let last = length.checked_sub(1)?;
    let end = if end.is_empty() { last } else { end.parse::<usize>().ok()?.min(last) };
    (start <= end).then_some((start, end))
}

/// Writes one. Bodies are text here.
pub fn put(turn: &mut Turn<'_>, place: &BlobPlace) -> Result<Answer, Answer> {
    let known = held(turn, place).cloned();
    if turn.request.header("if-none-match") == Some("*") && known.is_some() {
        let message = "The specified blob already exists.";
        return Err(blob_error(409, "BlobAlreadyExists", message, "PUT"));
    }
    check_match(turn, known.as_ref())?;
    if let Some(known) = &known {
        lease::admit(turn, known)?;
    }
    let kept = known.and_then(|known| known.lease);
    let stamp = turn.world.ids.fresh().simple().to_string();
    let bytes = turn.request.body.clone().into_bytes();
    let blob = Blob { lease: kept, ..long_work::blob(&place.blob, &bytes, &stamp, turn.now) };
    let account = turn.world.account_mut(&place.account);
    if let Some(container) = account.and_then(|account| account.container_mut(&place.container)) {
        container.blobs.retain(|known| known.name != place.blob);
        container.blobs.push(blob.clone());
    }
    let detail = detail([("bytes", json!(bytes.len()))]);
    turn.record(Effect::BlobWritten, target(place), detail);
    Ok(stamped(Answer::empty(201), &blob))
}

/// Deletes one.
pub fn delete(turn: &mut Turn<'_>, place: &BlobPlace) -> Result<Answer, Answer> {
    let known = held(turn, place).cloned().ok_or_else(|| missing(turn))?;
    check_match(turn, Some(&known))?;
    lease::admit(turn, &known)?;
    let account = turn.world.account_mut(&place.account);
    if let Some(container) = account.and_then(|account| account.container_mut(&place.container)) {
        container.blobs.retain(|known| known.name != place.blob);
    }
    turn.record(Effect::BlobDeleted, target(place), detail([("etag", json!(known.etag))]));
    Ok(Answer::empty(202))
}

fn check_match(turn: &Turn<'_>, known: Option<&Blob>) -> Result<(), Answer> {
    let Some(wanted) = turn.request.header("if-match") else { return Ok(()) };
    if known.is_some_and(|blob| blob.etag == wanted || wanted == "*") {
        return Ok(());
    }
    let message = "The condition specified using HTTP conditional header(s) is not met.";
    Err(blob_error(412, "ConditionNotMet", message, &turn.request.method))
}
