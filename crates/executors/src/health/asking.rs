//! Who is asked for health, and what one of them says: what `http.check` and `http.watch` share. It
//! must not know how long anybody asks.

use super::expectation::Expectation;
use crate::azure::app_service::binding::{AppBinding, KIND as APP};
use crate::http::error_body::bounded;
use crate::http::{Call, HttpClient};
use crate::schema;
use reqwest::{Method, Url};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;
use windlass_model::time::parse_span;
use windlass_model::{Failure, Millis};
use windlass_ports::action::Bindings;
use windlass_ports::{ActionError, Context, Outcome};

/// Real time for one answer: an app that starts can take long over its first.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// How the addresses are given.
pub const ONE_WAY: &str = "give one of `url`, `app`, `urls`, `apps`";

/// Who is asked, and what the answer must be like.
#[derive(Clone, Debug, Deserialize)]
pub struct Asked {
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
    /// What the answer must be like.
    #[serde(default)]
    pub expect: Expectation,
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

/// The keys that say who is asked.
pub fn who() -> [(&'static str, Value); 5] {
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
    ]
}

/// What the answer must be like.
pub fn expect() -> Value {
    let status = schema::list(schema::int("a status"), "statuses that are good; 200 where absent");
    schema::object(
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
    )
}

/// What answered, in the form of an output.
pub fn answered() -> [(&'static str, Value); 3] {
    [
        ("url", schema::text("the address")),
        ("status", schema::int("the status")),
        ("body", schema::text("the beginning of the body, on one line")),
    ]
}

/// An error that no second try mends.
pub fn permanent<T>(code: &str, message: String) -> Outcome<T> {
    Err(ActionError::Permanent(Failure::permanent(code, message)))
}

/// A span of at least a millisecond.
pub fn span(text: &str) -> Outcome<Millis> {
    match parse_span(text) {
        Some(span) => Ok(span.max(1)),
        None => permanent("input", format!("failed to read `{text}` as a span such as 90s")),
    }
}

/// An address as it may be shown: a query can hold a key.
pub fn place(url: &Url) -> String {
    format!("{}{}", url.host_str().unwrap_or_default(), url.path())
}

/// A page below an address, whose own parameters stay.
fn below(url: &str, path: &str) -> String {
    let (door, query) = match url.split_once('?') {
        Some((door, query)) => (door, format!("?{query}")),
        None => (url, String::new()),
    };
    format!("{}/{}{query}", door.trim_end_matches('/'), path.trim_start_matches('/'))
}

impl Asked {
    /// In how many ways addresses are given.
    fn ways(&self) -> usize {
        [self.url.is_some(), self.app.is_some(), !self.urls.is_empty(), !self.apps.is_empty()]
            .into_iter()
            .filter(|given| *given)
            .count()
    }

    /// What is wrong with it, or with spans beside it.
    pub fn wrong(&self, bindings: &Bindings, spans: &[&str]) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.ways() != 1 {
            wrong.push(ONE_WAY.to_owned());
        }
        for text in spans {
            if parse_span(text).is_none() {
                wrong.push(format!("`{text}` is no span: write one such as 90s or 10m"));
            }
        }
        for app in self.app.iter().chain(&self.apps) {
            if let Ok(AppBinding { health_url: None, .. }) = AppBinding::find(bindings, app) {
                wrong.push(format!("`{app}` has no `health_url` in the environment file"));
            }
        }
        wrong
    }

    /// The addresses, in the order of the file.
    pub fn addresses(&self, ctx: &Context) -> Outcome<Vec<Url>> {
        let mut texts = Vec::new();
        texts.extend(self.url.iter().chain(&self.urls).cloned());
        for app in self.app.iter().chain(&self.apps) {
            match AppBinding::find(&ctx.bindings, app)?.health_url {
                Some(url) => texts.push(match &self.path {
                    Some(path) => below(&url, path),
                    None => url,
                }),
                None => {
                    let message = format!("failed to check {app}: its binding has no `health_url`");
                    return permanent("binding", message);
                }
            }
        }
        if self.ways() != 1 {
            return permanent("input", format!("failed to check: {ONE_WAY}"));
        }
        let read = |text: String| match Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
            _ => permanent("input", format!("failed to check `{text}`: it is no http address")),
        };
        texts.into_iter().map(read).collect()
    }

    /// One look at one address: what it said where it is healthy, what lacks where it is not.
    pub async fn ask(&self, http: &HttpClient, url: &Url) -> Result<Answered, String> {
        let mut call = Call::new(Method::GET, url.clone());
        call.timeout = Some(ANSWER_TIMEOUT);
        let reply = http.send(call).await.map_err(|error| error.to_string())?;
        if let Some(lack) = self.expect.lacks(&reply) {
            return Err(lack);
        }
        let mut shown = url.clone();
        shown.set_query(None);
        let body = bounded(&String::from_utf8_lossy(&reply.body));
        Ok(Answered { url: shown.to_string(), status: reply.status, body })
    }
}
