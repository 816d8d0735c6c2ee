//! The simulated cloud as a test sees it: its ledger, its world, its faults, over plain HTTP on
//! loopback.

use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// Longest wait for an answer of the simulator.
const ANSWER: Duration = Duration::from_secs(20);

/// One simulator.
pub struct Cloud {
    address: String,
}

impl Cloud {
    /// The simulator that `simulate status --json` speaks of.
    pub fn from_status(status: &Value) -> Result<Self, String> {
        let address = ["address", "url", "endpoint"].iter().find_map(|key| status[*key].as_str());
        let address = address.ok_or_else(|| format!("no address in the status: {status}"))?;
        let address = address.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Ok(Self { address })
    }

    /// Where it answers.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Kills a process at its n-th request, before or after the request's effect.
    pub fn kill_at_request(&self, pid: u32, nth: usize, when: &str) -> Result<(), String> {
        let fault = json!({ "fault": "kill_client", "pid": pid, "when": when, "nth": nth });
        self.ask("POST", "/_sim/faults", Some(&fault)).map(drop)
    }

    /// Arms a fault.
    pub fn fault(&self, fault: &Value) -> Result<(), String> {
        self.ask("POST", "/_sim/faults", Some(fault)).map(drop)
    }

    /// Disarms all faults.
    pub fn calm(&self) -> Result<(), String> {
        self.ask("DELETE", "/_sim/faults", None).map(drop)
    }

    /// Lets somebody else change the world.
    pub fn change(&self, change: &Value) -> Result<(), String> {
        self.ask("POST", "/_sim/world", Some(change)).map(drop)
    }

    /// Every change that took place.
    pub fn ledger(&self) -> Result<Vec<Value>, String> {
        let ledger = self.ask("GET", "/_sim/ledger", None)?;
        let list = ledger.as_array().or_else(|| ledger["entries"].as_array()).cloned();
        list.ok_or_else(|| format!("no list: {ledger}"))
    }

    /// The world, passwords included.
    pub fn world(&self) -> Result<Value, String> {
        self.ask("GET", "/_sim/world", None)
    }

    /// Ends the simulator; one that is gone already has ended.
    pub fn stop(&self) {
        drop(self.ask("POST", "/_sim/stop", None));
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let said = |e: std::io::Error| format!("{method} {path}: {e}");
        let mut stream = TcpStream::connect(&self.address).map_err(said)?;
        stream.set_read_timeout(Some(ANSWER)).map_err(said)?;
        let body = body.map_or_else(String::new, Value::to_string);
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(body.as_bytes()))
            .map_err(said)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).map_err(said)?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("half an answer")?;
        if !head.starts_with("HTTP/1.1 2") {
            return Err(format!("{method} {path}: {}", head.lines().next().unwrap_or_default()));
        }
        if body.trim().is_empty() {
            Ok(Value::Null)
        } else {
            serde_json::from_str(body).map_err(|e| e.to_string())
        }
    }
}
