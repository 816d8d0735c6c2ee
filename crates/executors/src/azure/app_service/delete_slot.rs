//! `azure.app_service.delete_slot`: a point of no return. It deletes the content that was looked
//! at, or nothing.

use super::binding::{AppBinding, KIND as APP};
use super::create_slot::DELETE_KEEPING_PLAN;
use super::power::SETTLE_MS;
use super::site::Site;
use super::traffic::{Traffic, share};
use super::whole_set::{SetKind, WholeSet};
use crate::azure::arm::Arm;
use crate::schema;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Failure};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, Verdict};

/// The action's kind.
pub const KIND: &str = "azure.app_service.delete_slot";

/// The action.
pub struct DeleteSlot {
    arm: Arc<Arm>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The slot.
    pub app: String,
}

/// What is to be deleted; the sets are for whoever must make it anew.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// Whether it was there.
    pub existed: bool,
    /// Its content.
    pub content: Option<String>,
    /// Its app settings.
    pub settings: Map<String, Value>,
    /// Its connection strings.
    pub strings: Map<String, Value>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The slot that is gone.
    pub slot: String,
    /// Whether it was there.
    pub deleted: bool,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Deletes a deployment slot with its content for good. Refuses one to which \
                  requests are sent."
            .to_owned(),
        input: schema::object(
            [(
                "app",
                schema::deletes(schema::resource(
                    APP,
                    "the slot, by a resource whose binding names it",
                )),
            )],
            &["app"],
        ),
        output: schema::object(
            [
                ("slot", schema::text("the slot that is gone")),
                ("deleted", schema::boolean("whether it was there")),
            ],
            &["slot", "deleted"],
        ),
        traits: ActionTraits {
            class: EffectClass::Irreversible,
            captures: true,
            compensates: false,
            compensates_in_progress: false,
            idempotent: true,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "which content the slot has, and its app settings and connection strings, sealed, for \
             whoever must make it anew",
            "reads whether the slot with that content is still there",
            "nothing: the content is lost; a slot that the run itself made is deleted by undoing \
             azure.app_service.create_slot",
            &["Website Contributor on the app (Microsoft.Web/sites/slots/read, delete, \
               sites/slots/config/list/action, sites/config/read)"],
        ),
        example: format!(
            "- id: drop_slot\n  uses: {KIND}\n  with: {{ app: pwaapi_slot }}\n  requires: \
             steps.swap.outputs.swapped_at != ''\n"
        ),
    }
}

fn refuse<T>(code: &str, app: &str, why: &str) -> Outcome<T> {
    let message = format!("failed to delete the slot {app}: {why}");
    Err(ActionError::Permanent(Failure::permanent(code, message)))
}

/// What became of the slot that was looked at.
enum Left {
    Gone,
    There,
    Replaced,
}

impl DeleteSlot {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    async fn find(&self, ctx: &Context, app: &str) -> Outcome<(AppBinding, Option<Site>)> {
        let binding = AppBinding::find(&ctx.bindings, app)?;
        binding.slot("delete a slot", app)?;
        let site = Site::find(&self.arm, app, &binding).await?;
        Ok((binding, site))
    }

    async fn left(&self, ctx: &Context, attempt: &TypedAttempt<'_, Self>) -> Outcome<Left> {
        let (_, site) = self.find(ctx, &attempt.input.app).await?;
        let Some(site) = site else { return Ok(Left::Gone) };
        let known = attempt.captured.as_ref();
        Ok(match known.is_some_and(|before| before.existed && before.content == site.content) {
            true => Left::There,
            false => Left::Replaced,
        })
    }

    fn output(ctx: &Context, attempt: &TypedAttempt<'_, Self>) -> Outcome<Output> {
        let binding = AppBinding::find(&ctx.bindings, &attempt.input.app)?;
        let deleted = attempt.captured.as_ref().is_some_and(|before| before.existed);
        Ok(Output { slot: binding.slot.unwrap_or_default(), deleted })
    }
}

impl TypedAction for DeleteSlot {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let Some(app) = input["app"].as_str() else { return Vec::new() };
        let effect = |field: &str, value: Value| Effect {
            resource: app.to_owned(),
            field: field.to_owned(),
            value,
        };
        vec![
            effect("exists", json!(false)),
            effect("running", json!(false)),
            effect("traffic", json!(0)),
        ]
    }

    fn check(&self, bindings: &Bindings, input: &Input) -> Vec<String> {
        match AppBinding::find(bindings, &input.app) {
            Ok(AppBinding { slot: None, .. }) => vec![AppBinding::lacks_slot(&input.app)],
            _ => Vec::new(),
        }
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let app = &input.app;
        let (binding, site) = self.find(ctx, app).await?;
        let Some(site) = site else {
            let none = Map::new();
            let state =
                Before { existed: false, content: None, settings: none.clone(), strings: none };
            return Ok(Capture { state, not_before: None });
        };
        let traffic = Traffic { arm: &self.arm, app, production: binding.production() };
        let (rules, _) = traffic.read().await?;
        if site.host.as_ref().is_some_and(|host| share(&rules, host) > 0.0) {
            let why = "requests are sent to it; set its share to 0 first \
                       (azure.app_service.set_traffic)";
            return refuse("in_use", app, why);
        }
        let set = |kind| WholeSet { arm: &self.arm, app, binding: &binding, kind };
        let (settings, _) = set(SetKind::AppSettings).read().await?;
        let (strings, _) = set(SetKind::ConnectionStrings).read().await?;
        let state = Before { existed: true, content: site.content, settings, strings };
        Ok(Capture { state, not_before: site.date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        let app = &attempt.input.app;
        match self.left(ctx, &attempt).await? {
            Left::Gone => {}
            Left::Replaced => {
                return refuse("changed", app, "it has other content than when it was looked at");
            }
            Left::There => {
                let binding = AppBinding::find(&ctx.bindings, app)?;
                let target = binding.target(&self.arm, DELETE_KEEPING_PLAN)?;
                let (what, request) = (format!("delete the slot {app}"), attempt.raw.request_id);
                self.arm.write(&what, Method::DELETE, &target, None, request).await?;
            }
        }
        Ok(Acted::Done(Self::output(ctx, &attempt)?))
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        Ok(match self.left(ctx, &attempt).await? {
            Left::Gone => Found::Done(Self::output(ctx, &attempt)?),
            Left::There => Found::Absent,
            Left::Replaced => Found::Unknown(format!(
                "the slot {} has other content than when it was looked at",
                attempt.input.app
            )),
        })
    }

    async fn verify(&self, ctx: &Context, input: Input, output: Output) -> Outcome<Verdict> {
        Ok(match self.find(ctx, &input.app).await?.1 {
            None => Verdict::Holds,
            Some(_) => Verdict::Drifted(format!("the slot {} is there again", output.slot)),
        })
    }
}
