//! `http.check`: asks an address until it is healthy, or until it is too late. It only looks.
//!
//! It waits as a long operation does: the engine asks again, so that a wait outlives the process.

use super::asking::{Answered, Asked, ONE_WAY, answered, expect, permanent, place, span, who};
use crate::http::HttpClient;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Timestamp};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Found, Seen, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction};

/// The action's kind.
pub const KIND: &str = "http.check";

/// An app that starts needs a minute; one that migrates its database needs several.
const DEADLINE: &str = "10m";

/// Often enough for a human who waits, seldom enough for an app that starts.
const INTERVAL: &str = "5s";

/// The action.
pub struct Check {
    http: HttpClient,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// Who is asked, and what the answer must be like.
    #[serde(flatten)]
    pub asked: Asked,
    /// How often each must answer well without a bad answer between.
    #[serde(default = "once")]
    pub good_in_a_row: u32,
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
    let good = schema::int("how many good answers in a row each must give");
    let own = [
        ("good_in_a_row", schema::with_default(good, 1)),
        ("expect", expect()),
        ("interval", schema::span("how often", INTERVAL)),
        ("deadline", schema::span("how long", DEADLINE)),
    ];
    schema::object(who().into_iter().chain(own), &[])
}

fn output_schema() -> Value {
    let hosts = schema::list(
        schema::object(answered(), &["url", "status", "body"]),
        "all of them, where several are asked; the keys above are the first one's",
    );
    let all = answered().into_iter().chain([("hosts", hosts)]);
    schema::object(all, &["url", "status", "body"])
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

impl Check {
    /// The action.
    pub fn new(http: HttpClient) -> Self {
        Self { http, spec: spec() }
    }

    /// One look at all: the output where each has been healthy often enough, else how far each is
    /// and what lacks.
    async fn look(
        &self,
        ctx: &Context,
        input: &Input,
        good: &[u32],
    ) -> Outcome<Result<Output, (Vec<u32>, String)>> {
        let urls = input.asked.addresses(ctx)?;
        let alone = urls.len() == 1;
        let (mut counts, mut lacks, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        for (index, url) in urls.iter().enumerate() {
            match input.asked.ask(&self.http, url).await {
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
        let urls = input.asked.addresses(ctx)?;
        let places: Vec<String> = urls.iter().map(place).collect();
        let message = format!(
            "failed to see {} healthy within {}: {lack}",
            places.join(", "),
            input.deadline
        );
        permanent("unhealthy", message)
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
        let mut wrong = input.asked.wrong(bindings, &[&input.interval, &input.deadline]);
        if input.good_in_a_row == 0 {
            wrong.push("`good_in_a_row` is at least 1".to_owned());
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
        // What answers well, and not often enough yet, is no longer waited for in vain.
        let well = !good.is_empty() && good.iter().all(|count| *count > 0);
        if ctx.clock.now() >= handle.until && !well {
            return Self::too_late(ctx, &attempt.input, &lack);
        }
        let after_ms = span(&attempt.input.interval)?;
        let handle = Handle { good, ..handle };
        Ok(Seen::InProgress { handle, percent: None, message: Some(lack), after_ms })
    }

    /// A wait that was interrupted goes on, with the deadline that it had; good answers of before
    /// do not count. Where the deadline passed while nobody looked, it has as many looks as it asks
    /// for good answers.
    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        let looks =
            span(&attempt.input.interval)?.saturating_mul(attempt.input.good_in_a_row.into());
        let (now, until) = (ctx.clock.now(), Self::until(&attempt)?);
        let until = if until <= now { now.after(looks) } else { until };
        Ok(Found::InProgress(Handle { until, good: Vec::new() }))
    }
}
