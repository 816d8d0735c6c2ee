//! What `http.request` takes and gives. It must not know how it is sent.

use crate::health::expectation::Expectation;
use crate::schema;
use crate::secret_ref::{SecretRef, TextOrSecret};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::{ActionSpec, EffectClass};

/// The action's kind.
pub const KIND: &str = "http.request";

/// The methods.
pub const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// Those that only look.
pub const LOOKS: [&str; 2] = ["GET", "HEAD"];

/// The header in which services take the key that makes two requests one.
const KEY_HEADER: &str = "Idempotency-Key";

/// How long a request may still be on its way, as everywhere else.
const SETTLE_MS: u64 = 120_000;

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// Where to.
    pub url: Option<String>,
    /// Or the secret that holds it.
    pub secret_url: Option<SecretRef>,
    /// The method.
    #[serde(default = "get")]
    pub method: String,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, TextOrSecret>,
    /// What is sent.
    pub body: Option<Value>,
    /// What the answer must be like.
    #[serde(default)]
    pub expect: Expectation,
    /// Values of the answer by path, under the names of the output.
    #[serde(default)]
    pub outputs: BTreeMap<String, String>,
    /// The header for our key.
    #[serde(default = "key_header")]
    pub key_header: String,
    /// A look that tells whether the request took place.
    pub probe: Option<Probe>,
}

/// A look that tells whether the request took place.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Where.
    pub url: String,
    /// Headers; those of the request where absent.
    pub headers: Option<BTreeMap<String, TextOrSecret>>,
    /// What is true once the request took place.
    #[serde(default)]
    pub expect: Expectation,
}

fn get() -> String {
    LOOKS[0].to_owned()
}

fn key_header() -> String {
    KEY_HEADER.to_owned()
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The status; that of the probe where it settled doubt.
    pub status: u16,
    /// The values that were asked for.
    pub values: BTreeMap<String, Value>,
}

fn expect() -> Value {
    let status = schema::list(schema::int("a status"), "statuses that are good; 200 where absent");
    schema::object(
        [
            ("status", status),
            ("body_contains", schema::text("a text that the body must contain")),
            ("json", schema::map(json!({}), "values by path, such as state or items.0.id")),
            ("version", schema::text("the version that must answer")),
            ("version_at", schema::text("the path of the version, or body for all of it")),
        ],
        &[],
    )
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let mut method = schema::with_default(schema::one_of(&METHODS, "the method"), LOOKS[0]);
    // A step that sends one of these changes nothing, whatever else the action can do.
    method["x-looks"] = json!(LOOKS);
    let probe = schema::object(
        [
            ("url", schema::address("the address that is asked with GET")),
            ("headers", schema::map(json!({}), "its headers; those of the request where absent")),
            ("expect", expect()),
        ],
        &["url"],
    );
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Sends one HTTP request and checks its answer; GET and HEAD only look.".to_owned(),
        input: schema::object(
            [
                ("url", schema::address("the address")),
                ("secret_url", schema::secret("or the secret that holds it, such as a webhook's")),
                ("method", method),
                ("headers", schema::map(json!({}), "headers by name; secrets by reference only")),
                ("body", json!({"description": "a text, or anything else, sent as JSON"})),
                ("expect", expect()),
                ("outputs", schema::map(schema::text("a path"), "values of the answer by path")),
                (
                    "key_header",
                    schema::with_default(
                        schema::text("the header for the key that is the same at every attempt"),
                        KEY_HEADER,
                    ),
                ),
                ("probe", probe),
            ],
            &[],
        ),
        output: schema::object(
            [
                ("status", schema::int("the status")),
                ("values", schema::map(json!({}), "the values that `outputs` asked for")),
            ],
            &["status", "values"],
        ),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: false,
            compensates: false,
            compensates_in_progress: false,
            idempotent: false,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "nothing",
            "asks the address in `probe`: as expected there, it took place; without `probe` a \
             human is asked, or the file says `on_in_doubt: rerun` since the service knows the key",
            "nothing by itself: say `compensate` in the file",
            &["whatever the service asks for"],
        ),
        example: example(),
    }
}

fn example() -> String {
    [
        "- id: announce",
        "  uses: http.request",
        "  with:",
        "    url: https://api.example.com/releases",
        "    method: POST",
        "    headers: { Authorization: \"${{ secrets.api_token }}\" }",
        "    body: { version: 2.7.1.213 }",
        "    expect: { status: [200, 201] }",
        "    outputs: { id: id }",
        "    probe: { url: https://api.example.com/releases/2.7.1.213 }",
        "  compensate: { uses: none, reason: an announcement stays }",
        "",
    ]
    .join("\n")
}
