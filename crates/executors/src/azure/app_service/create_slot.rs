//! `azure.app_service.create_slot`: a slot with the settings of production and no content. One that
//! is there stays as it is; undo deletes only what this step made.

use super::binding::{AppBinding, KIND as APP};
use super::power::SETTLE_MS;
use super::site::Site;
use super::traffic::{Traffic, share};
use super::whole_set::{SetKind, WholeSet, withhold};
use crate::azure::arm::Arm;
use crate::azure::long_running::{Operation, Progress};
use crate::schema;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Failure, RequestId, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, Verdict};

/// The action's kind.
pub const KIND: &str = "azure.app_service.create_slot";

/// The tag that says which request made a slot.
const TAG: &str = "windlass-request";

/// Where the settings of a new slot come from.
const SOURCES: [&str; 2] = ["production", "none"];

/// How a slot is deleted. Without the parameter the plan may go with its last app.
pub const DELETE_KEEPING_PLAN: &str = "?deleteEmptyServerFarm=false";

/// The action.
pub struct CreateSlot {
    arm: Arc<Arm>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The slot.
    pub app: String,
    /// Where its settings come from.
    #[serde(default = "production")]
    pub settings: String,
}

fn production() -> String {
    SOURCES[0].to_owned()
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// Whether the slot was there.
    pub existed: bool,
    /// Where the site stands.
    pub location: String,
    /// Its plan.
    pub plan: Option<String>,
    /// Which content the production app had: the id travels in a swap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The slot.
    pub slot: String,
    /// Where it answers.
    pub host: String,
    /// Whether this step made it.
    pub created: bool,
}

/// Where to ask, should Azure take its time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Handle {
    /// The operation.
    pub operation: Operation,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let settings = schema::one_of(&SOURCES, "whose app settings and connection strings it gets");
    ActionSpec {
        kind: KIND.to_owned(),
        summary:
            "Makes a deployment slot if it is absent; undone by deleting it if this step made \
                  it."
            .to_owned(),
        input: schema::object(
            [
                (
                    "app",
                    schema::makes(schema::resource(
                        APP,
                        "the slot, by a resource whose binding names it",
                    )),
                ),
                ("settings", schema::with_default(settings, SOURCES[0])),
            ],
            &["app"],
        ),
        output: schema::object(
            [
                ("slot", schema::text("the slot")),
                ("host", schema::text("where it answers")),
                ("created", schema::boolean("whether this step made it")),
            ],
            &["slot", "host", "created"],
        ),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: true,
            compensates_in_progress: false,
            idempotent: true,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "whether the slot was there",
            "reads the slot: a tag on it names the request that made it",
            "deletes the slot if this step made it, and refuses while requests are sent to it, or \
             while it holds what was swapped out of production; its content goes with it",
            &["Website Contributor on the app (Microsoft.Web/sites/slots/read, write, delete, \
               sites/config/list/action)"],
        ),
        example: format!("- id: slot\n  uses: {KIND}\n  with: {{ app: pwaapi_slot }}\n"),
    }
}

fn refuse<T>(code: &str, app: &str, why: &str) -> Outcome<T> {
    let message = format!("failed to make the slot {app}: {why}");
    Err(ActionError::Permanent(Failure::permanent(code, message)))
}

fn is_made_by(site: &Site, request: RequestId) -> bool {
    let tag = site.tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(TAG));
    tag.is_some_and(|(_, value)| *value == json!(request.to_string()))
}

impl CreateSlot {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    async fn find(&self, ctx: &Context, app: &str) -> Outcome<(AppBinding, Option<Site>)> {
        let binding = AppBinding::find(&ctx.bindings, app)?;
        binding.slot("make a slot", app)?;
        let site = Site::find(&self.arm, app, &binding).await?;
        Ok((binding, site))
    }

    fn output(binding: &AppBinding, site: &Site, created: bool) -> Output {
        Output {
            slot: binding.slot.clone().unwrap_or_default(),
            host: site.host.clone().unwrap_or_default(),
            created,
        }
    }

