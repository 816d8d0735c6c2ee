//! Which operation of a deployment host a request is. To add one: its file, and its line here.

use super::{push, records};
use crate::arm::not_simulated;
use crate::http::{Answer, html_error};
use crate::identity::{Caller, arm_caller};
use crate::turn::Turn;
use crate::world::AppAddress;

/// The app that the deployment host of this name belongs to.
pub fn of_host(turn: &Turn<'_>, host: &str) -> Option<AppAddress> {
    turn.world.sites.iter().find_map(|site| site.of_deployment_host(host))
}

/// The same, by the request's own host.
pub fn by_host(turn: &Turn<'_>) -> Option<AppAddress> {
    let host = turn.request.header("host")?.split(':').next()?;
    of_host(turn, host)
}

/// Answers a request to an app's deployment host. It answers while the app is stopped, too.
pub fn answer(turn: &mut Turn<'_>, address: &AppAddress, parts: &[&str]) -> Answer {
    let app = turn.world.app(address);
    if app.and_then(|app| app.deployment_host_back).is_some_and(|back| turn.now < back) {
        return html_error(503, "503 Service Unavailable", "The service is unavailable.");
    }
    let caller = match arm_caller(turn) {
        Ok(caller) => caller,
        Err(_) => {
            let page = html_error(401, "401 - Unauthorized", "Access is denied.");
            return page.with_header("www-authenticate", "Basic realm=\"site\"");
        }
    };
    // Even to look is a matter of the right to publish.
    if caller == Caller::Reader {
        return html_error(403, "403 - Forbidden", "You do not have the right to publish.");
    }
    match (turn.request.method.as_str(), parts) {
        ("POST", ["api", "zipdeploy"]) => push::zip(turn, address),
        ("GET", ["api", "deployments"]) => records::list(turn, address),
        ("GET", ["api", "deployments", "latest"]) => records::latest(turn, address),
        ("GET", ["api", "deployments", id]) => records::one(turn, address, id),
        ("GET", ["api", "deployments", id, "log"]) => records::log(turn, address, id),
        _ => not_simulated(turn.request),
    }
}
