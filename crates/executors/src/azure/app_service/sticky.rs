//! A9: the names that stay with their slot in a swap. It must not know any value.

use super::binding::AppBinding;
use crate::azure::arm::Arm;
use crate::http::{Aim, refused};
use windlass_ports::Outcome;

/// The connection strings that stay. `production` is the binding of the production app, which
/// keeps the names for all slots.
pub async fn connection_strings(
    arm: &Arm,
    app: &str,
    production: &AppBinding,
) -> Outcome<Vec<String>> {
    let what = format!("read which settings of {app} stay with their slot");
    let reply = arm.get(&what, &production.target(arm, "/config/slotConfigNames")?).await?;
    if reply.status == 404 {
        return Err(refused(Aim::Read, &what, &reply));
    }
    let body = reply.json().unwrap_or_default();
    // Null where nothing was ever set.
    let names = body["properties"]["connectionStringNames"].as_array().cloned();
    let names = names.unwrap_or_default();
    Ok(names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
}