    /// A set of production, empty where none is to be copied.
    async fn set(
        &self,
        input: &Input,
        binding: &AppBinding,
        kind: SetKind,
    ) -> Outcome<Map<String, Value>> {
        if input.settings != SOURCES[0] {
            return Ok(Map::new());
        }
        let production = binding.production();
        let set = WholeSet { arm: &self.arm, app: &input.app, binding: &production, kind };
        Ok(set.read().await?.0)
    }

    async fn send(
        &self,
        input: &Input,
        binding: &AppBinding,
        before: &Before,
        request: RequestId,
    ) -> Outcome<Option<Operation>> {
        let settings = self.set(input, binding, SetKind::AppSettings).await?;
        let strings = self.set(input, binding, SetKind::ConnectionStrings).await?;
        let pair = |(name, value): (&String, &Value)| json!({"name": name, "value": value});
        let string = |(name, entry): (&String, &Value)| {
            let (value, kind) = (&entry["value"], &entry["type"]);
            json!({"name": name, "connectionString": value, "type": kind})
        };
        let mut body = json!({
            "location": before.location,
            "tags": {TAG: request.to_string()},
            "properties": {"siteConfig": {
                "appSettings": settings.iter().map(pair).collect::<Vec<_>>(),
                "connectionStrings": strings.iter().map(string).collect::<Vec<_>>(),
            }},
        });
        if let Some(plan) = &before.plan {
            body["properties"]["serverFarmId"] = json!(plan);
        }
        let what = format!("make the slot {}", input.app);
        let target = binding.target(&self.arm, "")?;
        let sent = self.arm.write(&what, Method::PUT, &target, Some(body), request).await;
        let values = settings.values().chain(strings.values());
        let reply = sent.map_err(|error| withhold(error, &what, values))?;
        Ok(Operation::announced(&reply))
    }

    /// Whether requests are sent to the slot.
    async fn gets_requests(&self, app: &str, binding: &AppBinding, site: &Site) -> Outcome<bool> {
        let traffic = Traffic { arm: &self.arm, app, production: binding.production() };
        let (rules, _) = traffic.read().await?;
        Ok(site.host.as_ref().is_some_and(|host| share(&rules, host) > 0.0))
    }
}

