//! A2 and A3: what stopping and starting have in common. Which of the two it is, is its only
//! secret.

use super::binding::{AppBinding, KIND};
use super::site::{RUNNING, STOPPED, Site};
use crate::azure::arm::Arm;
use crate::schema;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Failure, Millis};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, Verdict};

/// How often the state is asked for, as Microsoft's own pipeline task does.
const POLL_MS: Millis = 5_000;

/// How long the state may lag behind an accepted stop or start before that is a failure.
const STATE_WAIT_MAX_MS: Millis = 600_000;

/// How long a request may still be on its way: the contract's two minutes after a 504.
pub const SETTLE_MS: Millis = 120_000;

/// Stops or starts an app.
pub struct Power {
    arm: Arc<Arm>,
    spec: ActionSpec,
    running: bool,
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
    /// Whether it was allowed to run.
    pub running: bool,
    /// The version stamp.
    pub etag: Option<String>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// `Running` or `Stopped`.
    pub state: String,
    /// Whether it was otherwise before.
    pub changed: bool,
}

/// The request was taken; the state follows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Handle {
    /// The state that is waited for.
    pub state: String,
}

/// The description of one of the two.
pub fn spec(kind: &str, running: bool) -> ActionSpec {
    let (summary, verb) = match running {
        true => ("Starts an app; undone by stopping it if it was stopped before.", "start"),
        false => ("Stops an app; undone by starting it if it ran before.", "stop"),
    };
    ActionSpec {
        kind: kind.to_owned(),
        summary: summary.to_owned(),
        input: schema::object([("app", schema::resource(KIND, "which app"))], &["app"]),
        output: schema::object(
            [
                ("state", schema::one_of(&[RUNNING, STOPPED], "what it is now")),
                ("changed", schema::boolean("whether it was otherwise before")),
            ],
            &["state", "changed"],
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
            "whether the app runs",
            "reads the state of the app: running or stopped is what tells",
            "puts the app back into the state that it was found in",
            &["Website Contributor on the app (Microsoft.Web/sites/start/action, stop/action, \
                 read)"],
        ),
        example: format!("- id: {verb}\n  uses: {kind}\n  with: {{ app: qa4 }}\n"),
    }
}

fn word(running: bool) -> &'static str {
    if running { RUNNING } else { STOPPED }
}

impl Power {
    /// The action that starts, or the one that stops.
    pub fn new(arm: Arc<Arm>, spec: ActionSpec, running: bool) -> Self {
        Self { arm, spec, running }
    }

    async fn site(&self, ctx: &Context, app: &str) -> Outcome<Site> {
        Site::read(&self.arm, app, &AppBinding::find(&ctx.bindings, app)?).await
    }

    /// Sends the request; what it led to is asked for afterwards, and a failure to ask is no
    /// failure to act.
    async fn turn(
        &self,
        ctx: &Context,
        attempt: &TypedAttempt<'_, Self>,
        running: bool,
    ) -> Outcome<bool> {
        let app = &attempt.input.app;
        let binding = AppBinding::find(&ctx.bindings, app)?;
        let verb = if running { "start" } else { "stop" };
        let target = binding.target(&self.arm, &format!("/{verb}"))?;
        let what = format!("{verb} the app {app}");
        self.arm.write(&what, Method::POST, &target, None, attempt.raw.request_id).await?;
        let site = Site::read(&self.arm, app, &binding).await;
        Ok(site.is_ok_and(|site| site.state == word(running)))
    }

    fn output(&self, attempt: &TypedAttempt<'_, Self>) -> Output {
        let before = attempt.captured.as_ref().map(|before| before.running);
        Output { state: word(self.running).to_owned(), changed: before != Some(self.running) }
    }

    /// The state that this attempt's side is to lead to; none where nothing is to be done.
    fn goal(&self, attempt: &TypedAttempt<'_, Self>) -> Option<bool> {
        match attempt.raw.side {
            windlass_model::Side::Forward => Some(self.running),
            windlass_model::Side::Undo => {
                let before = attempt.captured.as_ref()?.running;
                (before != self.running).then_some(before)
            }
        }
    }
}

impl TypedAction for Power {
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
            field: "running".to_owned(),
            value: json!(self.running),
        })
        .collect()
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let site = self.site(ctx, &input.app).await?;
        let state = Before { running: site.runs(), etag: site.etag };
        Ok(Capture { state, not_before: site.date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, Handle>> {
        Ok(match self.turn(ctx, &attempt, self.running).await? {
            true => Acted::Done(self.output(&attempt)),
            false => Acted::Accepted(Handle { state: word(self.running).to_owned() }),
        })
    }

    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let site = self.site(ctx, &attempt.input.app).await?;
        if site.state == handle.state {
            return Ok(Seen::Done(self.output(&attempt)));
        }
        let app = &attempt.input.app;
        if ctx.clock.now().since(attempt.raw.started_at) > STATE_WAIT_MAX_MS {
            return Err(ActionError::Permanent(Failure::permanent(
                "state",
                format!(
                    "failed to see the app {app} {}: Azure took the request, and it is still {}; \
                     look in the portal",
                    handle.state, site.state
                ),
            )));
        }
        let message = Some(format!("{app} is {}, waiting for {}", site.state, handle.state));
        Ok(Seen::InProgress { handle, percent: None, message, after_ms: POLL_MS })
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        let Some(goal) = self.goal(&attempt) else {
            return Ok(Found::Done(self.output(&attempt)));
        };
        let site = self.site(ctx, &attempt.input.app).await?;
        Ok(match site.state == word(goal) {
            true => Found::Done(self.output(&attempt)),
            false => Found::Absent,
        })
    }

    async fn verify(&self, ctx: &Context, input: Input, output: Output) -> Outcome<Verdict> {
        let site = self.site(ctx, &input.app).await?;
        Ok(match site.state == output.state {
            true => Verdict::Holds,
            false => {
                let said = format!("{} was left {} and is {}", input.app, output.state, site.state);
                Verdict::Drifted(said)
            }
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), Handle>> {
        let Some(goal) = self.goal(&attempt) else { return Ok(Acted::Done(())) };
        if self.site(ctx, &attempt.input.app).await?.state == word(goal) {
            return Ok(Acted::Done(()));
        }
        Ok(match self.turn(ctx, &attempt, goal).await? {
            true => Acted::Done(()),
            false => Acted::Accepted(Handle { state: word(goal).to_owned() }),
        })
    }
}
