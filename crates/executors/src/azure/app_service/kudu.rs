//! The deployment host of an app (K1, K3): it takes packages, and tells what became of each.
//!
//! A package goes to `zipdeploy`, since a deployment made there keeps the message that was sent
//! along; one made by `publish` has none, and after a lost answer nothing would tell it from
//! another's. It must not know why a package is sent.

use super::package::Package;
use super::site::Site;
use crate::azure::arm::{Arm, segment};
use crate::http::error_body::{bounded, service_error};
use crate::http::{Aim, Body, Call, Reply, no_data, refused};
use reqwest::{Method, Url};
use serde::Deserialize;
use std::time::Duration;
use windlass_model::{Failure, RequestId, Value};
use windlass_ports::{ActionError, Outcome};

/// Real time for sending a package: 2 GB at 10 Mbit/s.
const SEND_TIMEOUT: Duration = Duration::from_secs(1800);

/// What every name of a deployment host has in it, in each of Azure's clouds. Our token goes to no
/// other host.
const SCM: &str = ".scm.";

/// What a host says of an app that runs from a package elsewhere.
const RUNS_FROM_ELSEWHERE: &str = "WEBSITE_RUN_FROM_PACKAGE";

/// The kind of a line of a log that tells of an error.
const ERROR_LINE: u64 = 2;

/// How many such lines are told.
const LINES_MAX: usize = 3;

/// Who deploys, as the host's page shows it.
const DEPLOYER: &str = "windlass";

/// A deployment host.
pub struct Kudu<'a> {
    arm: &'a Arm,
    app: &'a str,
    base: String,
}

/// What it tells of a deployment.
#[derive(Clone, Debug, Deserialize)]
pub struct Deployment {
    /// Its id; a passing one while the package is unpacked.
    pub id: String,
    /// Pending 0, building 1, deploying 2, failed 3, success 4.
    pub status: u64,
    /// What whoever sent it wrote.
    #[serde(default)]
    pub message: Option<String>,
    /// What it does now.
    #[serde(default)]
    pub progress: Option<String>,
    /// Whether it is over.
    #[serde(default)]
    pub complete: bool,
    /// Whether it is the one that the app runs.
    #[serde(default)]
    pub active: bool,
}

/// The number of a deployment that ended well.
const SUCCESS: u64 = 4;

impl Deployment {
    /// Whether it ended well.
    pub fn succeeded(&self) -> bool {
        self.complete && self.status == SUCCESS
    }
}

fn permanent<T>(code: &str, message: String) -> Outcome<T> {
    Err(ActionError::Permanent(Failure::permanent(code, message)))
}

impl<'a> Kudu<'a> {
    /// The host that Azure names for the app.
    pub fn of(arm: &'a Arm, app: &'a str, site: &Site) -> Outcome<Self> {
        let Some(host) = site.deployment_host.as_deref() else {
            let why = format!("failed to find the deployment host of {app}: Azure names none");
            return permanent("no_deployment_host", why);
        };
        if !host.contains(SCM) || host.contains(['/', '@', '?', '#', ':']) {
            let why = format!(
                "failed to find the deployment host of {app}: `{host}` is no such host; look at \
                 the app's host names in the portal"
            );
            return permanent("no_deployment_host", why);
        }
        Ok(Self { arm, app, base: arm.deployment_address.replace("{host}", host) })
    }

    /// Where people read the log of a deployment.
    pub fn log_address(&self, id: &str) -> String {
        format!("{}/api/deployments/{}/log", self.base, segment(id))
    }

    fn url(&self, below: &str) -> Outcome<Url> {
        Url::parse(&format!("{}/api/{below}", self.base)).or_else(|error| {
            let why = format!(
                "failed to address the deployment host of {}: `{}` gives no address ({error}); \
                 look at `deployment_endpoint` in the environment file",
                self.app, self.base
            );
            permanent("address", why)
        })
    }

