//! A9: the names that stay with their slot in a swap. It must not know any value.

use super::binding::AppBinding;
use crate::azure::arm::Arm;
use crate::http::{Aim, refused};
use windlass_ports::Outcome;

/// What stays with its slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sticky {
    /// Names of app settings.
    pub settings: Vec<String>,
    /// Names of connection strings.
    pub connection_strings: Vec<String>,
}

/// The names that stay. `production` is the binding of the production app, which keeps the names
/// for all slots.
pub async fn names(arm: &Arm, app: &str, production: &AppBinding) -> Outcome<Sticky> {
    let what = format!("read which settings of {app} stay with their slot");
    let reply = arm.get(&what, &production.target(arm, "/config/slotConfigNames")?).await?;
    if reply.status == 404 {
        return Err(refused(Aim::Read, &what, &reply));
    }
    let body = reply.json().unwrap_or_default();
    // Null where nothing was ever set.
    let list = |key: &str| {
        let names = body["properties"][key].as_array().into_iter().flatten();
        names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
    };
    Ok(Sticky {
        settings: list("appSettingNames"),
        connection_strings: list("connectionStringNames"),
    })
}
