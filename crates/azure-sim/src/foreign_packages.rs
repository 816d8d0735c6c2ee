//! What somebody else does to deployment hosts. It must not know requests.

use crate::clock::later;
use crate::foreign_change::ForeignChange;
use crate::kudu::{Sent, begin};
use crate::ledger::{Change, Effect, app_detail};
use crate::missing::Missing;
use crate::world::{AppAddress, Deployed, PackageState, World};
use jiff::Timestamp;
use serde_json::json;

/// What a deployment's log says when its host was restarted under it.
const CUT_OFF: &str = "An unknown error has occurred. Check the diagnostic log for details.";

/// Makes a change and returns its lines.
pub fn change(
    world: &mut World,
    wanted: &ForeignChange,
    now: Timestamp,
) -> Result<Vec<Change>, Missing> {
    match wanted {
        ForeignChange::Package { app, version } => {
            let holds = Deployed { version: version.clone(), ..Deployed::default() };
            let sent = Sent {
                message: "somebody else's package".to_owned(),
                deployer: "VSTS".to_owned(),
                request_id: None,
            };
            let begun = begin(world, app, sent, (holds, None), now);
            let begun = begun.ok_or_else(|| Missing::of(format!("a free host of {app}")))?;
            Ok(vec![by_somebody(begun)])
        }
        ForeignChange::DeploymentHostRestart { app, away_seconds } => {
            restart(world, app, *away_seconds, now)
        }
        _ => Ok(Vec::new()),
    }
}

/// What is not complete when the host comes back, it takes for failed.
fn restart(
    world: &mut World,
    address: &AppAddress,
    away_seconds: f64,
    now: Timestamp,
) -> Result<Vec<Change>, Missing> {
    let app = world.app_mut(address).ok_or_else(|| Missing::of(format!("app {address}")))?;
    app.deployment_host_back = Some(later(now, away_seconds));
    let mut running = app.packages.iter_mut();
    let cut = running.find(|one| one.state == PackageState::Building).map(|one| {
        one.state = PackageState::Failed;
        one.failure = Some(CUT_OFF.to_owned());
        one.ends = now;
        (one.id.clone(), one.request_id.clone())
    });
    let Some((id, request_id)) = cut else { return Ok(Vec::new()) };
    let mut detail = app_detail(world, address);
    detail.insert("deployment".into(), json!(id));
    let effect = Effect::PackageDeploymentFailed;
    let target = address.to_string();
    Ok(vec![by_somebody(Change { at: now, effect, target, request_id, detail })])
}

fn by_somebody(mut change: Change) -> Change {
    change.detail.insert("by".into(), json!("somebody else"));
    change
}