    /// Reads something; nothing where it is not there.
    async fn get(&self, what: &str, below: &str) -> Outcome<Option<Value>> {
        let reply =
            self.arm.send(Aim::Read, what, Call::new(Method::GET, self.url(below)?)).await?;
        match reply.json() {
            _ if reply.status == 404 => Ok(None),
            Some(body) if reply.is_success() => Ok(Some(body)),
            _ if reply.is_success() => Err(no_data(Aim::Read, what, "the deployment host", &reply)),
            _ => Err(self.refused(Aim::Read, what, &reply)),
        }
    }

    fn refused(&self, aim: Aim, what: &str, reply: &Reply) -> ActionError {
        let said = service_error(reply).message;
        if reply.status == 409 && said.contains(RUNS_FROM_ELSEWHERE) {
            let message = format!(
                "failed to {what}: the app runs from the package that its setting \
                 {RUNS_FROM_ELSEWHERE} names; set that to 1, or set the address of the new package \
                 with azure.app_service.set_app_settings"
            );
            return ActionError::Permanent(Failure::permanent("runs_from_elsewhere", message));
        }
        refused(aim, what, reply)
    }

    fn read<T: serde::de::DeserializeOwned>(&self, what: &str, body: Value) -> Outcome<T> {
        serde_json::from_value(body).map_err(|error| {
            let message = format!("failed to {what}: the deployment host tells {error}");
            ActionError::Transient(Failure::transient("unreadable", message))
        })
    }

    /// All deployments that it knows.
    pub async fn list(&self) -> Outcome<Vec<Deployment>> {
        let what = format!("list the deployments of {}", self.app);
        match self.get(&what, "deployments").await? {
            Some(body) => self.read(&what, body),
            None => permanent("no_deployment_host", format!("failed to {what}: there is no list")),
        }
    }

    /// One deployment; nothing where it is not known, or not any more.
    pub async fn find(&self, id: &str) -> Outcome<Option<Deployment>> {
        let what = format!("read the deployment {id} of {}", self.app);
        let body = self.get(&what, &format!("deployments/{}", segment(id))).await?;
        body.map(|body| self.read(&what, body)).transpose()
    }

    /// What the log of a failed deployment complains of, in a sentence.
    pub async fn complaint(&self, id: &str) -> Option<String> {
        let what = format!("read the log of the deployment {id}");
        let log = self.get(&what, &format!("deployments/{}/log", segment(id))).await.ok()??;
        let lines = log.as_array()?.iter().filter(|line| line["type"] == ERROR_LINE);
        let told: Vec<&str> = lines.filter_map(|line| line["message"].as_str()).collect();
        (!told.is_empty()).then(|| bounded(&told[..told.len().min(LINES_MAX)].join(" ")))
    }

    /// Sends a package, with a message by which its deployment is known. It is taken, not deployed,
    /// when this returns.
    pub async fn send(&self, package: &Package, request: RequestId) -> Outcome<()> {
        let what = format!("deploy the package to {}", self.app);
        let mut url = self.url("zipdeploy")?;
        url.query_pairs_mut()
            .append_pair("isAsync", "true")
            .append_pair("deployer", DEPLOYER)
            .append_pair("message", &request.to_string());
        let mut call = Call::new(Method::POST, url)
            .header("content-type", "application/octet-stream")
            .header("x-ms-client-request-id", request.to_string());
        call.body = Body::File(package.file.clone(), package.sum.bytes);
        call.timeout = Some(SEND_TIMEOUT);
        let reply = self.arm.send(Aim::Write, &what, call).await?;
        match reply.status {
            _ if (reply.is_success() && reply.is_page()) || (300..400).contains(&reply.status) => {
                Err(no_data(Aim::Write, &what, "the deployment host", &reply))
            }
            200..=299 => Ok(()),
            _ => Err(self.refused(Aim::Write, &what, &reply)),
        }
    }
}
