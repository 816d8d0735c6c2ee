//! A10, A11: which shares of production's requests go to slots, by the slot's host.
//!
//! The rules are one list in the site's configuration; only that list is sent, and each rule but
//! ours stays as it was read a moment before. It must not know why a share changes.

use super::binding::AppBinding;
use super::whole_set::{Change, Standing, Written, standing};
use crate::azure::arm::Arm;
use crate::http::{Aim, refused};
use reqwest::Method;
use serde_json::{Map, Value, json};
use windlass_model::{Failure, RequestId};
use windlass_ports::{ActionError, Outcome};

/// The rules of one site.
pub struct Traffic<'a> {
    /// The Resource Manager.
    pub arm: &'a Arm,
    /// The app's name in the file.
    pub app: &'a str,
    /// The binding of its production app.
    pub production: AppBinding,
}

/// Rules by host.
pub type Rules = Map<String, Value>;

/// A rule that sends a share to a slot.
pub fn rule(slot: &str, host: &str, percent: f64) -> Value {
    json!({"actionHostName": host, "reroutePercentage": percent, "name": slot})
}

/// The share of a host.
pub fn share(rules: &Rules, host: &str) -> f64 {
    rules.get(&key(host)).map_or(0.0, percent)
}

/// The shares of all slots together.
pub fn shares(rules: &Rules) -> f64 {
    rules.values().map(percent).sum()
}

/// A share as the world shows it: whole where it is.
pub fn shown(percent: f64) -> Value {
    // A share is at most 100, so that the cast is exact.
    if percent.fract() == 0.0 { json!(percent as i64) } else { json!(percent) }
}

/// The name of a host among the rules: letter case does not count.
pub fn key(host: &str) -> String {
    host.to_ascii_lowercase()
}

fn percent(rule: &Value) -> f64 {
    rule["reroutePercentage"].as_f64().unwrap_or_default()
}

impl Traffic<'_> {
    /// The rules of now, and the service's clock.
    pub async fn read(&self) -> Outcome<(Rules, Option<String>)> {
        let what = format!("read the traffic rules of {}", self.app);
        let reply = self.arm.get(&what, &self.production.target(self.arm, "/config/web")?).await?;
        if reply.status == 404 {
            return Err(refused(Aim::Read, &what, &reply));
        }
        let body = reply.json().unwrap_or_default();
        let list = body["properties"]["experiments"]["rampUpRules"].as_array().cloned();
        let rules = list.unwrap_or_default().into_iter().filter_map(|rule| {
            let host = key(rule["actionHostName"].as_str()?);
            let Value::Object(members) = rule else { return None };
            // What is null was never set, and may not be sent as null.
            let set = members.into_iter().filter(|(_, value)| !value.is_null());
            let mut rule = Value::Object(set.collect());
            rule["reroutePercentage"] = json!(percent(&rule));
            Some((host, rule))
        });
        Ok((rules.collect(), reply.date().map(str::to_owned)))
    }

    /// Brings rules to what they are to be. One that is neither as before nor as it is to be was
    /// changed by somebody else: it is left where `leave_foreign` says so, and a reason to stop
    /// otherwise.
    pub async fn write(
        &self,
        changes: &[Change],
        leave_foreign: bool,
        request: RequestId,
    ) -> Outcome<Written> {
        let (mut rules, _) = self.read().await?;
        let left = match standing(&rules, changes) {
            Standing::After => return Ok(Written::default()),
            Standing::Before => Vec::new(),
            Standing::Foreign(hosts) if leave_foreign => hosts,
            Standing::Foreign(hosts) => {
                return Err(ActionError::Transient(Failure::transient(
                    "changed_meanwhile",
                    format!(
                        "failed to set the traffic of {}: somebody else changed the share of {} a \
                         moment ago",
                        self.app,
                        hosts.join(", ")
                    ),
                )));
            }
        };
        let ours: Vec<&Change> =
            changes.iter().filter(|change| !left.contains(&change.key)).collect();
        if ours.iter().all(|change| rules.get(&change.key) == change.after.as_ref()) {
            return Ok(Written { sent: false, left });
        }
        for change in &ours {
            match &change.after {
                Some(rule) => rules.insert(change.key.clone(), rule.clone()),
                None => rules.shift_remove(&change.key),
            };
        }
        let what = format!("set the traffic of {}", self.app);
        let list: Vec<Value> = rules.into_iter().map(|(_, rule)| rule).collect();
        let body = json!({"properties": {"experiments": {"rampUpRules": list}}});
        let target = self.production.target(self.arm, "/config/web")?;
        self.arm.write(&what, Method::PATCH, &target, Some(body), request).await?;
        let (now, _) = self.read().await.map_err(|_| {
            ActionError::InDoubt(format!("failed to {what}: Azure took it and cannot be asked"))
        })?;
        match ours.iter().all(|change| now.get(&change.key) == change.after.as_ref()) {
            true => Ok(Written { sent: true, left }),
            false => Err(ActionError::InDoubt(format!(
                "failed to {what}: Azure took the rules, and they are not what was written"
            ))),
        }
    }
}
