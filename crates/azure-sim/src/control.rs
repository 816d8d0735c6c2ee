//! The simulator's own verbs under `/_sim`: what it did, what shall go wrong, how it ends. They are
//! no part of the simulated world and are neither counted nor hit by faults.

use crate::faults::{Armed, Fault};
use crate::foreign_change::ForeignChange;
use crate::http::{Answer, Request, arm_error};
use crate::simulator::{ChangeError, Simulator};
use crate::state::StateError;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What is told about a simulator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Its process.
    pub pid: u32,
    /// When it was started, in real time.
    pub started: Timestamp,
    /// What its clock shows.
    pub now: Timestamp,
    /// Simulated seconds per real second.
    pub time_scale: f64,
    /// How many requests it got since it was started.
    pub requests: u64,
    /// How many changes took place since its world began.
    pub changes: u64,
    /// How many faults are armed.
    pub faults: u64,
    /// How many long operations and deployments are under way.
    pub under_way: u64,
    /// How often its world began.
    pub beginnings: u64,
}

/// Says whether a request is for the simulator itself.
pub fn is_control(request: &Request) -> bool {
    request.path == "/_sim" || request.path.starts_with("/_sim/")
}

/// Answers it.
pub fn answer(simulator: &mut Simulator, request: &Request, real: Timestamp) -> Answer {
    let done = act(simulator, request, real);
    done.unwrap_or_else(|problem| arm_error(500, "SimulatorFailed", problem.to_string()))
}

fn act(
    simulator: &mut Simulator,
    request: &Request,
    real: Timestamp,
) -> Result<Answer, StateError> {
    let now = simulator.catch_up(real)?;
    let ok = |body: Value| Ok(Answer::json(200, body));
    match (request.method.as_str(), request.path.trim_start_matches("/_sim")) {
        ("GET", "/status") => ok(json!(status(simulator, now))),
        ("GET", "/ledger") => ok(json!(simulator.ledger)),
        ("GET", "/requests") => {
            ok(json!({"count": simulator.requests_total, "requests": simulator.requests}))
        }
        ("GET", "/faults") => ok(json!(simulator.state.faults)),
        ("POST", "/faults") => arm(simulator, request),
        ("DELETE", "/faults") => {
            simulator.state.faults.clear();
            simulator.keep(Vec::new())?;
            ok(json!({"armed": 0}))
        }
        ("GET", "/world") => ok(json!(simulator.state.world)),
        ("POST", "/world") => edit(simulator, request, real),
        ("POST", "/clock") => move_clock(simulator, request, real),
        ("POST", "/reset") => {
            simulator.reset(real)?;
            ok(json!({"reset": true}))
        }
        ("POST", "/stop") => {
            simulator.stopping = true;
            ok(json!({"stopping": true}))
        }
        (method, path) => {
            Ok(arm_error(404, "NotFound", format!("the simulator has no {method} /_sim{path}")))
        }
    }
}

fn status(simulator: &Simulator, now: Timestamp) -> Status {
    let world = &simulator.state.world;
    let operations = world.operations.iter().filter(|operation| operation.is_running()).count();
    let stages = world.devops.releases.iter().flat_map(|release| &release.stages);
    let stages = stages.filter(|stage| stage.latest().is_some_and(|last| last.is_live())).count();
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Status {
        pid: std::process::id(),
        started: simulator.started,
        now,
        time_scale: world.clock.time_scale(),
        requests: simulator.requests_total,
        changes: simulator.state.ledger_seq,
        faults: count(simulator.state.faults.len()),
        under_way: count(operations + stages),
        beginnings: simulator.state.beginnings,
    }
}

/// Arms one fault, or a list of them.
fn arm(simulator: &mut Simulator, request: &Request) -> Result<Answer, StateError> {
    let list = match request.json() {
        Some(Value::Array(list)) => list,
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let faults: Result<Vec<Fault>, _> = list.into_iter().map(serde_json::from_value).collect();
    match faults {
        Ok(faults) if !faults.is_empty() => {
            simulator.state.faults.extend(faults.into_iter().map(Armed::new));
            simulator.keep(Vec::new())?;
            Ok(Answer::json(200, json!({"armed": simulator.state.faults.len()})))
        }
        Ok(_) => Ok(arm_error(400, "BadFault", "the body is no fault")),
        Err(problem) => Ok(arm_error(400, "BadFault", format!("not a fault: {problem}"))),
    }
}

/// Lets somebody else change the world.
fn edit(
    simulator: &mut Simulator,
    request: &Request,
    real: Timestamp,
) -> Result<Answer, StateError> {
    let wanted: Result<ForeignChange, _> = serde_json::from_str(&request.body);
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(problem) => {
            return Ok(arm_error(400, "BadChange", format!("not a change: {problem}")));
        }
    };
    match simulator.change(&wanted, real) {
        Ok(count) => Ok(Answer::json(200, json!({"changes": count}))),
        Err(ChangeError::Missing(missing)) => Ok(arm_error(404, "NotFound", missing.to_string())),
        Err(ChangeError::State(problem)) => Err(problem),
    }
}

/// `{"advance_seconds": 60}` jumps, `{"time_scale": 600}` goes on at another speed.
fn move_clock(
    simulator: &mut Simulator,
    request: &Request,
    real: Timestamp,
) -> Result<Answer, StateError> {
    let body = request.json().unwrap_or_default();
    let clock = &mut simulator.state.world.clock;
    if let Some(time_scale) = body["time_scale"].as_f64() {
        clock.rescale(real, time_scale);
    }
    if let Some(seconds) = body["advance_seconds"].as_f64() {
        clock.advance(seconds);
    }
    let now = simulator.catch_up(real)?;
    simulator.keep(Vec::new())?;
    Ok(Answer::json(200, json!({"now": now})))
}
