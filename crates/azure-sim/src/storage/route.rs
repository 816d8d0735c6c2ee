//! Which operation of storage a request is. To add one: its file, and its line here.

use super::access::admit;
use super::{account, blob, lease};
use crate::arm::{ArmPath, not_simulated};
use crate::http::{Answer, blob_error};
use crate::turn::Turn;
use crate::world::BlobPlace;

/// Answers a request to `Microsoft.Storage`.
pub fn answer(turn: &mut Turn<'_>, path: &ArmPath) -> Answer {
    let parts: Vec<&str> = path.lower.iter().map(String::as_str).collect();
    let done = match (turn.request.method.as_str(), parts.as_slice()) {
        ("POST", ["storageaccounts", _, "listkeys"]) => account::list_keys(turn, path),
        _ => Err(not_simulated(turn.request)),
    };
    done.unwrap_or_else(|refusal| refusal)
}

/// Answers a request to the endpoint of an account's blobs.
pub fn blobs(turn: &mut Turn<'_>, account: &str, rest: &[&str]) -> Answer {
    let answer = find(turn, account, rest).unwrap_or_else(|refusal| refusal);
    let version = turn.request.header("x-ms-version").unwrap_or("2021-12-02").to_owned();
    answer.with_header("x-ms-version", version)
}

fn find(turn: &mut Turn<'_>, account: &str, rest: &[&str]) -> Result<Answer, Answer> {
    let method = turn.request.method.clone();
    let Some(held) = turn.world.account(account) else {
        let message = "The specified resource does not exist.";
        return Err(blob_error(404, "ResourceNotFound", message, &method));
    };
    admit(turn, held)?;
    if turn.request.header("x-ms-version").is_none() && turn.request.query("sv").is_none() {
        let message = "An HTTP header that's mandatory for this request is not specified.";
        return Err(blob_error(400, "MissingRequiredHeader", message, &method));
    }
    let [container, blob @ ..] = rest else { return Err(not_simulated(turn.request)) };
    if held.container(container).is_none() {
        let message = "The specified container does not exist.";
        return Err(blob_error(404, "ContainerNotFound", message, &method));
    }
    let place = BlobPlace {
        account: held.name.clone(),
        container: (*container).to_owned(),
        blob: blob.join("/"),
    };
    match (method.as_str(), blob.is_empty()) {
        ("GET", true) if turn.request.query("restype") == Some("container") => {
            Ok(Answer::empty(200).with_header("etag", "\"0x8DA072A8494447D\""))
        }
        ("HEAD" | "GET", false) => blob::read(turn, &place),
        ("PUT", false) if turn.request.query("comp") == Some("lease") => lease::act(turn, &place),
        ("PUT", false) if turn.request.query("comp") == Some("metadata") => {
            lease::set_metadata(turn, &place)
        }
        ("PUT", false) => blob::put(turn, &place),
        ("DELETE", false) => blob::delete(turn, &place),
        _ => Err(not_simulated(turn.request)),
    }
}
