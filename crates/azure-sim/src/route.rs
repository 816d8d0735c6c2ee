//! Which service a request is for. It must not know any operation.

use crate::arm::{ArmPath, check_group, check_version, is_look, not_simulated, refuse_reader};
use crate::http::Answer;
use crate::identity::{Caller, arm_caller, imds, token};
use crate::turn::Turn;
use crate::{apps, devops, kudu, monitor, sites, sql, storage};

/// Answers a request of the simulated world.
pub fn answer(turn: &mut Turn<'_>) -> Answer {
    if let Some(address) = apps::by_host(turn) {
        return apps::answer(turn, &address);
    }
    let segments = turn.request.segments();
    if let Some(address) = kudu::by_host(turn) {
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        return kudu::answer(turn, &address, &parts);
    }
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (turn.request.method.as_str(), parts.as_slice()) {
        (_, ["blob", account, rest @ ..]) => storage::blobs(turn, account, rest),
        (_, ["scm", host, rest @ ..]) => match kudu::of_host(turn, host) {
            Some(address) => kudu::answer(turn, &address, rest),
            None => not_simulated(turn.request),
        },
        (_, ["apps", name, ..]) => apps::answer(turn, &apps::by_path(turn, name)),
        ("GET", ["metadata", "identity", "oauth2", "token"]) => imds(turn),
        ("POST", [tenant, "oauth2", "v2.0", "token"]) => token(turn, tenant),
        (_, [first, ..]) if first.eq_ignore_ascii_case("subscriptions") => {
            arm(turn, &segments).unwrap_or_else(|refusal| refusal)
        }
        (_, [organization, project, "_apis", rest @ ..]) => {
            devops::answer(turn, organization, project, rest)
        }
        _ => not_simulated(turn.request),
    }
}

fn arm(turn: &mut Turn<'_>, segments: &[String]) -> Result<Answer, Answer> {
    let caller = arm_caller(turn)?;
    check_version(turn.request)?;
    let path = ArmPath::parse(segments).ok_or_else(|| not_simulated(turn.request))?;
    check_group(turn.world, &path)?;
    if caller == Caller::Reader && !is_look(turn.request) {
        return Err(refuse_reader(turn.request));
    }
    let answer = match path.namespace.as_str() {
        "microsoft.web" => sites::answer(turn, &path),
        "microsoft.sql" => sql::answer(turn, &path),
        "microsoft.storage" => storage::answer(turn, &path),
        "microsoft.insights" => monitor::answer(turn, &path),
        _ => not_simulated(turn.request),
    };
    // Listings by POST are reads, and stand in no log.
    let is_listing = segments.last().is_some_and(|last| last.eq_ignore_ascii_case("list"));
    if !is_look(turn.request) && !is_listing {
        monitor::note(turn, segments, &answer);
    }
    Ok(answer)
}
