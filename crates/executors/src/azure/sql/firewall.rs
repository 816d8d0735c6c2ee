//! S16: the rules of a server's firewall. It must not know why one is wanted.
//!
//! The rule that lets the services of Azure in is known by its range; its name differs.

use super::server::ServerBinding;
use crate::azure::arm::{Arm, segment};
use crate::http::{Aim, refused};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use windlass_model::RequestId;
use windlass_ports::Outcome;

/// The range that stands for "any service of Azure".
const AZURE: &str = "0.0.0.0";

/// The name under which the portal makes that rule.
pub const AZURE_RULE: &str = "AllowAllWindowsAzureIps";

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// The first address.
    pub start: String,
    /// The last one.
    pub end: String,
}

/// All rules of a server, with the service's clock.
pub struct Rules {
    /// The rules.
    pub all: Vec<Rule>,
    /// When one looked, as the service says.
    pub date: Option<String>,
}

impl Rule {
    /// The rule that lets the services of Azure in.
    pub fn azure() -> Self {
        Self { name: AZURE_RULE.to_owned(), start: AZURE.to_owned(), end: AZURE.to_owned() }
    }

    /// Whether it lets the services of Azure in.
    pub fn is_for_azure(&self) -> bool {
        self.start == AZURE && self.end == AZURE
    }
}

impl Rules {
    /// A rule by its name.
    pub fn named(&self, name: &str) -> Option<&Rule> {
        self.all.iter().find(|rule| rule.name.eq_ignore_ascii_case(name))
    }

    /// The rules that let the services of Azure in.
    pub fn for_azure(&self) -> Vec<Rule> {
        self.all.iter().filter(|rule| rule.is_for_azure()).cloned().collect()
    }
}

/// Lists the rules of a server.
pub async fn rules(arm: &Arm, place: &ServerBinding) -> Outcome<Rules> {
    let what = format!("list the firewall rules of {}", place.server);
    let reply = arm.get(&what, &place.target(arm, "/firewallRules")?).await?;
    if reply.status == 404 {
        return Err(refused(Aim::Read, &what, &reply));
    }
    let body = reply.json().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = body["value"].as_array().into_iter().flatten();
    let all = list.map(|row| Rule {
        name: text(&row["name"]),
        start: text(&row["properties"]["startIpAddress"]),
        end: text(&row["properties"]["endIpAddress"]),
    });
    Ok(Rules { all: all.collect(), date: reply.date().map(str::to_owned) })
}

/// Makes a rule, or gives it this range.
pub async fn put(arm: &Arm, place: &ServerBinding, rule: &Rule, request: RequestId) -> Outcome<()> {
    let what = format!("set the firewall rule {} of {}", rule.name, place.server);
    let target = place.target(arm, &format!("/firewallRules/{}", segment(&rule.name)))?;
    let body = json!({"properties": {"startIpAddress": rule.start, "endIpAddress": rule.end}});
    arm.write(&what, Method::PUT, &target, Some(body), request).await.map(drop)
}

/// Removes a rule; one that is gone already is no error.
pub async fn delete(
    arm: &Arm,
    place: &ServerBinding,
    name: &str,
    request: RequestId,
) -> Outcome<()> {
    let what = format!("delete the firewall rule {name} of {}", place.server);
    let target = place.target(arm, &format!("/firewallRules/{}", segment(name)))?;
    arm.write(&what, Method::DELETE, &target, None, request).await.map(drop)
}
