//! S16: the rules of a server's firewall. A rule is there, or gone, at once; who was connected
//! keeps its connection for a while.

use super::address::{not_found_by_sql, server, server_id};
use crate::arm::ArmPath;
use crate::http::{Answer, arm_error};
use crate::ledger::{Effect, detail};
use crate::turn::Turn;
use crate::world::FirewallRule;
use serde_json::{Value, json};
use std::net::Ipv4Addr;

/// Reads all.
pub fn list(turn: &Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let server = server(turn, path)?;
    let base = server_id(&turn.world.subscription, server);
    let all = server.firewall_rules.iter().map(|rule| body(&base, rule));
    Ok(Answer::json(200, json!({"value": all.collect::<Vec<Value>>()})))
}

/// Reads one.
pub fn get(turn: &Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let server = server(turn, path)?;
    let base = server_id(&turn.world.subscription, server);
    match server.firewall_rule(path.name(3)) {
        Some(rule) => Ok(Answer::json(200, body(&base, rule))),
        None => Err(not_found_by_sql("Microsoft.Sql/servers/firewallRules", path.name(3))),
    }
}

/// Makes one, or gives it another range; 200 for both, as recorded.
pub fn put(turn: &mut Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let held = server(turn, path)?;
    let (name, base) = (held.name.clone(), server_id(&turn.world.subscription, held));
    if !held.public_access {
        let message = "Unable to create or modify firewall rules when public network interface for \
                       the server is disabled.";
        return Err(arm_error(400, "DenyPublicEndpointEnabled", message));
    }
    let wanted = turn.request.json().unwrap_or_default();
    let address = |key: &str| {
        let text = wanted["properties"][key].as_str().unwrap_or_default();
        text.parse::<Ipv4Addr>().map_err(|_| {
            let message = format!("The IP address '{text}' is not an IPv4 address.");
            arm_error(400, "FirewallRuleNotIPv4Address", message)
        })
    };
    let (start, end) = (address("startIpAddress")?, address("endIpAddress")?);
    if start > end {
        let message = "The start IP address lies after the end IP address.";
        return Err(arm_error(400, "FirewallRuleInvalidRange", message));
    }
    let (start, end) = (start.to_string(), end.to_string());
    let rule = FirewallRule { name: path.name(3).to_owned(), start, end };
    let now = turn.now;
    let mut is_new = true;
    if let Some(held) = turn.world.server_mut(&name) {
        is_new = held.firewall_rule(&rule.name) != Some(&rule);
        held.change_access(now, |server| {
            server.firewall_rules.retain(|known| !known.name.eq_ignore_ascii_case(&rule.name));
            server.firewall_rules.push(rule.clone());
        });
    }
    if is_new {
        turn.record(Effect::FirewallRuleSet, format!("{name}/{}", rule.name), facts(&rule));
    }
    Ok(Answer::json(200, body(&base, &rule)))
}

/// Removes one: 204 where there is none.
pub fn delete(turn: &mut Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let held = server(turn, path)?;
    let name = held.name.clone();
    let Some(rule) = held.firewall_rule(path.name(3)).cloned() else {
        return Ok(Answer::empty(204));
    };
    let now = turn.now;
    if let Some(held) = turn.world.server_mut(&name) {
        held.change_access(now, |server| server.firewall_rules.retain(|known| *known != rule));
    }
    turn.record(Effect::FirewallRuleDeleted, format!("{name}/{}", rule.name), facts(&rule));
    Ok(Answer::empty(200))
}

fn facts(rule: &FirewallRule) -> serde_json::Map<String, Value> {
    detail([("rule", json!(rule.name)), ("start", json!(rule.start)), ("end", json!(rule.end))])
}

fn body(server: &str, rule: &FirewallRule) -> Value {
    json!({
        "properties": {"startIpAddress": rule.start, "endIpAddress": rule.end},
        "id": format!("{server}/firewallRules/{}", rule.name),
        "name": rule.name,
        "type": "Microsoft.Sql/servers/firewallRules",
    })
}
