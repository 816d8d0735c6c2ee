//! What an app answers at its host: its health, or the front end's page while it is stopped. It
//! must not change anything.

use crate::http::{Answer, html_error};
use crate::turn::Turn;
use crate::world::{AppAddress, DatabaseStatus};
use jiff::SignedDuration;
use serde_json::json;

/// Answers a request to an app's host.
pub fn answer(turn: &Turn<'_>, address: &AppAddress) -> Answer {
    let Some(app) = turn.world.app(address) else {
        return html_error(404, "404 Web Site not found.", "You may be seeing this error due to …");
    };
    if !app.running {
        let text = "The web app you have attempted to reach is currently stopped and does not \
                    accept any requests.";
        return html_error(403, "Error 403 - This web app is stopped.", text);
    }
    let database = turn.world.database_of(address).map(|(_, database)| database);
    let status = turn.world.database_status(address);
    let trouble = match status {
        None => Some((500, "cannot open the database requested by the login")),
        Some(DatabaseStatus::Copying) => Some((503, "the database is being copied")),
        Some(DatabaseStatus::Online) if app.startup_failed => {
            Some((500, "HTTP Error 500.30: the app failed to start, and nobody started it again"))
        }
        Some(DatabaseStatus::Online) => None,
    };
    if let Some((code, reason)) = trouble {
        let body = json!({"app": address.to_string(), "status": "unhealthy", "reason": reason});
        return Answer::json(code, body);
    }
    let startup = SignedDuration::try_from_secs_f64(turn.world.timing.app_startup_s);
    if turn.now.duration_since(app.started) < startup.unwrap_or_default() {
        return html_error(503, "503 Service Unavailable", "The app is starting.");
    }
    Answer::json(
        200,
        json!({
            "app": address.to_string(),
            "status": "healthy",
            "version": app.deployed.version,
            "branch": app.deployed.branch,
            "database": database,
        }),
    )
}

/// The app that a host name of App Service belongs to.
pub fn by_host(turn: &Turn<'_>) -> Option<AppAddress> {
    let host = turn.request.header("host")?.split(':').next()?.to_ascii_lowercase();
    turn.world.sites.iter().find_map(|site| {
        let slots = site.slots.iter().map(|slot| Some(slot.name.as_str()));
        let mut all = std::iter::once(None).chain(slots);
        let slot = all.find(|slot| site.host(*slot).eq_ignore_ascii_case(&host))?;
        Some(AppAddress { site: site.name.clone(), slot: slot.map(str::to_owned) })
    })
}

/// The app that `/apps/{site}` or `/apps/{site}-{slot}` means.
pub fn by_path(turn: &Turn<'_>, name: &str) -> AppAddress {
    let slot = turn.world.sites.iter().find_map(|site| {
        let slot = name.strip_prefix(&site.name)?.strip_prefix('-')?;
        site.app(Some(slot))
            .map(|_| AppAddress { site: site.name.clone(), slot: Some(slot.to_owned()) })
    });
    slot.unwrap_or_else(|| AppAddress { site: name.to_owned(), slot: None })
}
