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
    /// Or several addresses.
    #[serde(default)]
    pub urls: Vec<String>,
    /// Or several apps.
    #[serde(default)]
    pub apps: Vec<String>,
    /// A page below each app's `health_url`.
    pub path: Option<String>,
    /// How often each must answer well without a bad answer between.
    #[serde(default = "once")]
    pub good_in_a_row: u32,
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

fn once() -> u32 {
    1
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
    /// All of them, where several were asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<Answered>,
}

/// What one of several said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The address.
    pub url: String,
    /// The status.
    pub status: u16,
    /// The beginning of the body, on one line.
    pub body: String,
}

/// Until when, and how far it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handle {
    /// Then it is too late.
    pub until: Timestamp,
    /// The good answers in a row of each; none where no look was good.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub good: Vec<u32>,
}

fn input_schema() -> Value {
    let status = schema::list(schema::int("a status"), "statuses that are good; 200 where absent");
    let expect = schema::object(
        [
            ("status", status),
            ("body_contains", schema::text("a text that the body must contain")),
            ("json", schema::map(json!({}), "values by path, such as version or checks.0.state")),
            ("version", schema::text("the version that must answer; v and +metadata do not count")),
            (
                "version_at",
                schema::with_default(
                    schema::text("the path of the version, or body for all of it"),
                    "version",
                ),
            ),
        ],
        &[],
    );
    schema::object(
        [
            ("url", schema::address("the address")),
            ("app", schema::resource(APP, "or the app whose health_url it is")),
            ("urls", schema::list(schema::address("an address"), "or several addresses")),
            ("apps", schema::list(schema::resource(APP, "an app"), "or several apps")),
            (
                "path",
                schema::text(
                    "with apps: a page below each health_url, such as one that reads the database",
                ),
            ),
            (
                "good_in_a_row",
                schema::with_default(
                    schema::int("how many good answers in a row each must give"),
                    1,
                ),
            ),
            ("expect", expect),
            ("interval", schema::span("how often", INTERVAL)),
            ("deadline", schema::span("how long", DEADLINE)),
        ],
        &[],
    )
}

