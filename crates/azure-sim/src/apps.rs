//! What an app answers at its host: its health, or the front end's page while it is stopped. The
//! front end gives slots their share of production's requests. It must not change any app.

use crate::http::{Answer, Request, html_error};
use crate::turn::Turn;
use crate::world::{AppAddress, DatabaseStatus, Reach};
use jiff::SignedDuration;
use serde_json::json;

/// The cookie by which a client stays with a slot, and the query parameter that chooses one.
const ROUTING: &str = "x-ms-routing-name";

/// The name of production there.
const PRODUCTION: &str = "self";

/// The page that reads the database over a new connection.
const DATA: &str = "data";

/// Shares are counted in hundredths of a percent.
const SHARES: u64 = 10_000;

/// Has no factor in common with the shares: so every share is met once in that many requests, and
/// a small one is met early and spread out.
const STRIDE: u64 = 3_701;

/// Answers a request to an app's host. One to production may be a slot's.
pub fn answer(turn: &mut Turn<'_>, address: &AppAddress) -> Answer {
    let Some((chosen, name)) = share(turn, address) else { return own(turn, address) };
    own(turn, &chosen).with_header("set-cookie", format!("{ROUTING}={name}; path=/; HttpOnly"))
}

/// Who answers, and the name under which the client is pinned to it; nothing where nothing is
/// shared out.
fn share(turn: &mut Turn<'_>, address: &AppAddress) -> Option<(AppAddress, String)> {
    let site = turn.world.site(&address.site).filter(|_| address.slot.is_none())?;
    let pinned = turn.request.query(ROUTING).or_else(|| cookie(turn.request, ROUTING));
    let app = |slot: Option<String>| AppAddress { site: address.site.clone(), slot };
    if let Some(name) = pinned {
        let mut slots = site.slots.iter();
        let known = slots.find(|slot| slot.name.eq_ignore_ascii_case(name));
        let slot = known.map(|slot| slot.name.clone());
        let name = slot.clone().unwrap_or_else(|| PRODUCTION.to_owned());
        return Some((app(slot), name));
    }
    if site.ramp_up.is_empty() {
        return None;
    }
    let mut place = (site.shared_out * STRIDE % SHARES) as f64;
    let rule = site.ramp_up.iter().find(|rule| {
        let share = rule.percent * (SHARES as f64 / 100.0);
        place -= share;
        place < 0.0
    });
    let hosts = |name: &String, host: &String| {
        site.host(Some(name)).eq_ignore_ascii_case(host).then(|| name.clone())
    };
    let slot =
        rule.and_then(|rule| site.slots.iter().find_map(|slot| hosts(&slot.name, &rule.host)));
    if let Some(site) = turn.world.site_mut(&address.site) {
        site.shared_out += 1;
    }
    let name = slot.clone().unwrap_or_else(|| PRODUCTION.to_owned());
    Some((app(slot), name))
}

fn cookie<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    let all = request.header("cookie")?.split(';');
    all.filter_map(|pair| pair.trim().split_once('=')).find(|(key, _)| *key == name).map(|kv| kv.1)
}

/// What the app itself answers.
fn own(turn: &Turn<'_>, address: &AppAddress) -> Answer {
    let Some(app) = turn.world.app(address) else {
        return html_error(404, "404 Web Site not found.", "You may be seeing this error due to …");
    };
    if !app.running {
        let text = "The web app you have attempted to reach is currently stopped and does not \
                    accept any requests.";
        return html_error(403, "Error 403 - This web app is stopped.", text);
    }
    if app.deployed.version.is_empty() {
        let text = "Your web app is running and waiting for your content.";
        return Answer::html(200, format!("<html><body><p>{text}</p></body></html>"));
    }
    let database = turn.world.database_of(address).map(|(_, database)| database);
    let status = turn.world.database_status(address);
    let trouble = match status {
        None => Some((500, "cannot open the database requested by the login")),
        Some(DatabaseStatus::Copying) => Some((503, "the database is being copied")),
        Some(DatabaseStatus::Restoring | DatabaseStatus::Creating) => {
            Some((503, "the database is being restored"))
        }
        Some(DatabaseStatus::Online) if !gets_in(turn, address) => Some((
            500,
            "the server of the database refuses the connection: no rule of its firewall",
        )),
        Some(DatabaseStatus::Online) if app.startup_failed => {
            Some((500, "HTTP Error 500.30: the app failed to start, and nobody started it again"))
        }
        Some(DatabaseStatus::Online) => {
            let opened = turn.world.opened(address);
            let lack = opened.and_then(|database| database.fit.lack(&app.deployed));
            lack.map(|reason| (500, reason))
        }
    };
    if let Some((code, reason)) = trouble {
        let body = json!({
            "app": address.to_string(),
            "status": "unhealthy",
            "reason": reason,
            "database": database,
        });
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
            "data": "read",
        }),
    )
}

/// Whether what is asked for gets to the database. The page `…/data` opens a new connection; all
/// others use those that are open, which live on for a while.
fn gets_in(turn: &Turn<'_>, address: &AppAddress) -> bool {
    let segments = turn.request.segments();
    let is_new = segments.last().is_some_and(|last| last.eq_ignore_ascii_case(DATA));
    match turn.world.data_reach(address, turn.now) {
        Reach::Open => true,
        Reach::Cached => !is_new,
        Reach::Closed => false,
    }
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
