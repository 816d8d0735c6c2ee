//! `http.request`: one request, whose key is the same at every attempt of a step.

use super::body::{filled, sent};
use super::shapes::{Input, LOOKS, METHODS, Output, Probe};
use crate::health::expectation::at;
use crate::http::{Aim, Call, HttpClient, Reply, refused, unanswered};
use crate::redact::Redactor;
use crate::secret_ref::TextOrSecret;
use reqwest::{Method, Url};
use std::collections::BTreeMap;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Failure, RequestId, Value};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Found, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, Secret, TypedAction};

pub use super::shapes::{KIND, spec};

/// The action.
pub struct HttpRequest {
    http: HttpClient,
    spec: ActionSpec,
}

fn permanent<T>(code: &str, message: String) -> Outcome<T> {
    Err(ActionError::Permanent(Failure::permanent(code, message)))
}

/// Reads an address. What is wrong with a secret one is said without it.
fn address(text: &str, is_secret: bool) -> Outcome<Url> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        _ if is_secret => {
            permanent("input", "failed to read `secret_url`: it is no http address".to_owned())
        }
        _ => permanent("input", format!("failed to read `{text}`: it is no http address")),
    }
}

/// Puts headers onto a call; `known` gets the secrets among them.
async fn with_headers(
    ctx: &Context,
    mut call: Call,
    headers: &BTreeMap<String, TextOrSecret>,
    known: &mut Vec<Secret>,
) -> Outcome<Call> {
    for (name, value) in headers {
        let (text, is_secret) = value.resolve(ctx.secrets.as_ref()).await?;
        if is_secret {
            known.push(Secret::new(text.clone()));
        }
        call = call.header(name.clone(), text);
    }
    Ok(call)
}

/// The answer without its body, which may repeat what was sent.
fn bare(reply: &Reply) -> Reply {
    Reply { body: Vec::new(), ..reply.clone() }
}

impl HttpRequest {
    /// The action.
    pub fn new(http: HttpClient) -> Self {
        Self { http, spec: spec() }
    }

    fn aim(input: &Input) -> Aim {
        if LOOKS.contains(&input.method.as_str()) { Aim::Read } else { Aim::Write }
    }

    /// Where to, how that is called where people read it, and what of it is secret.
    async fn target(ctx: &Context, input: &Input) -> Outcome<(Url, String, Vec<Secret>)> {
        match (&input.url, &input.secret_url) {
            (Some(text), None) => {
                let url = address(text, false)?;
                let place = format!("{}{}", url.host_str().unwrap_or_default(), url.path());
                Ok((url, place, Vec::new()))
            }
            (None, Some(secret)) => {
                let text = secret.resolve(ctx.secrets.as_ref()).await?;
                let url = address(text.expose(), true)?;
                let place = url.host_str().unwrap_or_default().to_owned();
                let parts = [url.path(), url.query().unwrap_or_default()].map(Secret::new);
                Ok((url, place, parts.into_iter().chain([text]).collect()))
            }
            _ => permanent("input", "failed to send: give `url` or `secret_url`".to_owned()),
        }
    }

    /// The same key at every attempt: whoever knows it does the work once.
    fn key(ctx: &Context) -> RequestId {
        RequestId::derive(ctx.run, &ctx.step, "http", 1)
    }

    async fn call(
        ctx: &Context,
        input: &Input,
        url: Url,
        known: &mut Vec<Secret>,
    ) -> Outcome<Call> {
        let method = Method::from_bytes(input.method.as_bytes()).map_err(|_| {
            let message = format!("failed to send: `{}` is no method", input.method);
            ActionError::Permanent(Failure::permanent("input", message))
        })?;
        let mut call = Call::new(method, url);
        call.secret = input.secret_url.is_some();
        if Self::aim(input) == Aim::Write {
            call = call.header(input.key_header.clone(), Self::key(ctx).to_string());
        }
        let body = match &input.body {
            None => None,
            Some(body) => Some(filled(body, ctx.secrets.as_ref(), known).await?),
        };
        call.body = sent(body);
        with_headers(ctx, call, &input.headers, known).await
    }

