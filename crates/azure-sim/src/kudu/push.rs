//! K1: a package is sent, and deployed while nobody waits. It must not know how a deployment ends.

use super::content::read;
use super::words::plain;
use crate::clock::later;
use crate::http::Answer;
use crate::ledger::{Change, Effect, app_detail};
use crate::turn::Turn;
use crate::world::{AppAddress, Deployed, PackageDeployment, PackageState, World};
use jiff::Timestamp;
use serde_json::json;

/// The setting that makes an app run from a package, here or elsewhere.
const RUN_FROM_PACKAGE: &str = "WEBSITE_RUN_FROM_PACKAGE";

/// Which part of its time a deployment is unpacked before it stands under its own id.
const UNPACKING: f64 = 0.25;

/// What a deployment is called whose sender says nothing.
const MESSAGE: &str = "Created via a push deployment";

/// What it is known by.
#[derive(Debug)]
pub struct Sent {
    /// What whoever sent it wrote.
    pub message: String,
    /// The way it came.
    pub deployer: String,
    /// The request that sent it.
    pub request_id: Option<String>,
}

/// Takes a package.
pub fn zip(turn: &mut Turn<'_>, address: &AppAddress) -> Answer {
    let Some(app) = turn.world.app(address) else { return Answer::empty(404) };
    let elsewhere = app.app_settings.get(RUN_FROM_PACKAGE);
    if elsewhere.is_some_and(|value| value.starts_with("http")) {
        let text = "Run-From-Zip is set to a remote URL using WEBSITE_RUN_FROM_PACKAGE or \
                    WEBSITE_USE_ZIP app setting. Deployment is not supported in this \
                    configuration.";
        return plain(409, text);
    }
    let failure = turn.twist.failure.as_ref().map(|failure| failure.message.clone());
    let held = read(&turn.request.bytes());
    let (holds, failure) = match (held, failure) {
        (Ok(holds), failure) => (holds, failure),
        (Err(why), _) => (Deployed::default(), Some(why)),
    };
    let text = |name: &str| turn.request.query(name).map(str::to_owned);
    let sent = Sent {
        message: text("message").unwrap_or_else(|| MESSAGE.to_owned()),
        deployer: text("deployer").unwrap_or_else(|| "ZipDeploy".to_owned()),
        request_id: turn.request.request_id(),
    };
    let (deployer, now) = (sent.deployer.clone(), turn.now);
    let Some(change) = begin(turn.world, address, sent, (holds, failure), now) else {
        let text = "There is a deployment currently in progress. Please try again when it \
                    completes.";
        return plain(409, text);
    };
    let detail = change.detail.clone();
    turn.changes.push(change);
    let base = base(turn, address);
    let time = now.strftime("%Y-%m-%d_%H-%M-%SZ");
    let place = format!("{base}/api/deployments/latest?deployer={deployer}&time={time}");
    let answer = Answer::empty(202).with_header("location", place);
    match (turn.request.query("trackDeploymentProgress"), detail["deployment"].as_str()) {
        (Some("true"), Some(id)) => answer.with_header("scm-deployment-id", id),
        _ => answer,
    }
}

/// Where the host stands for whoever asked.
pub fn base(turn: &Turn<'_>, address: &AppAddress) -> String {
    let base = turn.request.base();
    match turn.request.path.strip_prefix("/scm/") {
        Some(_) => {
            let site = turn.world.site(&address.site);
            let host = site.map(|site| site.deployment_host(address.slot.as_deref()));
            format!("{base}/scm/{}", host.unwrap_or_default())
        }
        None => base,
    }
}

/// Begins to deploy; nothing where another deployment is under way.
pub fn begin(
    world: &mut World,
    address: &AppAddress,
    sent: Sent,
    (holds, failure): (Deployed, Option<String>),
    now: Timestamp,
) -> Option<Change> {
    let (id, seconds) = (world.ids.fresh().simple().to_string(), world.timing.package_deploy_s);
    let app = world.app_mut(address)?;
    if app.packages.iter().any(|one| one.state == PackageState::Building) {
        return None;
    }
    app.packages.push(PackageDeployment {
        id: id.clone(),
        message: sent.message,
        deployer: sent.deployer,
        received: now,
        stands: later(now, seconds * UNPACKING),
        ends: later(now, seconds),
        state: PackageState::Building,
        failure,
        active: false,
        holds,
        request_id: sent.request_id.clone(),
    });
    let mut detail = app_detail(world, address);
    detail.insert("deployment".into(), json!(id));
    Some(Change {
        at: now,
        effect: Effect::PackageDeploymentStarted,
        target: address.to_string(),
        request_id: sent.request_id,
        detail,
    })
}
