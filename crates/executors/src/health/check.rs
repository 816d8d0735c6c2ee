//! `http.check`: asks an address until it is healthy, or until it is too late. It only looks.
//!
//! It waits as a long operation does: the engine asks again, so that a wait outlives the process.

use super::expectation::Expectation;
use crate::azure::app_service::binding::{AppBinding, KIND as APP};
use crate::http::error_body::bounded;
use crate::http::{Call, HttpClient};
use crate::schema;
use reqwest::{Method, Url};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::time::parse_span;
use windlass_model::{ActionSpec, EffectClass, Failure, Millis, Timestamp};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Found, Seen, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction};

/// The action's kind.
pub const KIND: &str = "http.check";

/// An app that starts needs a minute; one that migrates its database needs several.
const DEADLINE: &str = "10m";

/// Often enough for a human who waits, seldom enough for an app that starts.
const INTERVAL: &str = "5s";

/// Real time for one answer: an app that starts can take long over its first.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// The action.
pub struct Check {
    http: HttpClient,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The address.
    pub url: Option<String>,
    /// Or the app whose `health_url` it is.
    pub app: Option<String>,
    /// What the answer must be like.
    #[serde(default)]
    pub expect: Expectation,
    /// How often.
    #[serde(default = "interval")]
    pub interval: String,
    /// How long.
    #[serde(default = "deadline")]
    pub deadline: String,
}

fn interval() -> String {
    INTERVAL.to_owned()
}

fn deadline() -> String {
    DEADLINE.to_owned()
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The address.
    pub url: String,
    /// The status.
    pub status: u16,
    /// The beginning of the body, on one line.
    pub body: String,
}

/// Until when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handle {
    /// Then it is too late.
    pub until: Timestamp,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let status = schema::list(schema::int("a status"), "statuses that are good; 200 where absent");
    let expect = schema::object(
        [
            ("status", status),
            ("body_contains", schema::text("a text that the body must contain")),
            ("json", schema::map(json!({}), "values by path, such as version or checks.0.state")),
        ],
        &[],
    );
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Asks an address until it answers as expected; fails after the deadline."
            .to_owned(),
        input: schema::object(
            [
                ("url", schema::address("the address")),
                ("app", schema::resource(APP, "or the app whose health_url it is")),
                ("expect", expect),
                ("interval", schema::span("how often", INTERVAL)),
                ("deadline", schema::span("how long", DEADLINE)),
            ],
            &[],
        ),
        output: schema::object(
            [
                ("url", schema::text("the address")),
                ("status", schema::int("the status")),
                ("body", schema::text("the beginning of the body, on one line")),
            ],
            &["url", "status", "body"],
        ),
        traits: ActionTraits {
            class: EffectClass::ReadOnly,
            captures: false,
            compensates: false,
            compensates_in_progress: false,
            idempotent: true,
            settle_ms: 0,
        },
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &[],
        ),
        example: format!("- id: healthy\n  uses: {KIND}\n  with: {{ app: qa4, deadline: 10m }}\n"),
    }
}

fn permanent<T>(code: &str, message: String) -> Outcome<T> {
    Err(ActionError::Permanent(Failure::permanent(code, message)))
}

fn span(text: &str) -> Outcome<Millis> {
    match parse_span(text) {
        Some(span) => Ok(span.max(1)),
        None => permanent("input", format!("failed to read `{text}` as a span such as 90s")),
    }
}

impl Check {
    /// The action.
    pub fn new(http: HttpClient) -> Self {
        Self { http, spec: spec() }
    }

    fn address(ctx: &Context, input: &Input) -> Outcome<Url> {
        let text = match (&input.url, &input.app) {
            (Some(url), None) => url.clone(),
            (None, Some(app)) => match AppBinding::find(&ctx.bindings, app)?.health_url {
                Some(url) => url,
                None => {
                    let message = format!("failed to check {app}: its binding has no `health_url`");
                    return permanent("binding", message);
                }
            },
            _ => return permanent("input", "failed to check: give `url` or `app`".to_owned()),
        };
        match Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
            _ => permanent("input", format!("failed to check `{text}`: it is no http address")),
        }
    }

    /// One look: the output where it is healthy, what lacks where it is not.
    async fn look(&self, ctx: &Context, input: &Input) -> Outcome<Result<Output, String>> {
        let url = Self::address(ctx, input)?;
        let mut call = Call::new(Method::GET, url.clone());
        call.timeout = Some(ANSWER_TIMEOUT);
        Ok(match self.http.send(call).await {
            Err(error) => Err(error.to_string()),
            Ok(reply) => match input.expect.lacks(&reply) {
                Some(lack) => Err(lack),
                None => {
                    let mut shown = url;
                    shown.set_query(None);
                    let body = bounded(&String::from_utf8_lossy(&reply.body));
                    Ok(Output { url: shown.to_string(), status: reply.status, body })
                }
            },
        })
    }

    fn until(attempt: &TypedAttempt<'_, Self>) -> Outcome<Timestamp> {
        Ok(attempt.raw.started_at.after(span(&attempt.input.deadline)?))
    }

    fn too_late<T>(ctx: &Context, input: &Input, lack: &str) -> Outcome<T> {
        let url = Self::address(ctx, input)?;
        let place = format!("{}{}", url.host_str().unwrap_or_default(), url.path());
        permanent(
            "unhealthy",
            format!("failed to see {place} healthy within {}: {lack}", input.deadline),
        )
    }
}

impl TypedAction for Check {
    type Input = Input;
    type Output = Output;
    type Captured = ();
    type Handle = Handle;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    fn check(&self, bindings: &Bindings, input: &Input) -> Vec<String> {
        let mut wrong = Vec::new();
        if input.url.is_some() == input.app.is_some() {
            wrong.push("give either `url` or `app`".to_owned());
        }
        for text in [&input.interval, &input.deadline] {
            if parse_span(text).is_none() {
                wrong.push(format!("`{text}` is no span: write one such as 90s or 10m"));
            }
        }
        let bound = input.app.as_ref().map(|app| (app, AppBinding::find(bindings, app)));
        if let Some((app, Ok(AppBinding { health_url: None, .. }))) = bound {
            wrong.push(format!("`{app}` has no `health_url` in the environment file"));
        }
        wrong
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, Handle>> {
        let until = Self::until(&attempt)?;
        Ok(match self.look(ctx, &attempt.input).await? {
            Ok(output) => Acted::Done(output),
            Err(_) => Acted::Accepted(Handle { until }),
        })
    }

    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let lack = match self.look(ctx, &attempt.input).await? {
            Ok(output) => return Ok(Seen::Done(output)),
            Err(lack) => lack,
        };
        if ctx.clock.now() >= handle.until {
            return Self::too_late(ctx, &attempt.input, &lack);
        }
        let after_ms = span(&attempt.input.interval)?;
        Ok(Seen::InProgress { handle, percent: None, message: Some(lack), after_ms })
    }

    /// A wait that was interrupted goes on, with the deadline that it had.
    async fn probe(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        Ok(Found::InProgress(Handle { until: Self::until(&attempt)? }))
    }
}