    /// The values that were asked for. A service may repeat what it was sent.
    fn output(input: &Input, reply: &Reply, what: &str, redactor: &Redactor) -> Outcome<Output> {
        let json = reply.json().unwrap_or_default();
        let mut values = BTreeMap::new();
        for (name, path) in &input.outputs {
            let Some(found) = at(&json, path) else {
                return permanent(
                    "no_output",
                    format!("failed to {what}: its answer has no `{path}` for the output `{name}`"),
                );
            };
            values.insert(name.clone(), redactor.value(found.clone()));
        }
        Ok(Output { status: reply.status, values })
    }

    /// The verdict on an answer that is not as expected.
    fn verdict(aim: Aim, what: &str, lack: &str, reply: &Reply) -> ActionError {
        if reply.status == 408 || reply.status == 429 || reply.status >= 500 {
            return refused(aim, what, &bare(reply));
        }
        ActionError::Permanent(Failure::permanent(
            format!("http_{}", reply.status),
            format!("failed to {what}: {lack}"),
        ))
    }

    /// Looks whether the request took place.
    async fn look(&self, ctx: &Context, input: &Input, probe: &Probe) -> Outcome<Option<Output>> {
        let url = address(&probe.url, false)?;
        let place = format!("{}{}", url.host_str().unwrap_or_default(), url.path());
        let what = format!("ask {place}");
        let headers = probe.headers.as_ref().unwrap_or(&input.headers);
        let mut known = Vec::new();
        let call = with_headers(ctx, Call::new(Method::GET, url), headers, &mut known).await?;
        let sent = self.http.send(call).await;
        let reply = sent.map_err(|error| unanswered(Aim::Read, &what, &error))?;
        if probe.expect.lacks(&reply).is_none() {
            return Ok(Some(Self::output(input, &reply, &what, &Redactor::new(&known))?));
        }
        match reply.status {
            200..=299 | 404 | 410 => Ok(None),
            _ => Err(refused(Aim::Read, &what, &bare(&reply))),
        }
    }
}

impl TypedAction for HttpRequest {
    type Input = Input;
    type Output = Output;
    type Captured = ();
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    fn check(&self, _bindings: &Bindings, input: &Input) -> Vec<String> {
        let mut wrong = Vec::new();
        if input.url.is_some() == input.secret_url.is_some() {
            wrong.push("give either `url` or `secret_url`".to_owned());
        }
        if !METHODS.contains(&input.method.as_str()) {
            wrong.push(format!("`{}` is no method: {}", input.method, METHODS.join(", ")));
        }
        let looks = Self::aim(input) == Aim::Read;
        if looks && input.probe.is_some() {
            wrong.push(format!("{} changes nothing, and needs no `probe`", input.method));
        }
        if looks && input.body.is_some() {
            wrong.push(format!("{} sends no `body`", input.method));
        }
        wrong
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        let input = &attempt.input;
        let (url, place, mut known) = Self::target(ctx, input).await?;
        let what = format!("{} {place}", input.method);
        let aim = Self::aim(input);
        let call = Self::call(ctx, input, url, &mut known).await?;
        let sent = self.http.send(call).await;
        let reply = sent.map_err(|error| unanswered(aim, &what, &error))?;
        let redactor = Redactor::new(&known);
        if let Some(lack) = input.expect.lacks(&reply) {
            return Err(Self::verdict(aim, &what, &redactor.clean(&lack), &reply));
        }
        Ok(Acted::Done(Self::output(input, &reply, &what, &redactor)?))
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        let input = &attempt.input;
        if Self::aim(input) == Aim::Read {
            return Ok(Found::Absent);
        }
        let Some(probe) = &input.probe else {
            let (_, place, _) = Self::target(ctx, input).await?;
            return Ok(Found::Unknown(format!(
                "whether {} {place} took place cannot be told: the step has no `probe`",
                input.method
            )));
        };
        Ok(match self.look(ctx, input, probe).await? {
            Some(output) => Found::Done(output),
            None => Found::Absent,
        })
    }
}
