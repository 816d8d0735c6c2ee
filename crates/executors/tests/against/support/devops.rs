//! An action of Azure DevOps for the kit, and what of its world it can change.

use super::sim::{Sim, SimSubject};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::Millis;
use windlass_ports::{Action, BoxFuture, Context};
use windlass_testkit::action_kit::Subject;

/// An action of Azure DevOps.
pub struct DevOpsSubject(pub SimSubject);

/// Makes one, in a world of its own.
pub async fn devops(kind: &'static str, input: Value) -> DevOpsSubject {
    DevOpsSubject(SimSubject { sim: Sim::start().await, kind, input, asks_service: true })
}

impl DevOpsSubject {
    pub fn sim(&self) -> &Sim {
        &self.0.sim
    }

    /// The simulated Azure DevOps, whole.
    pub async fn whole(&self) -> Value {
        self.0.sim.control(Method::GET, "/world", None).await["devops"].clone()
    }

    /// What a branch names.
    pub async fn head(&self, branch: &str) -> String {
        let whole = self.whole().await;
        let name = format!("refs/heads/{branch}");
        whole["repositories"][0]["refs"][name].as_str().unwrap_or("none").to_owned()
    }
}

/// What can be undone: variables, branches, builds at work, releases and their tasks, open pull
/// requests.
pub fn undoable(devops: &Value) -> Value {
    let rows = |key: &str| devops[key].as_array().cloned().unwrap_or_default();
    let variables = rows("build_definitions").into_iter().map(|one| one["variables"].clone());
    let builds = rows("builds").into_iter().filter(|one| one["status"] != "completed");
    let runs = rows("runs").into_iter().filter(|one| one["result"].is_null());
    let releases = rows("releases").into_iter().filter(|one| one["abandoned"] == false);
    let releases = releases.map(|one| {
        let stages = one["stages"].as_array().unwrap().iter();
        json!([one["id"], stages.map(|stage| stage["tasks"].clone()).collect::<Vec<_>>()])
    });
    let repositories = rows("repositories").into_iter().map(|one| {
        let requests = one["pull_requests"].as_array().unwrap().iter();
        let open = requests.filter(|request| request["status"] == "active");
        json!({"refs": one["refs"], "open": open.map(|one| one["id"].clone()).collect::<Vec<_>>()})
    });
    json!({
        "variables": variables.collect::<Vec<_>>(),
        "builds": builds.map(|one| one["id"].clone()).collect::<Vec<_>>(),
        "runs": runs.map(|one| one["id"].clone()).collect::<Vec<_>>(),
        "releases": releases.collect::<Vec<_>>(),
        "repositories": repositories.collect::<Vec<_>>(),
    })
}

impl Subject for DevOpsSubject {
    fn action(&self) -> Arc<dyn Action> {
        self.0.action()
    }

    fn cut_off(&self) -> Option<Arc<dyn Action>> {
        self.0.cut_off()
    }

    fn context(&self) -> Context {
        self.0.context()
    }

    fn input(&self) -> Value {
        self.0.input.clone()
    }

    fn observe(&self) -> BoxFuture<'_, Value> {
        Box::pin(async { undoable(&self.whole().await) })
    }

    fn changes(&self) -> BoxFuture<'_, usize> {
        self.0.changes()
    }

    fn pass(&self, span: Millis) -> BoxFuture<'_, ()> {
        self.0.pass(span)
    }
}
