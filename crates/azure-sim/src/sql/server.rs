//! S14: a server. It must not know its databases.

use super::address::{server, server_id};
use crate::arm::ArmPath;
use crate::http::Answer;
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
            "publicNetworkAccess": "Enabled",
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
