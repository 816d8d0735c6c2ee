//! `notify.webhook`: a signed message to a program.

use super::chat::{address, post, spec_of};
use super::signature::sign;
use super::telling::{Telling, Untold};
use crate::http::HttpClient;
use crate::http::client::Body;
use crate::schema;
use crate::secret_ref::SecretRef;
use serde::Deserialize;
use serde_json::{Value, json};
use windlass_model::{ActionSpec, RequestId};
use windlass_ports::Context;

/// The action's kind.
pub const KIND: &str = "notify.webhook";

/// Milliseconds of a second.
const SECOND_MS: i64 = 1_000;

/// The action.
pub struct Webhook {
    /// The client.
    pub http: HttpClient,
    /// What it declares.
    pub spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The secret that holds the address.
    pub webhook: SecretRef,
    /// The secret that signs.
    pub signing_key: Option<SecretRef>,
    /// What is said.
    pub text: String,
    /// Values beside it.
    #[serde(default)]
    pub data: Value,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let mut data = schema::map(json!({}), "values beside it");
    data["default"] = json!({});
    let input = schema::object(
        [
            ("webhook", schema::secret("holds the address")),
            (
                "signing_key",
                schema::secret(
                    "signs, as standardwebhooks.com says: headers webhook-id, webhook-timestamp \
                     and webhook-signature",
                ),
            ),
            ("text", schema::text("what is said")),
            ("data", data),
        ],
        &["webhook", "text"],
    );
    let example = format!(
        "- id: tell\n  uses: {KIND}\n  with: {{ webhook: dashboard, signing_key: dashboard_key, \
         text: \"live\" }}\n"
    );
    let summary = "Posts a message to a program, as JSON with `text`, `run`, `step` and `data`, \
                   signed where a key is given. It never fails the run.";
    spec_of(KIND, summary, input, &example)
}

impl Telling for Webhook {
    type Input = Input;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    async fn send(&self, ctx: &Context, input: &Input, id: RequestId) -> Result<(), Untold> {
        let url = address(ctx, &input.webhook).await?;
        let body = json!({
            "text": input.text, "run": ctx.run.to_string(), "step": ctx.step.as_str(),
            "data": input.data,
        })
        .to_string();
        let seconds = ctx.clock.now().0 / SECOND_MS;
        let mut headers = vec![
            ("content-type", "application/json".to_owned()),
            ("webhook-id", id.to_string()),
            ("webhook-timestamp", seconds.to_string()),
        ];
        if let Some(key) = &input.signing_key {
            let name = key.name();
            let key = key.resolve(ctx.secrets.as_ref()).await.map_err(|_| {
                Untold::Refused(format!("the secret `{name}`, which signs, cannot be read"))
            })?;
            let signed = sign(&key, &id.to_string(), seconds, &body).map_err(Untold::Refused)?;
            headers.push(("webhook-signature", signed));
        }
        post(&self.http, url, Body::Text(body), headers).await
    }
}
