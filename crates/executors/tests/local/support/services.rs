//! A bench with a service: a script that leaves a line for each start and end. What of it still
//! runs ends with the bench.

use super::bench::{Bench, Step};
use super::context::Known;
use serde_json::{Value, json};
use windlass_model::Timestamp;
use windlass_ports::{Clock, Executed, Polled};
use windlass_sys::tree::Tree;
use windlass_testkit::RuntimeClock;

/// It is ready when the file is there, and puts it away when it is asked to end.
pub const SCRIPT: &str = "trap 'rm -f ready; echo ended >>ledger; exit 0' TERM; \
     echo \"started with $PASSWORD\"; echo started >>ledger; touch ready; \
     while :; do sleep 600 & wait; done";

/// Real milliseconds that a wait of any length takes.
const WAIT_MS: u64 = 20;

/// The bench.
pub struct Services {
    pub bench: Bench,
}

impl Services {
    /// `api` runs this script.
    pub fn new(script: &str) -> Self {
        let mut bench = Bench::new(Known::of(&[("password", "CANARY-service")]));
        let settings = json!({
            "command": ["sh", "-c", script],
            "dir": bench.text(""),
            "secrets": {"PASSWORD": "password"},
            "log": bench.text("log"),
            "ready": {"file": bench.text("ready")},
        });
        bench.bind("api", "service", settings);
        Self { bench }
    }

    /// All of it.
    pub fn tree(&self) -> Tree {
        let id = self.bench.path("").join("api");
        Tree::marked(format!("WINDLASS_SERVICE={}", id.display())).unwrap()
    }

    /// The lines that it left.
    pub fn ledger(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.bench.path("ledger")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Lets real time pass, and the bench's.
    pub async fn pass(&self, span: u64) {
        self.bench.parts.clock.advance(span);
        let clock = RuntimeClock::starting_at(Timestamp(0));
        clock.sleep_until(Timestamp(0).after(WAIT_MS)).await;
    }

    /// Follows what a step began.
    pub async fn follow(&self, step: &Step<'_>, executed: Executed) -> Result<Value, String> {
        let mut handle = match executed {
            Executed::Done(output) => return Ok(output),
            Executed::Accepted(handle) => handle,
        };
        loop {
            let context = self.bench.parts.context();
            match step.action.poll(&context, &step.attempt, &handle).await {
                Ok(Polled::Done(output)) => return Ok(output),
                Ok(Polled::InProgress { handle: next, after_ms, .. }) => {
                    handle = next;
                    self.pass(after_ms).await;
                }
                Err(error) => return Err(format!("{error:?}")),
            }
        }
    }

    /// Does a step of this kind to its end.
    pub async fn done(&self, kind: &str) -> Value {
        let step = self.bench.step(kind, json!({"service": "api"})).await.unwrap();
        let executed = step.act().await.unwrap();
        self.follow(&step, executed).await.unwrap()
    }

    /// Why a step of this kind fails.
    pub async fn failed(&self, kind: &str, input: Value) -> String {
        let step = self.bench.step(kind, input).await.unwrap();
        match step.act().await {
            Ok(executed) => self.follow(&step, executed).await.unwrap_err(),
            Err(error) => format!("{error:?}"),
        }
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        self.tree().kill().unwrap();
    }
}
