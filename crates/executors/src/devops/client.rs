//! Calls to Azure DevOps: address, version, credential, and its way of asking one to slow down.
//!
//! It must not know any operation.

use super::settings::DevOpsSettings;
use crate::azure::arm::segment;
use crate::azure::tokens::Tokens;
use crate::http::{Aim, Body, Call, HttpClient, Reply, no_data, refused, unanswered};
use reqwest::{Method, Url};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use windlass_model::{Failure, RequestId, Timestamp};
use windlass_ports::{ActionError, Clock, Outcome};

/// The version of every operation used.
const API_VERSION: &str = "7.1";

/// What an Entra token for Azure DevOps is for.
const SCOPE: &str = "499b84ac-1321-427f-aa17-267ca6975798/.default";

/// The longest that one call waits because the service asked for it on an answer that was a
/// success.
const SLOW_DOWN_MAX_MS: u64 = 60_000;

/// Azure DevOps as one identity sees it.
pub struct DevOps {
    http: HttpClient,
    tokens: Tokens,
    clock: Arc<dyn Clock>,
    builds: String,
    releases: String,
    settings: DevOpsSettings,
    /// No call before this, in milliseconds: the service delays and warns before it refuses.
    not_before: AtomicI64,
}

/// Which of its two hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// Builds, git, pipelines.
    Builds,
    /// Releases.
    Releases,
}

impl DevOps {
    /// Speaks to what the settings name.
    pub fn new(
        settings: &DevOpsSettings,
        http: HttpClient,
        tokens: Tokens,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let base = |endpoint: &str| {
            format!(
                "{}/{}/{}/_apis",
                endpoint.trim_end_matches('/'),
                segment(&settings.organization),
                segment(&settings.project)
            )
        };
        Self {
            http,
            tokens,
            clock,
            builds: base(&settings.endpoint),
            releases: base(&settings.release_endpoint),
            settings: settings.clone(),
            not_before: AtomicI64::new(0),
        }
    }

    /// What the environment file says.
    pub fn settings(&self) -> &DevOpsSettings {
        &self.settings
    }

    /// The address of a repository: the named one, the section's, or the project's first.
    pub fn repository(&self, named: Option<&str>) -> String {
        let name = named.or(self.settings.repository.as_deref());
        format!("/git/repositories/{}", segment(name.unwrap_or(&self.settings.project)))
    }

    /// Reads something; the answer and the service's clock.
    pub async fn get(
        &self,
        what: &str,
        host: Host,
        path: &str,
        query: &[(&str, String)],
    ) -> Outcome<(Value, Option<String>)> {
        let call = Call::new(Method::GET, self.url(host, path, query)?);
        let reply = self.send(Aim::Read, what, call).await?;
        let date = reply.date().map(str::to_owned);
        Ok((data(Aim::Read, what, &reply)?, date))
    }

    /// Changes something; null is no body.
    pub async fn write(
        &self,
        what: &str,
        (method, host, path): (Method, Host, &str),
        body: Value,
        request: RequestId,
    ) -> Outcome<Value> {
        let mut call = Call::new(method, self.url(host, path, &[])?)
            .header("x-ms-client-request-id", request.to_string());
        call.body = if body.is_null() { Body::Empty } else { Body::Json(body) };
        let reply = self.send(Aim::Write, what, call).await?;
        data(Aim::Write, what, &reply)
    }

    fn url(&self, host: Host, path: &str, query: &[(&str, String)]) -> Outcome<Url> {
        let base = if host == Host::Builds { &self.builds } else { &self.releases };
        let mut url = Url::parse(&format!("{base}{path}")).map_err(|error| {
            ActionError::Permanent(Failure::permanent(
                "address",
                format!("failed to call Azure DevOps: `{base}` gives no address ({error})"),
            ))
        })?;
        let pairs = query.iter().map(|(name, value)| (*name, value.as_str()));
        url.query_pairs_mut().extend_pairs(pairs).append_pair("api-version", API_VERSION);
        Ok(url)
    }

    /// A token that is not taken is renewed once: 401 is said before anything is done.
    async fn send(&self, aim: Aim, what: &str, call: Call) -> Outcome<Reply> {
        let call =
            call.header("accept", "application/json").header("x-tfs-fedauthredirect", "Suppress");
        let mut renewed = false;
        loop {
            let not_before = Timestamp(self.not_before.load(Ordering::Relaxed));
            if self.clock.now() < not_before {
                self.clock.sleep_until(not_before).await;
            }
            let authorization = self.tokens.authorization(SCOPE).await?;
            let signed = call.clone().header("authorization", authorization.clone());
            let reply =
                self.http.send(signed).await.map_err(|error| unanswered(aim, what, &error))?;
            if let Some(wait) = reply.retry_after_ms().filter(|_| reply.is_success()) {
                let until = self.clock.now().after(wait.min(SLOW_DOWN_MAX_MS));
                self.not_before.fetch_max(until.0, Ordering::Relaxed);
            }
            if reply.status != 401 || renewed {
                return Ok(reply);
            }
            self.tokens.forget(SCOPE, &authorization).await;
            renewed = true;
        }
    }
}

/// The data of an answer. Each answer of Azure DevOps to what we ask has some.
fn data(aim: Aim, what: &str, reply: &Reply) -> Outcome<Value> {
    let leads_away = (300..400).contains(&reply.status) || reply.status == 203;
    match reply.json() {
        _ if leads_away => Err(no_data(aim, what, "Azure DevOps", reply)),
        Some(value) if reply.is_success() => Ok(value),
        None if reply.is_success() => Err(no_data(aim, what, "Azure DevOps", reply)),
        _ => Err(refused(aim, what, reply)),
    }
}
