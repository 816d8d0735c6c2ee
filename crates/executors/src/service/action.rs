//! `service.start`, `.stop`, `.restart`, `.wait_ready`: one machine that leads a service to what is
//! wanted of it, from wherever a crash left it.

use super::handle::{Look, Service};
use super::shapes::{Before, Handle, Input, Output, Want};
use crate::change::failing::permanent;
use crate::change::key::{key, looking};
use crate::http::HttpClient;
use serde_json::json;
use std::path::PathBuf;
use windlass_model::event::Effect;
use windlass_model::time::parse_span;
use windlass_model::{ActionSpec, Millis, RequestId, Side, Value};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction, Verdict};

/// How often one looks whether it has ended or is ready.
const LOOK_MS: Millis = 200;

/// The action.
pub struct Power {
    /// What it leads to.
    pub want: Want,
    /// Asks whether a service is ready.
    pub http: HttpClient,
    /// Where logs go that nobody placed.
    pub state: PathBuf,
    /// What it declares.
    pub spec: ActionSpec,
}

/// One service on its way.
struct Way<'a> {
    ctx: &'a Context,
    service: Service,
    key: RequestId,
    want: Want,
    before: Option<String>,
    input: &'a Input,
    started_at: windlass_model::Timestamp,
    http: &'a HttpClient,
}

/// How far it is.
enum Far {
    There,
    Waiting(Handle, String),
}

impl Way<'_> {
    async fn look(&self) -> Outcome<Look> {
        self.service.look(self.ctx, self.key, self.before.as_deref()).await
    }

    async fn lacks(&self, look: &Look) -> Option<String> {
        self.service.lacks(self.ctx, self.key, look, self.http).await
    }

    fn ending(&self) -> Outcome<Handle> {
        let until = self.ctx.clock.now().after(span(&self.input.grace)?);
        Ok(Handle { until, ending: true, looks: 0 })
    }

    fn coming(&self) -> Outcome<Handle> {
        let until = self.ctx.clock.now().after(span(&self.input.within)?);
        Ok(Handle { until, ending: false, looks: 0 })
    }

    /// What must still end.
    fn left(&self, look: &Look) -> bool {
        match self.want {
            Want::Stopped => look.running.is_some(),
            Want::Anew => look.others,
            Want::Running | Want::Ready => false,
        }
    }

    /// Does what is to be done first.
    async fn begin(&self) -> Outcome<Far> {
        let look = self.look().await?;
        if self.left(&look) {
            let handle = self.ending()?;
            // Durable before it is asked: what is asked ends, whoever waits for it.
            self.ctx.handles.keep(serde_json::to_value(&handle).unwrap_or_default()).await?;
            return self.on(handle).await;
        }
        match self.want {
            Want::Stopped => return Ok(Far::There),
            Want::Ready => {}
            Want::Running if look.running.is_some() => {}
            Want::Anew if look.ours => {}
            Want::Running | Want::Anew => self.service.start(self.ctx, self.key).await?,
        }
        self.on(self.coming()?).await
    }

    /// Goes on where a wait left off.
    async fn on(&self, mut handle: Handle) -> Outcome<Far> {
        let late = self.ctx.clock.now() >= handle.until;
        let mut look = self.look().await?;
        let name = &self.service.name;
        if handle.ending {
            if self.left(&look) && late {
                self.ctx.output.line(&format!("{name} did not end in time and is killed"));
                self.service.kill(self.ctx, self.key).await?;
                look = self.look().await?;
            }
            if self.left(&look) {
                if handle.looks == 0 {
                    self.service.ask(self.ctx, self.key).await?;
                }
                handle.looks += 1;
                return Ok(Far::Waiting(handle, format!("{name} is asked to end")));
            }
            if self.want == Want::Stopped {
                return Ok(Far::There);
            }
            if !look.ours {
                self.service.start(self.ctx, self.key).await?;
                look = self.look().await?;
            }
            handle = self.coming()?;
        }
        if look.running.is_none() {
            let words = self.service.last_words(self.ctx).await;
            let what = if self.want == Want::Ready { "find" } else { "start" };
            return permanent("ended", format!("failed to {what} {name}: it does not run{words}"));
        }
        handle.looks += 1;
        let lacks = match self.lacks(&look).await {
            None if !self.service.says_ready() && handle.looks == 1 => "it just began".to_owned(),
            None => return Ok(Far::There),
            Some(lack) => lack,
        };
        if late {
            let (within, words) = (&self.input.within, self.service.last_words(self.ctx).await);
            let why = format!("failed to see {name} ready within {within}: {lacks}{words}");
            return permanent("not_ready", why);
        }
        Ok(Far::Waiting(handle, format!("{name}: {lacks}")))
    }

    /// Looks whether it took place.
    async fn found(&self, handle: Option<Handle>) -> Outcome<Found<(), Handle>> {
        let look = self.look().await?;
        let there = match self.want {
            Want::Stopped => look.running.is_none(),
            Want::Anew => look.ours && !look.others,
            Want::Running => look.running.is_some(),
            Want::Ready => false,
        };
        if !there && self.want != Want::Ready {
            // What was asked to end may be at it still; what is gone again must be started again.
            let waits = look.running.is_some() || self.want == Want::Anew;
            let gone = self.want == Want::Anew && self.before.is_some() && look.running.is_none();
            return Ok(match handle.filter(|handle| handle.ending && waits) {
                Some(handle) => Found::InProgress(handle),
                None if gone => Found::Begun,
                None => Found::Absent,
            });
        }
        let ready = self.want != Want::Ready
            && (self.want == Want::Stopped || self.lacks(&look).await.is_none());
        if ready {
            return Ok(Found::Done(()));
        }
        let until = self.started_at.after(span(&self.input.within)?);
        Ok(Found::InProgress(handle.unwrap_or(Handle { until, ending: false, looks: 0 })))
    }
}

