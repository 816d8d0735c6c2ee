//! Which operation of SQL a request is. To add one: its file, and its line here.

use super::{
    copy, delete, dropped, firewall, get, operations, poll, rename, server, transfer, update,
};
use crate::arm::{ArmPath, not_simulated};
use crate::http::Answer;
use crate::turn::Turn;

/// Answers a request to `Microsoft.Sql`.
pub fn answer(turn: &mut Turn<'_>, path: &ArmPath) -> Answer {
    let parts: Vec<&str> = path.lower.iter().map(String::as_str).collect();
    let done = match (turn.request.method.as_str(), parts.as_slice()) {
        ("GET", ["servers", _]) => server::get(turn, path),
        ("PATCH", ["servers", _]) => server::patch(turn, path),
        ("POST", ["servers", _, "import"]) => transfer::import(turn, path),
        ("GET", ["servers", _, "firewallrules"]) => firewall::list(turn, path),
        ("GET", ["servers", _, "firewallrules", _]) => firewall::get(turn, path),
        ("PUT", ["servers", _, "firewallrules", _]) => firewall::put(turn, path),
        ("DELETE", ["servers", _, "firewallrules", _]) => firewall::delete(turn, path),
        ("GET", ["servers", _, "restorabledroppeddatabases"]) => dropped::list(turn, path),
        ("GET", ["servers", _, "databases"]) => get::list(turn, path),
        ("GET", ["servers", _, "databases", _]) => get::get(turn, path),
        ("PUT", ["servers", _, "databases", _]) => copy::put(turn, path),
        ("PATCH", ["servers", _, "databases", _]) => update::patch(turn, path),
        ("POST", ["servers", _, "databases", _, "move"]) => rename::rename(turn, path),
        ("POST", ["servers", _, "databases", _, "export"]) => transfer::export(turn, path),
        ("DELETE", ["servers", _, "databases", _]) => delete::delete(turn, path),
        ("GET", ["servers", _, "databases", _, "operations"]) => operations::list(turn, path),
        ("GET", ["locations", _, "databaseazureasyncoperation", _]) => poll::status(turn, path),
        ("GET", ["locations", _, "databaseoperationresults", _]) => poll::result(turn, path),
        ("GET", ["locations", _, "importexportazureasyncoperation", _]) => poll::status(turn, path),
        ("GET", ["locations", _, "importexportoperationresults", _]) => poll::result(turn, path),
        _ => Err(not_simulated(turn.request)),
    };
    done.unwrap_or_else(|refusal| refusal)
}
