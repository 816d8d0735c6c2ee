//! `azure.app_service.restart`: the app's process comes up anew. There is nothing to undo.

use super::binding::{AppBinding, KIND as APP};
use super::power::SETTLE_MS;
use super::site::{RUNNING, Site};
use crate::azure::arm::Arm;
use crate::schema;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Failure};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, Verdict};

/// The action's kind.
pub const KIND: &str = "azure.app_service.restart";

/// The answer then comes when the restart is over, and is the proof of it.
const PATH: &str = "/restart?softRestart=false&synchronous=true";

/// The action.
pub struct Restart {
    arm: Arc<Arm>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// Which app.
    pub app: String,
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The version stamp, which a restart moves.
    pub etag: Option<String>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// `Running`.
    pub state: String,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Restarts an app. Refuses a stopped one, which a restart does not start."
            .to_owned(),
        input: schema::object([("app", schema::resource(APP, "which app"))], &["app"]),
        output: schema::object(
            [("state", schema::one_of(&[RUNNING], "what it is now"))],
            &["state"],
        ),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: false,
            compensates_in_progress: false,
            idempotent: true,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "the app's version stamp",
            "reads the stamp again: a restart moves it, and so does any other change of the app, \
             each of which restarts it too",
            "nothing: a restart leaves nothing behind",
            &["Website Contributor on the app (Microsoft.Web/sites/restart/action, read)"],
        ),
        example: format!(
            "- id: restart\n  uses: {KIND}\n  with: {{ app: qa4 }}\n  compensate: {{ uses: none, \
             reason: a restart leaves nothing behind }}\n"
        ),
    }
}

impl Restart {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    /// Whether the app was restarted since it was looked at.
    async fn moved(&self, ctx: &Context, attempt: &TypedAttempt<'_, Self>) -> Outcome<bool> {
        let app = &attempt.input.app;
        let site = Site::read(&self.arm, app, &AppBinding::find(&ctx.bindings, app)?).await?;
        let before = attempt.captured.as_ref().and_then(|before| before.etag.as_ref());
        Ok(before.is_some() && site.etag.as_ref() != before)
    }
}

fn output() -> Output {
    Output { state: RUNNING.to_owned() }
}

impl TypedAction for Restart {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let app = input["app"].as_str().into_iter();
        app.map(|app| Effect {
            resource: app.to_owned(),
            field: "running".to_owned(),
            value: json!(true),
        })
        .collect()
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let app = &input.app;
        let site = Site::read(&self.arm, app, &AppBinding::find(&ctx.bindings, app)?).await?;
        if !site.runs() {
            return Err(ActionError::Permanent(Failure::permanent(
                "stopped",
                format!(
                    "failed to restart the app {app}: it is {}, and a restart does not start it; \
                     use azure.app_service.start",
                    site.state
                ),
            )));
        }
        Ok(Capture { state: Before { etag: site.etag }, not_before: site.date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        if !self.moved(ctx, &attempt).await? {
            let app = &attempt.input.app;
            let target = AppBinding::find(&ctx.bindings, app)?.target(&self.arm, PATH)?;
            let what = format!("restart the app {app}");
            self.arm.write(&what, Method::POST, &target, None, attempt.raw.request_id).await?;
        }
        Ok(Acted::Done(output()))
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        Ok(match self.moved(ctx, &attempt).await? {
            true => Found::Done(output()),
            false => Found::Absent,
        })
    }

    async fn verify(&self, ctx: &Context, input: Input, _output: Output) -> Outcome<Verdict> {
        let binding = AppBinding::find(&ctx.bindings, &input.app)?;
        let site = Site::read(&self.arm, &input.app, &binding).await?;
        Ok(match site.runs() {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!("{} is {}", input.app, site.state)),
        })
    }
}
