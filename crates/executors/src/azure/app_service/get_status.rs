//! `azure.app_service.get_status`: how an app or a slot stands. It only looks.

use super::binding::{AppBinding, KIND as APP};
use super::site::Site;
use super::traffic::{Traffic, share, shares};
use crate::azure::arm::Arm;
use crate::change::kinds::read_only;
use crate::change::reading::Reading;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "azure.app_service.get_status";

/// The state of a slot that is not there.
const ABSENT: &str = "Absent";

/// The action.
pub struct GetStatus {
    arm: Arc<Arm>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// Which app.
    pub app: String,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Whether it is there.
    pub exists: bool,
    /// `Running`, `Stopped`, or `Absent`.
    pub state: String,
    /// Whether it is allowed to run.
    pub running: bool,
    /// Whether a longer operation is at work on it.
    pub busy: bool,
    /// The slot; empty for production.
    pub slot: String,
    /// Where it answers.
    pub host: Option<String>,
    /// Its share of production's requests.
    pub traffic: f64,
    /// Which content it has.
    pub content: Option<String>,
    /// When it was swapped last.
    pub swapped_at: Option<String>,
    /// The slot that was swapped then.
    pub swapped_from: Option<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Reads how an app or a slot stands: state, share of the requests, last swap."
            .to_owned(),
        input: schema::object([("app", schema::resource(APP, "which app or slot"))], &["app"]),
        output: schema::object(
            [
                ("exists", schema::boolean("whether it is there")),
                ("state", schema::text("Running, Stopped, or Absent")),
                ("running", schema::boolean("whether it is allowed to run")),
                ("busy", schema::boolean("whether a swap or the like is at work on it")),
                ("slot", schema::text("the slot; empty for production")),
                ("host", schema::text("where it answers")),
                (
                    "traffic",
                    json!({"type": "number", "description": "its share of production's requests"}),
                ),
                ("content", schema::text("which content it has; the id travels in a swap")),
                ("swapped_at", schema::text("when it was swapped last")),
                ("swapped_from", schema::text("the slot that was swapped then")),
            ],
            &["exists", "state", "running", "busy", "slot", "traffic"],
        ),
        traits: read_only(),
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &["Reader on the app (Microsoft.Web/sites/read, sites/config/read)"],
        ),
        example: format!("- id: slot\n  uses: {KIND}\n  with: {{ app: pwaapi_slot }}\n"),
    }
}

impl GetStatus {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }
}

impl Reading for GetStatus {
    type Input = Input;
    type Output = Output;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    async fn read(&self, ctx: &Context, input: &Input) -> Outcome<Output> {
        let app = &input.app;
        let binding = AppBinding::find(&ctx.bindings, app)?;
        let site = Site::find(&self.arm, app, &binding).await?;
        let traffic = Traffic { arm: &self.arm, app, production: binding.production() };
        let (rules, _) = traffic.read().await?;
        let host = site.as_ref().and_then(|site| site.host.clone());
        let own = match (&binding.slot, &host) {
            (None, _) => 100.0 - shares(&rules),
            (Some(_), Some(host)) => share(&rules, host),
            (Some(_), None) => 0.0,
        };
        let swapped = site.as_ref().and_then(|site| site.swapped.clone());
        Ok(Output {
            exists: site.is_some(),
            state: site.as_ref().map_or_else(|| ABSENT.to_owned(), |site| site.state.clone()),
            running: site.as_ref().is_some_and(Site::runs),
            busy: site.as_ref().is_some_and(|site| site.is_busy),
            slot: binding.slot.unwrap_or_default(),
            host,
            traffic: own,
            content: site.and_then(|site| site.content),
            swapped_at: swapped.as_ref().map(|swapped| swapped.at.clone()),
            swapped_from: swapped.map(|swapped| swapped.source),
        })
    }
}