fn span(text: &str) -> Outcome<Millis> {
    match parse_span(text) {
        Some(span) => Ok(span.max(1)),
        None => permanent("input", format!("failed to read `{text}` as a span such as 90s")),
    }
}

impl Power {
    fn output(&self, before: Option<&Before>) -> Output {
        let running = self.want != Want::Stopped;
        let ran = before.is_some_and(|before| before.running.is_some());
        let changed = match self.want {
            Want::Running | Want::Stopped => running != ran,
            Want::Anew => true,
            Want::Ready => false,
        };
        Output { running, changed }
    }

    /// The way of this attempt's side; none where there is nothing to do.
    fn way<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a TypedAttempt<'_, Self>,
    ) -> Outcome<Option<Way<'a>>> {
        let before = attempt.captured.as_ref().and_then(|before| before.running.clone());
        let want = match (attempt.raw.side, self.want, before.is_some()) {
            (Side::Forward, want, _) => want,
            (Side::Undo, Want::Running | Want::Anew, false) => Want::Stopped,
            (Side::Undo, Want::Stopped | Want::Anew, true) => Want::Running,
            (Side::Undo, _, _) => return Ok(None),
        };
        Ok(Some(Way {
            ctx,
            service: Service::find(ctx, &attempt.input.service, &self.state)?,
            key: key(ctx, attempt.raw),
            want,
            before,
            input: &attempt.input,
            started_at: attempt.raw.started_at,
            http: &self.http,
        }))
    }
}

impl TypedAction for Power {
    type Input = Input;
    /// None is what the way back gives.
    type Output = Option<Output>;
    type Captured = Before;
    type Handle = Handle;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let service = match self.want {
            Want::Ready => None,
            _ => input["service"].as_str(),
        };
        let effect = |resource: &str| Effect {
            resource: resource.to_owned(),
            field: "running".to_owned(),
            value: json!(self.want != Want::Stopped),
        };
        service.map(effect).into_iter().collect()
    }

    fn check(&self, _bindings: &Bindings, input: &Input) -> Vec<String> {
        let spans = [&input.within, &input.grace].into_iter();
        let wrong = spans.filter(|text| parse_span(text).is_none());
        wrong.map(|text| format!("`{text}` is no span: write one such as 90s or 10m")).collect()
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let service = Service::find(ctx, &input.service, &self.state)?;
        let look = service.look(ctx, looking(ctx), None).await?;
        Ok(Capture { state: Before { running: look.running }, not_before: None })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Option<Output>, Handle>> {
        let output = self.output(attempt.captured.as_ref());
        let Some(way) = self.way(ctx, &attempt)? else { return Ok(Acted::Done(Some(output))) };
        Ok(match way.begin().await? {
            Far::There => Acted::Done(Some(output)),
            Far::Waiting(handle, _) => Acted::Accepted(handle),
        })
    }

    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Option<Output>, Handle>> {
        let output = self.output(attempt.captured.as_ref());
        let Some(way) = self.way(ctx, &attempt)? else { return Ok(Seen::Done(Some(output))) };
        let undo = attempt.raw.side == Side::Undo;
        Ok(match way.on(handle).await? {
            Far::There => Seen::Done((!undo).then_some(output)),
            Far::Waiting(handle, lack) => {
                Seen::InProgress { handle, percent: None, message: Some(lack), after_ms: LOOK_MS }
            }
        })
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Option<Handle>,
    ) -> Outcome<Found<Option<Output>, Handle>> {
        let output = self.output(attempt.captured.as_ref());
        let undo = attempt.raw.side == Side::Undo;
        let Some(way) = self.way(ctx, &attempt)? else { return Ok(Found::Done(None)) };
        Ok(match way.found(handle).await? {
            Found::Done(()) => Found::Done((!undo).then_some(output)),
            Found::InProgress(handle) => Found::InProgress(handle),
            Found::Failed(failure) => Found::Failed(failure),
            Found::Unknown(why) => Found::Unknown(why),
            Found::Absent => Found::Absent,
            Found::Begun => Found::Begun,
        })
    }

    async fn verify(
        &self,
        ctx: &Context,
        input: Input,
        output: Option<Output>,
    ) -> Outcome<Verdict> {
        let service = Service::find(ctx, &input.service, &self.state)?;
        let runs = service.look(ctx, looking(ctx), None).await?.running.is_some();
        let left = output.is_none_or(|output| output.running);
        let word = |runs: bool| if runs { "running" } else { "stopped" };
        Ok(match runs == left {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!(
                "{} was left {} and is {}",
                input.service,
                word(left),
                word(runs)
            )),
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), Handle>> {
        let Some(way) = self.way(ctx, &attempt)? else { return Ok(Acted::Done(())) };
        Ok(match way.begin().await? {
            Far::There => Acted::Done(()),
            Far::Waiting(handle, _) => Acted::Accepted(handle),
        })
    }
}
