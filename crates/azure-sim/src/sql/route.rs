//! Which operation of SQL a request is. To add one: its file, and its line here.

use super::{copy, delete, get, operations, poll, server};
use crate::arm::{ArmPath, not_simulated};
use crate::http::Answer;
use crate::turn::Turn;

/// Answers a request to `Microsoft.Sql`.
pub fn answer(turn: &mut Turn<'_>, path: &ArmPath) -> Answer {
    let parts: Vec<&str> = path.lower.iter().map(String::as_str).collect();
    let done = match (turn.request.method.as_str(), parts.as_slice()) {
        ("GET", ["servers", _]) => server::get(turn, path),
        ("GET", ["servers", _, "databases"]) => get::list(turn, path),
        ("GET", ["servers", _, "databases", _]) => get::get(turn, path),
        ("PUT", ["servers", _, "databases", _]) => copy::put(turn, path),
        ("DELETE", ["servers", _, "databases", _]) => delete::delete(turn, path),
        ("GET", ["servers", _, "databases", _, "operations"]) => operations::list(turn, path),
        ("GET", ["locations", _, "databaseazureasyncoperation", _]) => poll::status(turn, path),
        ("GET", ["locations", _, "databaseoperationresults", _]) => poll::result(turn, path),
        _ => Err(not_simulated(turn.request)),
    };
    done.unwrap_or_else(|refusal| refusal)
}