impl TypedAction for CreateSlot {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = Handle;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let app = input["app"].as_str().into_iter();
        app.map(|app| Effect {
            resource: app.to_owned(),
            field: "exists".to_owned(),
            value: json!(true),
        })
        .collect()
    }

    fn check(&self, bindings: &Bindings, input: &Input) -> Vec<String> {
        match AppBinding::find(bindings, &input.app) {
            Ok(AppBinding { slot: None, .. }) => vec![AppBinding::lacks_slot(&input.app)],
            _ => Vec::new(),
        }
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let (binding, slot) = self.find(ctx, &input.app).await?;
        let site = Site::read(&self.arm, &input.app, &binding.production()).await?;
        let state = Before {
            existed: slot.is_some(),
            location: site.location,
            plan: site.plan,
            content: site.content,
        };
        Ok(Capture { state, not_before: site.date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, Handle>> {
        let (input, request) = (&attempt.input, attempt.raw.request_id);
        let Some(before) = &attempt.captured else {
            return refuse("no_capture", &input.app, "what was before is not in the history");
        };
        let (binding, slot) = self.find(ctx, &input.app).await?;
        match slot {
            Some(slot) if before.existed => {
                return Ok(Acted::Done(Self::output(&binding, &slot, false)));
            }
            Some(slot) if is_made_by(&slot, request) => {
                return Ok(Acted::Done(Self::output(&binding, &slot, true)));
            }
            Some(_) => return refuse("slot_taken", &input.app, "somebody else made it meanwhile"),
            None if before.existed => {
                return refuse("slot_gone", &input.app, "it was there and somebody deleted it");
            }
            None => {}
        }
        if let Some(operation) = self.send(input, &binding, before, request).await? {
            return Ok(Acted::Accepted(Handle { operation }));
        }
        match Site::find(&self.arm, &input.app, &binding).await {
            Ok(Some(slot)) => Ok(Acted::Done(Self::output(&binding, &slot, true))),
            _ => Err(ActionError::InDoubt(format!(
                "failed to see the slot {}: Azure took it and does not show it yet",
                input.app
            ))),
        }
    }

    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let app = &attempt.input.app;
        let what = format!("make the slot {app}");
        match handle.operation.ask(&self.arm, &what).await? {
            Progress::Working { operation, after_ms } => Ok(Seen::InProgress {
                handle: Handle { operation },
                percent: None,
                message: Some(format!("making the slot {app}")),
                after_ms,
            }),
            Progress::Failed(failure) => Err(ActionError::Permanent(failure)),
            Progress::Lost(why) => Err(ActionError::InDoubt(format!("failed to {what}: {why}"))),
            Progress::Succeeded => match self.find(ctx, app).await? {
                (binding, Some(slot)) => Ok(Seen::Done(Self::output(&binding, &slot, true))),
                _ => Err(ActionError::InDoubt(format!("failed to {what}: it is not there"))),
            },
        }
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        let app = &attempt.input.app;
        let existed = attempt.captured.as_ref().is_some_and(|before| before.existed);
        let (binding, slot) = self.find(ctx, app).await?;
        let undo = attempt.raw.side == Side::Undo;
        let request = attempt.raw.undoes.filter(|_| undo).unwrap_or(attempt.raw.request_id);
        Ok(match (slot, handle) {
            (Some(slot), _) if existed => Found::Done(Self::output(&binding, &slot, false)),
            (None, _) if undo => {
                let slot = binding.slot.clone().unwrap_or_default();
                Found::Done(Output { slot, host: String::new(), created: true })
            }
            (None, Some(handle)) => Found::InProgress(handle),
            (None, None) => Found::Absent,
            (Some(slot), _) if is_made_by(&slot, request) => match undo {
                true => Found::Absent,
                false => Found::Done(Self::output(&binding, &slot, true)),
            },
            (Some(slot), _) if undo => Found::Done(Self::output(&binding, &slot, false)),
            (Some(_), _) => Found::Unknown(format!(
                "the slot {app} exists, and nothing says that this step made it"
            )),
        })
    }

    async fn verify(&self, ctx: &Context, input: Input, _output: Output) -> Outcome<Verdict> {
        Ok(match self.find(ctx, &input.app).await?.1 {
            Some(_) => Verdict::Holds,
            None => Verdict::Drifted(format!("the slot {} is gone", input.app)),
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), Handle>> {
        let app = &attempt.input.app;
        if attempt.captured.as_ref().is_some_and(|before| before.existed) {
            return Ok(Acted::Done(()));
        }
        let (binding, slot) = self.find(ctx, app).await?;
        let Some(slot) = slot else { return Ok(Acted::Done(())) };
        if !is_made_by(&slot, attempt.raw.undoes.unwrap_or(attempt.raw.request_id)) {
            ctx.output
                .kept(&format!("the slot {app} is not the one that this run made, and stays"));
            return Ok(Acted::Done(()));
        }
        let what = format!("delete the slot {app}");
        if self.gets_requests(app, &binding, &slot).await? {
            let message = format!(
                "failed to {what}: requests are sent to it; set its share to 0 first \
                 (azure.app_service.set_traffic)"
            );
            return Err(ActionError::Permanent(Failure::permanent("in_use", message)));
        }
        let was = attempt.captured.as_ref().and_then(|before| before.content.as_ref());
        if was.is_some() && was == slot.content.as_ref() {
            let message = format!(
                "failed to {what}: it holds what was swapped out of production, which would go \
                 with it; swap it back first (azure.app_service.swap_slots)"
            );
            return Err(ActionError::Permanent(Failure::permanent("swapped", message)));
        }
        let target = binding.target(&self.arm, DELETE_KEEPING_PLAN)?;
        self.arm.write(&what, Method::DELETE, &target, None, attempt.raw.request_id).await?;
        Ok(Acted::Done(()))
    }
}
