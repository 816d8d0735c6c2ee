//! Calls to the Azure Resource Manager: address, version, credential, our request id.
//!
//! It must not know any resource type. A read that finds nothing is an answer here, not an error:
//! what a 404 means
//! is for whoever asked.

use super::settings::{ApiVersions, AzureSettings, KEY};
use super::tokens::Tokens;
use crate::http::{Aim, Body, Call, HttpClient, Reply, no_data, refused, unanswered};
use reqwest::{Method, Url};
use serde_json::Value;
use windlass_model::{Failure, RequestId};
use windlass_ports::{Account, ActionError, BoxFuture, Context, Outcome};

/// The Resource Manager as one identity sees it.
pub struct Arm {
    http: HttpClient,
    tokens: Tokens,
    endpoint: String,
    scope: String,
    /// The subscription of resources that name none.
    pub subscription: String,
    /// The group of resources that name none.
    pub resource_group: Option<String>,
    /// Where new things are made when nothing else says.
    pub location: Option<String>,
    /// The versions of the interfaces.
    pub versions: ApiVersions,
    /// Where deployment hosts answer, with `{host}` in place of the host.
    pub deployment_address: String,
}

/// Where deployment hosts answer.
const DEPLOYMENT_ADDRESS: &str = "https://{host}";

/// The address of something in the Resource Manager, with its version.
#[derive(Clone, Debug)]
pub struct Target {
    /// The path, from `/subscriptions`, with parameters if it has some.
    pub path: String,
    /// The version.
    pub version: String,
}

impl Arm {
    /// Speaks to what the settings name.
    pub fn new(settings: &AzureSettings, http: HttpClient, tokens: Tokens) -> Self {
        let endpoint = settings.endpoint.trim_end_matches('/').to_owned();
        // A simulator's tokens are for Azure, wherever it listens.
        let scope = match endpoint.strip_prefix("https://") {
            Some(_) => format!("{endpoint}/.default"),
            None => "https://management.azure.com/.default".to_owned(),
        };
        let deployment_address =
            match (&settings.deployment_endpoint, endpoint.strip_prefix("https://")) {
                (Some(address), _) => address.trim_end_matches('/').to_owned(),
                (None, Some(_)) => DEPLOYMENT_ADDRESS.to_owned(),
                // A simulator has all services behind one door.
                (None, None) => format!("{endpoint}/scm/{{host}}"),
            };
        Self {
            http,
            tokens,
            endpoint,
            scope,
            deployment_address,
            subscription: settings.subscription.clone(),
            resource_group: settings.resource_group.clone(),
            location: settings.location.clone(),
            versions: settings.api_versions.clone(),
        }
    }

    /// Reads something; 404 is an answer.
    pub async fn get(&self, what: &str, target: &Target) -> Outcome<Reply> {
        self.look(what, Method::GET, target).await
    }

    /// Lists what Azure lists by POST only, since it holds secrets.
    pub async fn list(&self, what: &str, target: &Target) -> Outcome<Reply> {
        self.look(what, Method::POST, target).await
    }

    async fn look(&self, what: &str, method: Method, target: &Target) -> Outcome<Reply> {
        let call = Call::new(method, self.url(target)?);
        let reply = self.send(Aim::Read, what, call).await?;
        match reply.status {
            404 => Ok(reply),
            _ if reply.is_success() && reply.json().is_some() => Ok(reply),
            _ if reply.is_success() || (300..400).contains(&reply.status) => {
                Err(no_data(Aim::Read, what, "Azure", &reply))
            }
            _ => Err(refused(Aim::Read, what, &reply)),
        }
    }

    /// Changes something. Our request id goes along, so that the activity log can tell who it was.
    pub async fn write(
        &self,
        what: &str,
        method: Method,
        target: &Target,
        body: Option<Value>,
        request: RequestId,
    ) -> Outcome<Reply> {
        let mut call = Call::new(method, self.url(target)?)
            .header("x-ms-client-request-id", request.to_string())
            .header("x-ms-correlation-request-id", request.to_string());
        if let Some(body) = body {
            call.body = Body::Json(body);
        }
        let reply = self.send(Aim::Write, what, call).await?;
        if (reply.is_success() && reply.is_page()) || (300..400).contains(&reply.status) {
            return Err(no_data(Aim::Write, what, "Azure", &reply));
        }
        if reply.is_success() { Ok(reply) } else { Err(refused(Aim::Write, what, &reply)) }
    }

    /// Asks a poll URL that Azure gave. The credential goes to Azure alone, wherever the URL
    /// points.
    pub async fn poll(&self, what: &str, address: &str) -> Outcome<Reply> {
        let leads_away = || {
            ActionError::InDoubt(format!(
                "failed to {what}: the address that Azure gave for asking leads elsewhere; look in \
                 the portal"
            ))
        };
        let url = Url::parse(address).map_err(|_| leads_away())?;
        let own = Url::parse(&self.endpoint).map_err(|_| leads_away())?;
        let (host, own_host) = (url.host_str().unwrap_or(""), own.host_str().unwrap_or("-"));
        let regional = host.strip_suffix(own_host).is_some_and(|rest| rest.ends_with('.'));
        let same_door = url.port_or_known_default() == own.port_or_known_default();
        if url.scheme() != own.scheme() || !same_door || (host != own_host && !regional) {
            return Err(leads_away());
        }
        self.send(Aim::Read, what, Call::new(Method::GET, url)).await
    }

    fn url(&self, target: &Target) -> Outcome<Url> {
        // A path may carry parameters of its own.
        let joint = if target.path.contains('?') { '&' } else { '?' };
        let address =
            format!("{}{}{joint}api-version={}", self.endpoint, target.path, target.version);
        Url::parse(&address).map_err(|error| {
            ActionError::Permanent(Failure::permanent(
                "address",
                format!("failed to call Azure: `{}` gives no address ({error})", self.endpoint),
            ))
        })
    }

    /// Sends a call with our token, to a host that takes the same as the Resource Manager. One that
    /// is not taken is renewed once: 401 is said before anything is done.
    pub async fn send(&self, aim: Aim, what: &str, call: Call) -> Outcome<Reply> {
        let call = call.header("accept", "application/json");
        let mut renewed = false;
        loop {
            let authorization = self.tokens.authorization(&self.scope).await?;
            let signed = call.clone().header("authorization", authorization.clone());
            let reply =
                self.http.send(signed).await.map_err(|error| unanswered(aim, what, &error))?;
            if reply.status != 401 || renewed {
                return Ok(reply);
            }
            self.tokens.forget(&self.scope, &authorization).await;
            renewed = true;
        }
    }
}

/// A token alone: Azure has no small thing that every identity may read.
impl Account for Arm {
    fn section(&self) -> &str {
        KEY
    }

    fn sign_in<'a>(&'a self, _ctx: &'a Context) -> BoxFuture<'a, Outcome<String>> {
        Box::pin(async move {
            self.tokens.authorization(&self.scope).await?;
            Ok(format!("with a token for {}", self.scope))
        })
    }
}

/// Puts a name into a path.
pub fn segment(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'(' | b')' => {
                escaped.push(char::from(byte));
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}
