//! `notify.slack` and `notify.teams`: a message in a channel, by the channel's webhook.

use super::telling::{Telling, Untold, output_schema};
use crate::change::kinds::read_only;
use crate::http::client::{Body, Call, SendError};
use crate::http::{HttpClient, reply::Reply};
use crate::schema;
use crate::secret_ref::SecretRef;
use reqwest::{Method, Url};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use windlass_model::catalog::ActionGuide;
use windlass_model::{ActionSpec, RequestId, Value};
use windlass_ports::Context;

/// Real time for an answer: nobody waits longer to be told.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

/// A receiver that wants no more for now.
const TOO_MANY: u16 = 429;

/// A chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chat {
    /// Slack.
    Slack,
    /// Microsoft Teams.
    Teams,
}

/// The action.
pub struct Post {
    /// Which chat.
    pub chat: Chat,
    /// The client.
    pub http: HttpClient,
    /// What it declares.
    pub spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The secret that holds the channel's address.
    pub webhook: SecretRef,
    /// What is said.
    pub text: String,
    /// What stands above it.
    pub title: Option<String>,
}

/// What the actions have in common.
pub fn spec_of(kind: &str, summary: &str, input: Value, example: &str) -> ActionSpec {
    ActionSpec {
        kind: kind.to_owned(),
        summary: summary.to_owned(),
        input,
        output: output_schema(),
        traits: read_only(),
        guide: ActionGuide::new(
            "nothing",
            "what is noted as sent is not sent again; the rest is",
            "nothing: what was said stays said",
            &["the receiver's address or account"],
        ),
        example: example.to_owned(),
    }
}

impl Chat {
    /// The action's kind.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Slack => "notify.slack",
            Self::Teams => "notify.teams",
        }
    }

    /// What it declares.
    pub fn spec(self) -> ActionSpec {
        let (name, from) = match self {
            Self::Slack => ("Slack", "an incoming webhook"),
            Self::Teams => ("Microsoft Teams", "a workflow that receives webhook requests"),
        };
        let webhook = schema::secret(&format!("holds the channel's address: {from}"));
        let input = schema::object(
            [
                ("webhook", webhook),
                ("text", schema::text("what is said")),
                ("title", schema::text("what stands above it")),
            ],
            &["webhook", "text"],
        );
        let summary = format!("Posts a message to a channel of {name}. It never fails the run.");
        let kind = self.kind();
        let example = format!(
            "- id: tell\n  uses: {kind}\n  with: {{ webhook: releases_channel, text: \
             \"${{{{ inputs.version }}}} is live\" }}\n"
        );
        spec_of(kind, &summary, input, &example)
    }

    fn body(self, input: &Input) -> Value {
        match self {
            Self::Slack => {
                let title = input.title.as_ref().map(|title| format!("*{title}*\n"));
                json!({"text": format!("{}{}", title.unwrap_or_default(), input.text)})
            }
            Self::Teams => {
                let block = |text: &str, weight: &str| {
                    json!({
                        "type": "TextBlock", "text": text, "wrap": true, "weight": weight,
                    })
                };
                let title = input.title.as_deref().map(|title| block(title, "Bolder"));
                let text = block(&input.text, "Default");
                let blocks: Vec<Value> = title.into_iter().chain([text]).collect();
                json!({"type": "message", "attachments": [{
                    "contentType": "application/vnd.microsoft.card.adaptive",
                    "content": {
                        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                        "type": "AdaptiveCard", "version": "1.4", "body": blocks,
                    },
                }]})
            }
        }
    }
}

/// The address that a secret holds: it is a secret itself, so it goes nowhere in clear.
pub async fn address(ctx: &Context, secret: &SecretRef) -> Result<Url, Untold> {
    let name = secret.name();
    let text = secret.resolve(ctx.secrets.as_ref()).await.map_err(|_| {
        Untold::Refused(format!("the secret `{name}`, which holds the address, cannot be read"))
    })?;
    let url = Url::parse(text.expose().trim())
        .map_err(|_| Untold::Refused(format!("the secret `{name}` holds no address")))?;
    let here = matches!(url.host_str(), Some("127.0.0.1" | "localhost"));
    match url.scheme() {
        "https" => Ok(url),
        "http" if here => Ok(url),
        _ => Err(Untold::Refused(format!("the address in the secret `{name}` is not https"))),
    }
}

/// Posts a body and judges the answer.
pub async fn post(
    http: &HttpClient,
    url: Url,
    body: Body,
    headers: Vec<(&'static str, String)>,
) -> Result<(), Untold> {
    let mut call = Call::new(Method::POST, url);
    call.timeout = Some(ANSWER_TIMEOUT);
    call.secret = true;
    call.body = body;
    for (name, value) in headers {
        call = call.header(name, value);
    }
    match http.send(call).await {
        Ok(reply) => judged(&reply),
        Err(error @ SendError::NotSent { .. }) => Err(Untold::Away(error.to_string())),
        Err(error @ SendError::NoAnswer { .. }) => Err(Untold::Unclear(error.to_string())),
    }
}

fn judged(reply: &Reply) -> Result<(), Untold> {
    match reply.status {
        200..300 => Ok(()),
        TOO_MANY | 500.. => Err(Untold::Away(format!("the receiver answers {}", reply.status))),
        status => Err(Untold::Refused(format!("the receiver answers {status}"))),
    }
}

impl Telling for Post {
    type Input = Input;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    async fn send(&self, ctx: &Context, input: &Input, _id: RequestId) -> Result<(), Untold> {
        let url = address(ctx, &input.webhook).await?;
        post(&self.http, url, Body::Json(self.chat.body(input)), Vec::new()).await
    }
}
