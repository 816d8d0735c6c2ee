//! `http.watch`: asks addresses for a span of time, and fails as soon as one of them is no longer
//! well. It only looks.
//!
//! The span counts from the step's start, whatever process watches: one that died looks again, and
//! what happened meanwhile shows in what is answered then.

use super::asking::{Answered, Asked, answered, expect, permanent, place, span, who};
use crate::change::kinds::read_only;
use crate::http::HttpClient;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use windlass_model::catalog::ActionGuide;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Timestamp};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Found, Seen, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction};

/// The action's kind.
pub const KIND: &str = "http.watch";

/// Seldom enough to be no load, often enough that the first bad minute is seen as one.
const INTERVAL: &str = "15s";

/// One lost answer is no outage: this many in a row are.
const BAD_IN_A_ROW: u32 = 3;

/// The action.
pub struct Watch {
    http: HttpClient,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// Who is asked, and what the answer must be like.
    #[serde(flatten)]
    pub asked: Asked,
    /// How long.
    #[serde(rename = "for")]
    pub watched: String,
    /// How many bad answers in a row are too many.
    #[serde(default = "bad_in_a_row")]
    pub bad_in_a_row: u32,
    /// How often.
    #[serde(default = "interval")]
    pub interval: String,
}

fn bad_in_a_row() -> u32 {
    BAD_IN_A_ROW
}

fn interval() -> String {
    INTERVAL.to_owned()
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// What each said last.
    pub hosts: Vec<Answered>,
}

/// Until when, and how bad it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handle {
    /// Then it has been well for long enough.
    pub until: Timestamp,
    /// The bad answers in a row of each; none where all answered well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bad: Vec<u32>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let bad = schema::int("how many bad answers in a row of one of them end it");
    let own = [
        ("for", schema::span("how long", "10m")),
        ("bad_in_a_row", schema::with_default(bad, BAD_IN_A_ROW)),
        ("expect", expect()),
        ("interval", schema::span("how often", INTERVAL)),
    ];
    let host = schema::object(answered(), &["url", "status", "body"]);
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Asks one address or several for a span of time; fails as soon as one of them \
                  is no longer well."
            .to_owned(),
        input: schema::object(who().into_iter().chain(own), &["for"]),
        output: schema::object([("hosts", schema::list(host, "what each said last"))], &["hosts"]),
        traits: read_only(),
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &[],
        ),
        example: format!(
            "- id: watch\n  uses: {KIND}\n  with: {{ apps: [pwaapi_slot, prod2pwaapi], for: 10m \
             }}\n"
        ),
    }
}

impl Watch {
    /// The action.
    pub fn new(http: HttpClient) -> Self {
        Self { http, spec: spec() }
    }

    /// One look at all: what each said, or the bad answers of each and the last of them.
    async fn look(
        &self,
        ctx: &Context,
        input: &Input,
        bad: &[u32],
    ) -> Outcome<Result<Vec<Answered>, (Vec<u32>, String)>> {
        let urls = input.asked.addresses(ctx)?;
        let (mut counts, mut lacks, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        for (index, url) in urls.iter().enumerate() {
            match input.asked.ask(&self.http, url).await {
                Ok(answer) => {
                    counts.push(0);
                    answers.push(answer);
                }
                Err(lack) => {
                    counts.push(bad.get(index).copied().unwrap_or_default().saturating_add(1));
                    lacks.push(format!("{}: {lack}", place(url)));
                }
            }
        }
        let worst = counts.iter().copied().max().unwrap_or_default();
        if worst >= input.bad_in_a_row {
            let message = format!(
                "failed to see all of them well for {}: {worst} bad answers in a row; {}",
                input.watched,
                lacks.join("; ")
            );
            return permanent("unhealthy", message);
        }
        Ok(if lacks.is_empty() { Ok(answers) } else { Err((counts, lacks.join("; "))) })
    }

    fn until(attempt: &TypedAttempt<'_, Self>) -> Outcome<Timestamp> {
        Ok(attempt.raw.started_at.after(span(&attempt.input.watched)?))
    }

    /// The next look, or the end: that comes with a good answer only.
    async fn seen(
        &self,
        ctx: &Context,
        attempt: &TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let (bad, message) = match self.look(ctx, &attempt.input, &handle.bad).await? {
            Ok(hosts) if ctx.clock.now() >= handle.until => {
                return Ok(Seen::Done(Output { hosts }));
            }
            Ok(_) => (Vec::new(), None),
            Err((bad, lack)) => (bad, Some(lack)),
        };
        let after_ms = span(&attempt.input.interval)?;
        Ok(Seen::InProgress { handle: Handle { bad, ..handle }, percent: None, message, after_ms })
    }
}

impl TypedAction for Watch {
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
        let mut wrong = input.asked.wrong(bindings, &[&input.interval, &input.watched]);
        if input.bad_in_a_row == 0 {
            wrong.push("`bad_in_a_row` is at least 1".to_owned());
        }
        wrong
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, Handle>> {
        let handle = Handle { until: Self::until(&attempt)?, bad: Vec::new() };
        Ok(match self.seen(ctx, &attempt, handle).await? {
            Seen::Done(output) => Acted::Done(output),
            Seen::InProgress { handle, .. } => Acted::Accepted(handle),
        })
    }

    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        self.seen(ctx, &attempt, handle).await
    }

    /// It goes on, with the end that it had.
    async fn probe(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        Ok(Found::InProgress(Handle { until: Self::until(&attempt)?, bad: Vec::new() }))
    }
}