fn output_schema() -> Value {
    schema::object(
        [
            ("url", schema::text("the address")),
            ("status", schema::int("the status")),
            ("body", schema::text("the beginning of the body, on one line")),
            (
                "hosts",
                schema::list(
                    schema::object(
                        [
                            ("url", schema::text("the address")),
                            ("status", schema::int("the status")),
                            ("body", schema::text("the beginning of the body")),
                        ],
                        &["url", "status", "body"],
                    ),
                    "all of them, where several are asked; the keys above are the first one's",
                ),
            ),
        ],
        &["url", "status", "body"],
    )
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Asks one address or several until all answer as expected; fails after the \
                  deadline."
            .to_owned(),
        input: input_schema(),
        output: output_schema(),
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

/// A page below an address, whose own parameters stay.
fn below(url: &str, path: &str) -> String {
    let (door, query) = match url.split_once('?') {
        Some((door, query)) => (door, format!("?{query}")),
        None => (url, String::new()),
    };
    format!("{}/{}{query}", door.trim_end_matches('/'), path.trim_start_matches('/'))
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

    /// The addresses, in the order of the file.
    fn addresses(ctx: &Context, input: &Input) -> Outcome<Vec<Url>> {
        let mut texts = Vec::new();
        texts.extend(input.url.iter().chain(&input.urls).cloned());
        for app in input.app.iter().chain(&input.apps) {
            match AppBinding::find(&ctx.bindings, app)?.health_url {
                Some(url) => texts.push(match &input.path {
                    Some(path) => below(&url, path),
                    None => url,
                }),
                None => {
                    let message = format!("failed to check {app}: its binding has no `health_url`");
                    return permanent("binding", message);
                }
            }
        }
        if input.ways() != 1 {
            return permanent("input", format!("failed to check: {ONE_WAY}"));
        }
        let read = |text: String| match Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
            _ => permanent("input", format!("failed to check `{text}`: it is no http address")),
        };
        texts.into_iter().map(read).collect()
    }

    /// One look at one address: what it said where it is healthy, what lacks where it is not.
    async fn ask(&self, url: &Url, expect: &Expectation) -> Result<Answered, String> {
        let mut call = Call::new(Method::GET, url.clone());
        call.timeout = Some(ANSWER_TIMEOUT);
        let reply = self.http.send(call).await.map_err(|error| error.to_string())?;
        if let Some(lack) = expect.lacks(&reply) {
            return Err(lack);
        }
        let mut shown = url.clone();
        shown.set_query(None);
        let body = bounded(&String::from_utf8_lossy(&reply.body));
        Ok(Answered { url: shown.to_string(), status: reply.status, body })
    }

    /// One look at all: the output where each has been healthy often enough, else how far each is
    /// and what lacks.
    async fn look(
        &self,
        ctx: &Context,
        input: &Input,
        good: &[u32],
    ) -> Outcome<Result<Output, (Vec<u32>, String)>> {
        let urls = Self::addresses(ctx, input)?;
        let alone = urls.len() == 1;
        let (mut counts, mut lacks, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        for (index, url) in urls.iter().enumerate() {
            match self.ask(url, &input.expect).await {
                Ok(answer) => {
                    counts.push(good.get(index).copied().unwrap_or_default().saturating_add(1));
                    answers.push(answer);
                }
                Err(lack) => {
                    counts.push(0);
                    lacks.push(if alone { lack } else { format!("{}: {lack}", place(url)) });
                }
            }
        }
        let least = counts.iter().copied().min().unwrap_or_default();
        if least >= input.good_in_a_row {
            let first = answers.first().cloned();
            let Some(Answered { url, status, body }) = first else {
                return permanent("input", format!("failed to check: {ONE_WAY}"));
            };
            let hosts = if alone { Vec::new() } else { answers };
            return Ok(Ok(Output { url, status, body, hosts }));
        }
        if lacks.is_empty() {
            lacks.push(format!("{least} of {} good answers in a row", input.good_in_a_row));
        }
        if counts.iter().all(|count| *count == 0) {
            counts.clear();
        }
        Ok(Err((counts, lacks.join("; "))))
    }

    fn until(attempt: &TypedAttempt<'_, Self>) -> Outcome<Timestamp> {
        Ok(attempt.raw.started_at.after(span(&attempt.input.deadline)?))
    }

    fn too_late<T>(ctx: &Context, input: &Input, lack: &str) -> Outcome<T> {
        let urls = Self::addresses(ctx, input)?;
        let places: Vec<String> = urls.iter().map(place).collect();
        let message = format!(
            "failed to see {} healthy within {}: {lack}",
            places.join(", "),
            input.deadline
        );
        permanent("unhealthy", message)
    }
}

/// An address as it may be shown: a query can hold a key.
fn place(url: &Url) -> String {
    format!("{}{}", url.host_str().unwrap_or_default(), url.path())
}

/// How the addresses are given.
const ONE_WAY: &str = "give one of `url`, `app`, `urls`, `apps`";

impl Input {
    /// In how many ways addresses are given.
    fn ways(&self) -> usize {
        [self.url.is_some(), self.app.is_some(), !self.urls.is_empty(), !self.apps.is_empty()]
            .into_iter()
            .filter(|given| *given)
            .count()
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
        if input.ways() != 1 {
            wrong.push(ONE_WAY.to_owned());
        }
        if input.good_in_a_row == 0 {
            wrong.push("`good_in_a_row` is at least 1".to_owned());
        }
        for text in [&input.interval, &input.deadline] {
            if parse_span(text).is_none() {
                wrong.push(format!("`{text}` is no span: write one such as 90s or 10m"));
            }
        }
        for app in input.app.iter().chain(&input.apps) {
            if let Ok(AppBinding { health_url: None, .. }) = AppBinding::find(bindings, app) {
                wrong.push(format!("`{app}` has no `health_url` in the environment file"));
            }
        }
        wrong
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, Handle>> {
        let until = Self::until(&attempt)?;
        Ok(match self.look(ctx, &attempt.input, &[]).await? {
            Ok(output) => Acted::Done(output),
            Err((good, _)) => Acted::Accepted(Handle { until, good }),
        })
    }

    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let (good, lack) = match self.look(ctx, &attempt.input, &handle.good).await? {
            Ok(output) => return Ok(Seen::Done(output)),
            Err(seen) => seen,
        };
        if ctx.clock.now() >= handle.until {
            return Self::too_late(ctx, &attempt.input, &lack);
        }
        let after_ms = span(&attempt.input.interval)?;
        let handle = Handle { good, ..handle };
        Ok(Seen::InProgress { handle, percent: None, message: Some(lack), after_ms })
    }

    /// A wait that was interrupted goes on, with the deadline that it had; good answers of before
    /// do not count.
    async fn probe(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        Ok(Found::InProgress(Handle { until: Self::until(&attempt)?, good: Vec::new() }))
    }
}
