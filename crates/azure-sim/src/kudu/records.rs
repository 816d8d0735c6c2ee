//! K3: what a deployment host tells of the packages that were sent to it. While one is unpacked it
//! stands under a passing id, without what its sender wrote. They must not change anything.

use super::push::base;
use super::words::plain;
use crate::clock::iso_millis;
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::{AppAddress, PackageDeployment, PackageState};
use serde_json::{Value, json};

/// What a deployment is called while it is unpacked.
const UNPACKED: &str = "Deploying from pushed zip file";

/// How much of an id a passing one has.
const PASSING_CHARS: usize = 8;

/// Lists them, the newest first.
pub fn list(turn: &Turn<'_>, address: &AppAddress) -> Answer {
    let all = turn.world.app(address).map(|app| app.packages.as_slice()).unwrap_or_default();
    let rows = all.iter().rev().map(|one| record(turn, address, one));
    Answer::json(200, rows.collect())
}

/// The one that is under way, else the one that ended last.
pub fn latest(turn: &Turn<'_>, address: &AppAddress) -> Answer {
    let all = turn.world.app(address).map(|app| app.packages.as_slice()).unwrap_or_default();
    let running = all.iter().find(|one| one.state == PackageState::Building);
    match running.or_else(|| all.iter().max_by_key(|one| one.ends)) {
        Some(one) => told(turn, address, one),
        None => missing("latest"),
    }
}

/// One by its id.
pub fn one(turn: &Turn<'_>, address: &AppAddress, id: &str) -> Answer {
    match find(turn, address, id) {
        Some(one) => told(turn, address, one),
        None => missing(id),
    }
}

/// What it did, and where it failed.
pub fn log(turn: &Turn<'_>, address: &AppAddress, id: &str) -> Answer {
    let Some(one) = find(turn, address, id) else { return missing(id) };
    let line = |number: usize, text: &str, kind: u64| {
        json!({
            "log_time": iso_millis(one.received),
            "id": format!("{id}-{number}"),
            "message": text,
            "type": kind,
            "details_url": null,
        })
    };
    let mut lines =
        vec![line(1, "Updating submodules.", 0), line(2, "Preparing deployment for commit id.", 0)];
    match (&one.failure, one.state) {
        (Some(why), PackageState::Failed) => {
            lines.push(line(3, why, 2));
            lines.push(line(4, "Deployment Failed.", 2));
        }
        (_, PackageState::Succeeded) => lines.push(line(3, "Deployment successful.", 0)),
        _ => {}
    }
    Answer::json(200, Value::Array(lines))
}

fn is_unpacked(turn: &Turn<'_>, one: &PackageDeployment) -> bool {
    one.state == PackageState::Building && turn.now < one.stands
}

fn shown_id(turn: &Turn<'_>, one: &PackageDeployment) -> String {
    match is_unpacked(turn, one) {
        true => format!("temp-{}", &one.id[..PASSING_CHARS]),
        false => one.id.clone(),
    }
}

fn find<'t>(turn: &'t Turn<'_>, address: &AppAddress, id: &str) -> Option<&'t PackageDeployment> {
    turn.world.app(address)?.packages.iter().find(|one| shown_id(turn, one) == id)
}

/// 202 while it is under way, 200 when it is over.
fn told(turn: &Turn<'_>, address: &AppAddress, one: &PackageDeployment) -> Answer {
    let body = record(turn, address, one);
    if one.state != PackageState::Building {
        return Answer::json(200, body);
    }
    let place = format!("{}/api/deployments/latest", base(turn, address));
    Answer::json(202, body).with_header("location", place)
}

fn missing(id: &str) -> Answer {
    plain(404, &format!("Deployment '{id}' not found."))
}

fn record(turn: &Turn<'_>, address: &AppAddress, one: &PackageDeployment) -> Value {
    let (unpacked, id) = (is_unpacked(turn, one), shown_id(turn, one));
    let is_over = one.state != PackageState::Building;
    let ended = is_over.then(|| iso_millis(one.ends));
    let good = ended.clone().filter(|_| one.state == PackageState::Succeeded);
    let url = is_over.then(|| format!("{}/api/deployments/{id}", base(turn, address)));
    let log_url = url.as_ref().map(|url| format!("{url}/log"));
    let (text, progress, outcome) = match one.state {
        PackageState::Building if unpacked => (String::new(), "Fetching changes.", "InProgress"),
        PackageState::Building => {
            let text = format!("Building and Deploying '{id}'.");
            (text, "Running deployment command...", "InProgress")
        }
        PackageState::Failed => (String::new(), "", "Failed"),
        PackageState::Succeeded => (String::new(), "", "Succeeded"),
    };
    json!({
        "id": id,
        "status": if unpacked { 0 } else { one.state.number() },
        "status_text": text,
        "author_email": "N/A",
        "author": "N/A",
        "deployer": one.deployer,
        "message": if unpacked { UNPACKED } else { &one.message },
        "progress": progress,
        "received_time": iso_millis(one.received),
        "start_time": iso_millis(one.received),
        "end_time": ended,
        "last_success_end_time": good,
        "complete": is_over,
        "active": one.active,
        "is_temp": unpacked,
        "is_readonly": true,
        "url": url,
        "log_url": log_url,
        "site_name": address.site,
        "provisioningState": outcome,
    })
}
