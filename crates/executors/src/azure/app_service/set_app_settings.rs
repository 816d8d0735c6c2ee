//! `azure.app_service.set_app_settings`: some keys of the set, all others untouched.

use super::binding::{AppBinding, KIND as APP};
use super::power::SETTLE_MS;
use super::site::Site;
use super::whole_set::{Change, SetKind, Standing, WholeSet, since, standing};
use crate::azure::arm::Arm;
use crate::schema;
use crate::secret_ref::TextOrSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Failure, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, Verdict};

/// The action's kind.
pub const KIND: &str = "azure.app_service.set_app_settings";

/// The action.
pub struct SetAppSettings {
    arm: Arc<Arm>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// Which app.
    pub app: String,
    /// Values by name.
    pub settings: BTreeMap<String, TextOrSecret>,
}

/// What was before, and what is to be: both may be secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The keys.
    pub changes: Vec<Change>,
    /// The site's version stamp.
    pub etag: Option<String>,
}

/// Output: names only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Which settings have another value now.
    pub changed: Vec<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let value = json!({
        "type": ["string", "number", "boolean", "object"],
        "description": "a value, or a secret as ${{ env.secrets.NAME }}",
    });
    ActionSpec {
        kind: KIND.to_owned(),
        summary:
            "Sets some app settings of an app; the others stay as they are. Undone by putting \
         exactly those \
                  back."
                .to_owned(),
        input: schema::object(
            [
                ("app", schema::resource(APP, "which app")),
                ("settings", schema::map(value, "values by name")),
            ],
            &["app", "settings"],
        ),
        output: schema::object(
            [("changed", schema::list(schema::text("a name"), "which have another value now"))],
            &["changed"],
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
            "the previous value of each setting that changes, sealed, and whether it sticks to \
             its slot",
            "reads the settings and compares the values that were to be set",
            "puts back exactly the settings that it changed, and only where nobody changed them \
             again",
            &["Website Contributor on the app (Microsoft.Web/sites/config/list/action, write)"],
        ),
        example: format!(
            "- id: switch_feature\n  uses: {KIND}\n  with: {{ app: qa4, settings: {{ \
             Feature__Tickets: \"true\" }} }}\n"
        ),
    }
}

impl SetAppSettings {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    fn set<'a>(&'a self, app: &'a str, binding: &'a AppBinding) -> WholeSet<'a> {
        WholeSet { arm: &self.arm, app, binding, kind: SetKind::AppSettings }
    }

    fn output(changes: &[Change]) -> Output {
        let changed = changes.iter().filter(|change| change.before != change.after);
        Output { changed: changed.map(|change| change.key.clone()).collect() }
    }
}

fn captured(attempt: &TypedAttempt<'_, SetAppSettings>) -> Outcome<Vec<Change>> {
    let first = attempt.captured.as_ref().map(|before| before.changes.clone());
    let again = attempt.acted_again().map(|before| before.changes.as_slice());
    first.map(|first| since(first, again)).ok_or_else(|| {
        ActionError::Permanent(Failure::permanent(
            "no_capture",
            "failed to find the previous app settings in the history",
        ))
    })
}

fn reversed(changes: &[Change]) -> Vec<Change> {
    changes.iter().map(Change::reversed).collect()
}

impl TypedAction for SetAppSettings {
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
            field: "settings".to_owned(),
            value: Value::Null,
        })
        .collect()
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let binding = AppBinding::find(&ctx.bindings, &input.app)?;
        let site = Site::read(&self.arm, &input.app, &binding).await?;
        let (set, reply) = self.set(&input.app, &binding).read().await?;
        let mut changes = Vec::new();
        for (key, value) in &input.settings {
            let (text, _) = value.resolve(ctx.secrets.as_ref()).await?;
            let before = set.get(key).cloned();
            changes.push(Change { key: key.clone(), before, after: Some(json!(text)) });
        }
        let not_before = reply.date().map(str::to_owned);
        Ok(Capture { state: Before { changes, etag: site.etag }, not_before })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        let changes = captured(&attempt)?;
        let binding = AppBinding::find(&ctx.bindings, &attempt.input.app)?;
        let set = self.set(&attempt.input.app, &binding);
        set.write(&changes, false, attempt.raw.request_id).await?;
        Ok(Acted::Done(Self::output(&changes)))
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        let forward = captured(&attempt)?;
        let app = &attempt.input.app;
        let binding = AppBinding::find(&ctx.bindings, app)?;
        let (set, _) = self.set(app, &binding).read().await?;
        let undo = attempt.raw.side == Side::Undo;
        let changes = if undo { reversed(&forward) } else { forward.clone() };
        Ok(match standing(&set, &changes) {
            Standing::After => Found::Done(Self::output(&forward)),
            Standing::Before => Found::Absent,
            Standing::Foreign(keys) if undo => {
                let ours = changes.iter().filter(|change| !keys.contains(&change.key));
                let done = ours.into_iter().all(|c| set.get(&c.key) == c.after.as_ref());
                if done { Found::Done(Self::output(&forward)) } else { Found::Absent }
            }
            Standing::Foreign(keys) => Found::Unknown(format!(
                "{} of {app} are neither what they were nor what this step writes: look who \
                 changed them",
                keys.join(", ")
            )),
        })
    }

    async fn verify(&self, ctx: &Context, input: Input, _output: Output) -> Outcome<Verdict> {
        let binding = AppBinding::find(&ctx.bindings, &input.app)?;
        let (set, _) = self.set(&input.app, &binding).read().await?;
        let mut drifted = Vec::new();
        for (key, value) in &input.settings {
            let (text, _) = value.resolve(ctx.secrets.as_ref()).await?;
            if set.get(key).and_then(Value::as_str) != Some(text.as_str()) {
                drifted.push(key.as_str());
            }
        }
        Ok(match drifted.is_empty() {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!(
                "app settings of {} are not as they were left: {}",
                input.app,
                drifted.join(", ")
            )),
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), ()>> {
        let changes = reversed(&captured(&attempt)?);
        let app = &attempt.input.app;
        let binding = AppBinding::find(&ctx.bindings, app)?;
        let set = self.set(app, &binding);
        let written = set.write(&changes, true, attempt.raw.request_id).await?;
        for key in &written.left {
            ctx.output.kept(&format!(
                "the app setting `{key}` of {app} was changed by somebody else meanwhile, and \
                 keeps that value"
            ));
        }
        Ok(Acted::Done(()))
    }
}
