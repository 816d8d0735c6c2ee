//! S14, S15: a server, and whether its public address is open. It must not know its databases.

use super::address::{server, server_id};
use crate::arm::ArmPath;
use crate::http::Answer;
use crate::ledger::{Effect, detail};
use crate::turn::Turn;
use serde_json::json;

/// Reads it.
pub fn get(turn: &Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let server = server(turn, path)?;
    let body = json!({
        "kind": "v12.0",
        "properties": {
            "administratorLogin": server.admin_login,
            "version": "12.0",
            "state": "Ready",
            "fullyQualifiedDomainName": format!("{}.database.windows.net", server.name),
            "privateEndpointConnections": [],
            "minimalTlsVersion": "1.2",
            "publicNetworkAccess": if server.public_access { "Enabled" } else { "Disabled" },
            "restrictOutboundNetworkAccess": "Disabled",
        },
        "location": server.location,
        "tags": {},
        "id": server_id(&turn.world.subscription, server),
        "name": server.name,
        "type": "Microsoft.Sql/servers",
    });
    Ok(Answer::json(200, body))
}

/// Opens or closes its public address.
pub fn patch(turn: &mut Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let name = server(turn, path)?.name.clone();
    let body = turn.request.json().unwrap_or_default();
    let now = turn.now;
    if let Some(access) = body["properties"]["publicNetworkAccess"].as_str() {
        let open = access.eq_ignore_ascii_case("Enabled");
        let mut was_open = open;
        if let Some(held) = turn.world.server_mut(&name) {
            was_open = held.public_access;
            held.change_access(now, |server| server.public_access = open);
        }
        if was_open != open {
            let detail = detail([("public_access", json!(open))]);
            turn.record(Effect::PublicAccessSet, name, detail);
        }
    }
    get(turn, path)
}
