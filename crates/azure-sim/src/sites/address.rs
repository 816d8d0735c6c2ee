//! Which app an ARM path names, and whether it may be changed now. It must not know what is done
//! with the app.

use crate::arm::{ArmPath, resource_not_found};
use crate::http::{Answer, site_error};
use crate::turn::Turn;
use crate::world::{App, AppAddress, Site};
use jiff::Timestamp;

/// App Service's code for "an earlier change still holds the lock".
const LOCKED: &str = "59206";

/// Its code for "another operation is in progress".
const BUSY: &str = "59203";

/// A site or slot that exists.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its address, in the letters of its own name.
    pub address: AppAddress,
}

/// What of the path follows the site, or the slot.
pub type Rest<'a> = &'a [String];

/// Finds the site or slot that a path names.
pub fn find<'a>(turn: &Turn<'_>, path: &'a ArmPath) -> Result<(Target, Rest<'a>), Answer> {
    let (name, group) = (path.name(1), path.group());
    let missing = || resource_not_found("Microsoft.Web/sites", name, group);
    let site = turn.world.site(name).ok_or_else(missing)?;
    if !site.group.eq_ignore_ascii_case(group) {
        return Err(missing());
    }
    let slot = (path.lower.get(2).map(String::as_str) == Some("slots")).then(|| path.name(3));
    let slot = match slot.filter(|slot| !slot.is_empty()) {
        None => None,
        Some(wanted) => {
            let mut slots = site.slots.iter();
            let known = slots.find(|slot| slot.name.eq_ignore_ascii_case(wanted));
            let name = format!("{name}/slots/{wanted}");
            let missing = || resource_not_found("Microsoft.Web/sites", &name, group);
            Some(known.ok_or_else(missing)?.name.clone())
        }
    };
    let skip = if slot.is_some() { 4 } else { 2 };
    let address = AppAddress { site: site.name.clone(), slot };
    Ok((Target { address }, path.lower.get(skip..).unwrap_or_default()))
}

/// Refuses a write while an earlier one holds the lock, and lets a foreign hand in first if a
/// fault says so.
pub fn begin_write(turn: &mut Turn<'_>, target: &Target) -> Result<(), Answer> {
    let now = turn.now;
    let foreign = turn.twist.touched_before;
    let Some(site) = turn.world.site_mut(&target.address.site) else { return Ok(()) };
    if site.locked_until.is_some_and(|until| until > now) {
        let message = "Cannot acquire exclusive lock to create, update or delete this site. \
                       Retry the request later.";
        return Err(site_error(429, LOCKED, message));
    }
    if let Some(swap) = site.swap() {
        let message = format!(
            "Cannot modify this site because another operation is in progress. Details: Id: {}, \
             OperationName: SwapSiteSlots, CreatedTime: {}, RequestId: {}, EntityType: 1",
            swap.id,
            swap.started.strftime("%-m/%-d/%Y %-I:%M:%S %p"),
            swap.request_id.as_deref().unwrap_or_default()
        );
        return Err(site_error(409, BUSY, &message));
    }
    if foreign && let Some(app) = site.app_mut(target.address.slot.as_deref()) {
        app.touch(now);
    }
    Ok(())
}

impl Target {
    /// The site.
    pub fn site<'w>(&self, turn: &'w Turn<'_>) -> Option<&'w Site> {
        turn.world.site(&self.address.site)
    }

    /// The app.
    pub fn app<'w>(&self, turn: &'w Turn<'_>) -> Option<&'w App> {
        turn.world.app(&self.address)
    }

    /// The app's stamp.
    pub fn modified(&self, turn: &Turn<'_>) -> Timestamp {
        self.app(turn).map_or(turn.now, |app| app.modified)
    }

    /// The ARM id.
    pub fn id(&self, turn: &Turn<'_>) -> String {
        let group = self.site(turn).map(|site| site.group.clone()).unwrap_or_default();
        let slot = self.address.slot.as_ref().map(|slot| format!("/slots/{slot}"));
        format!(
            "/subscriptions/{}/resourceGroups/{group}/providers/Microsoft.Web/sites/{}{}",
            turn.world.subscription,
            self.address.site,
            slot.unwrap_or_default()
        )
    }

    /// `Microsoft.Web/sites`, or the type of a slot.
    pub fn kind(&self) -> &'static str {
        match self.address.slot {
            None => "Microsoft.Web/sites",
            Some(_) => "Microsoft.Web/sites/slots",
        }
    }

    /// `Microsoft.Web/sites/config`, for a slot too, as recorded.
    pub fn config(&self, turn: &Turn<'_>, name: &str, properties: serde_json::Value) -> Answer {
        let location = self.site(turn).map(|site| site.location.clone());
        Answer::site(serde_json::json!({
            "id": format!("{}/config/{name}", self.id(turn)),
            "name": name,
            "type": "Microsoft.Web/sites/config",
            "location": location,
            "properties": properties,
        }))
    }
}
