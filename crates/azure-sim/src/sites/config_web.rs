//! A10, A11: the configuration of a site, as far as this simulator has one: of what is sent only
//! the shares of requests that go to slots are kept. It must not hold secrets.

use super::address::{Target, begin_write};
use super::body::{bad_value, properties};
use super::stamp::stamped;
use crate::http::Answer;
use crate::ledger::{Effect, detail};
use crate::turn::Turn;
use crate::world::RampUpRule;
use serde_json::{Value, json};

/// Reads it.
pub fn get(turn: &Turn<'_>, target: &Target) -> Answer {
    let site = &target.address.site;
    let rules = rules(turn, target);
    let properties = json!({
        "numberOfWorkers": 1,
        "defaultDocuments": ["Default.htm", "index.html", "hostingstart.html"],
        "netFrameworkVersion": "v8.0",
        "linuxFxVersion": "",
        "windowsFxVersion": null,
        "publishingUsername": format!("${site}"),
        "publishingPassword": null,
        "appSettings": null,
        "connectionStrings": null,
        "scmType": "VSTSRM",
        "use32BitWorkerProcess": false,
        "webSocketsEnabled": true,
        "alwaysOn": true,
        "managedPipelineMode": "Integrated",
        "loadBalancing": "LeastRequests",
        "routingRules": rules,
        "experiments": {"rampUpRules": rules},
        "autoSwapSlotName": null,
        "http20Enabled": true,
        "minTlsVersion": "1.2",
        "scmMinTlsVersion": "1.2",
        "ftpsState": "Disabled",
        "healthCheckPath": null,
        "publicNetworkAccess": null,
    });
    let location = target.site(turn).map(|site| site.location.clone());
    // The name is the site's, not the configuration's, as recorded.
    Answer::site(json!({
        "id": format!("{}/config/web", target.id(turn)),
        "name": site,
        "type": "Microsoft.Web/sites/config",
        "location": location,
        "properties": properties,
    }))
}

/// Only production shares its requests out.
fn rules(turn: &Turn<'_>, target: &Target) -> Value {
    let site = target.site(turn).filter(|_| target.address.slot.is_none());
    let all = site.iter().flat_map(|site| &site.ramp_up).map(|rule| {
        json!({
            "actionHostName": rule.host,
            "reroutePercentage": rule.percent,
            "changeStep": null,
            "changeIntervalInMinutes": null,
            "minReroutePercentage": null,
            "maxReroutePercentage": null,
            "changeDecisionCallbackUrl": null,
            "name": rule.name,
        })
    });
    all.collect()
}

/// Changes what is sent of it. The answer carries the *old* stamp, and calls itself the site.
pub fn patch(turn: &mut Turn<'_>, target: &Target) -> Result<Answer, Answer> {
    let given = properties(turn.request)?;
    let wanted = match given.get("experiments").map(|experiments| &experiments["rampUpRules"]) {
        Some(Value::Array(list)) => Some(parse(list)?),
        Some(_) => return Err(bad_value("The parameter experiments has an invalid value.")),
        None => None,
    };
    begin_write(turn, target)?;
    let (now, stamp_before) = (turn.now, target.modified(turn));
    let mut changed = false;
    if let (Some(wanted), None) = (wanted, &target.address.slot)
        && let Some(site) = turn.world.site_mut(&target.address.site)
    {
        changed = site.ramp_up != wanted;
        site.ramp_up = wanted;
    }
    if let Some(app) = turn.world.app_mut(&target.address) {
        app.touch(now);
    }
    if changed {
        let site = target.site(turn);
        let rules = site.iter().flat_map(|site| &site.ramp_up);
        let rules = rules.map(|rule| json!({"host": rule.host, "percent": rule.percent}));
        let detail = detail([("rules", rules.collect())]);
        turn.record(Effect::TrafficSet, target.address.to_string(), detail);
    }
    let mut answer = get(turn, target);
    if let crate::http::Body::Json(body, _) = &mut answer.body {
        body["id"] = json!(target.id(turn));
        body["type"] = json!(target.kind());
    }
    Ok(stamped(answer, stamp_before))
}

fn parse(list: &[Value]) -> Result<Vec<RampUpRule>, Answer> {
    let read = |rule: &Value| {
        let percent = rule["reroutePercentage"].as_f64().unwrap_or_default();
        let host = rule["actionHostName"].as_str()?.to_owned();
        let name = rule["name"].as_str()?.to_owned();
        (0.0..=100.0).contains(&percent).then_some(RampUpRule { name, host, percent })
    };
    let rules: Option<Vec<RampUpRule>> = list.iter().map(read).collect();
    let rules = rules.filter(|rules| rules.iter().map(|rule| rule.percent).sum::<f64>() <= 100.0);
    rules.ok_or_else(|| bad_value("The parameter rampUpRules has an invalid value."))
}
