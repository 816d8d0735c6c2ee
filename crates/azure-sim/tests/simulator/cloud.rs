//! A simulated cloud whose time a test moves by hand. It must not know what is tested.

use jiff::Timestamp;
use serde_json::Value;
use windlass_azure_sim::clock::later;
use windlass_azure_sim::http::{Answer, Request};
use windlass_azure_sim::{Config, Effect, Simulator};

pub const GROUP: &str =
    "/subscriptions/a1b2c3d4-0000-4000-8000-000000000002/resourceGroups/rg-qa/providers";

/// A simulator and the real moment it is told.
pub struct Cloud {
    pub simulator: Simulator,
    pub config: Config,
    real: Timestamp,
}

impl Cloud {
    /// The hotfix world, in memory.
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    pub fn with(config: Config) -> Self {
        let start: Timestamp = "2026-03-02T08:00:00.04Z".parse().unwrap();
        let config = Config { clock_start: Some(start), ..config };
        let simulator = Simulator::open(&config, start).unwrap();
        Self { simulator, config, real: start }
    }

    /// Lets seconds pass.
    pub fn wait(&mut self, seconds: f64) {
        self.real = later(self.real, seconds);
    }

    /// Ends the simulator without a farewell, and opens what it left.
    pub fn die_and_come_back(self) -> Self {
        let Self { simulator, config, real } = self;
        drop(simulator);
        Self { simulator: Simulator::open(&config, real).unwrap(), config, real }
    }

    pub fn send(&mut self, request: &Request) -> Answer {
        self.simulator.handle(request, self.real).unwrap()
    }

    /// A request with the token, the version and an id.
    pub fn arm(&mut self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let sep = if path.contains('?') { '&' } else { '?' };
        let request = Request::new(method, &format!("{GROUP}{path}{sep}api-version=2023-12-01"));
        let request = request.with_header("authorization", "Bearer rehearsal-token");
        let request = request
            .with_header("host", "127.0.0.1:7")
            .with_header("x-ms-client-request-id", "11111111-0000-4000-8000-000000000009");
        let request = match body {
            Some(body) => request.with_json(&body),
            None => request,
        };
        self.send(&request)
    }

    pub fn site(&mut self, method: &str, rest: &str) -> Answer {
        self.arm(method, &format!("/Microsoft.Web/sites/{rest}"), None)
    }

    pub fn put_site(&mut self, rest: &str, body: Value) -> Answer {
        self.arm("PUT", &format!("/Microsoft.Web/sites/{rest}"), Some(body))
    }

    pub fn database(&mut self, method: &str, name: &str) -> Answer {
        self.arm(method, &format!("/Microsoft.Sql/servers/sql-qa/databases/{name}"), None)
    }

    /// Asks for a copy.
    pub fn copy(&mut self, from: &str, to: &str) -> Answer {
        let source = format!("{GROUP}/Microsoft.Sql/servers/sql-qa/databases/{from}");
        let body = serde_json::json!({
            "location": "westeurope",
            "properties": {"createMode": "Copy", "sourceDatabaseId": source},
        });
        self.arm("PUT", &format!("/Microsoft.Sql/servers/sql-qa/databases/{to}"), Some(body))
    }

    /// Follows a URL that the simulator gave.
    pub fn follow(&mut self, url: &str) -> Answer {
        let target = url.strip_prefix("http://127.0.0.1:7").unwrap();
        let request = Request::new("GET", target).with_header("host", "127.0.0.1:7");
        self.send(&request.with_header("authorization", "Bearer rehearsal-token"))
    }

    /// What an app answers at its host.
    pub fn health(&mut self, app: &str) -> Answer {
        self.send(&Request::new("GET", &format!("/apps/{app}/health")))
    }

    /// Lets somebody else change something.
    pub fn change(&mut self, change: &windlass_azure_sim::ForeignChange) {
        self.simulator.change(change, self.real).unwrap();
    }

    pub fn effects(&self) -> Vec<(Effect, &str)> {
        let lines = self.simulator.ledger().iter();
        lines.map(|line| (line.change.effect, line.change.target.as_str())).collect()
    }
}

/// The JSON of an answer.
pub fn json(answer: &Answer) -> Value {
    answer.as_json().cloned().unwrap_or_default()
}

/// Azure DevOps, with a token.
impl Cloud {
    pub fn devops(&mut self, method: &str, rest: &str, body: Option<Value>) -> Answer {
        let sep = if rest.contains('?') { '&' } else { '?' };
        let target = format!("/dispatcher/Dispatcher/_apis/{rest}{sep}api-version=7.1");
        // ":rehearsal-pat"
        let request = Request::new(method, &target)
            .with_header("authorization", "Basic OnJlaGVhcnNhbC1wYXQ=")
            .with_header("host", "127.0.0.1:7");
        self.send(&match body {
            Some(body) => request.with_json(&body),
            None => request,
        })
    }

    /// Reads a list.
    pub fn devops_list(&mut self, rest: &str) -> Vec<Value> {
        let answer = self.devops("GET", rest, None);
        assert_eq!(answer.status, 200);
        let list = json(&answer);
        let value = list["value"].as_array().unwrap().clone();
        assert_eq!(list["count"], value.len());
        value
    }
}
