//! A server that answers with what the real services once answered.
//!
//! Reads see what was recorded between the last write and the next one; what a recording lacks is
//! filled in by the
//! test, or answered with 504, as if the front end had given up.

use super::context::{Known, Parts};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use windlass_executors::{Deps, registry};
use windlass_model::Environment;
use windlass_ports::action::Bindings;
use windlass_ports::{Registry, Secrets};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// The recorded host, whose addresses lead to the replay.
const HOSTS: [&str; 2] = ["https://management.azure.com", "https://dev.azure.com"];

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
/// The exchanges of a recording; none, with a printed line, where the recordings are not at hand.
pub fn recorded(name: &str) -> Option<Vec<Value>> {
    let path = folder().join(format!("{name}.json"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: no recording {name} beside the repository");
        return None;
    };
    let file: Value = serde_json::from_str(&text).unwrap();
    Some(file["exchanges"].as_array().unwrap().clone())
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/azure/specs/recorded")
}

/// What a test answers where the recording has nothing: method, path, whether something was
/// written.
pub type Filler = fn(&str, &str, bool) -> Option<(u16, Value)>;

/// A recording that is served.
pub struct Replay {
    server: MockServer,
    pub parts: Parts,
    state: tempfile::TempDir,
}

struct Answers {
    base: String,
    exchanges: Vec<Value>,
    filler: Filler,
    place: Mutex<(Option<usize>, BTreeSet<usize>)>,
}

fn key(exchange: &Value) -> (String, String) {
    let url = exchange["request"]["url"].as_str().unwrap();
    let host = HOSTS.iter().find(|host| url.starts_with(**host)).unwrap();
    let path = url[host.len()..].split('?').next().unwrap().to_ascii_lowercase();
    (exchange["request"]["method"].as_str().unwrap().to_owned(), path)
}

fn is_read(method: &str, path: &str) -> bool {
    method == "GET" || (method == "POST" && path.ends_with("/list"))
}

impl Answers {
    fn find(&self, method: &str, path: &str) -> Option<&Value> {
        let mut place = self.place.lock().unwrap();
        let from = place.0.map_or(0, |at| at + 1);
        let rest = self.exchanges.iter().enumerate().skip(from);
        let same = |exchange: &Value| key(exchange) == (method.to_owned(), path.to_owned());
        if !is_read(method, path) {
            let (at, found) = rest.into_iter().find(|(_, exchange)| same(exchange))?;
            place.0 = Some(at);
            return Some(found);
        }
        let still = rest.take_while(|(_, exchange)| {
            let (method, path) = key(exchange);
            is_read(&method, &path)
        });
        let fitting: Vec<_> = still.filter(|(_, exchange)| same(exchange)).collect();
        let new = fitting.iter().find(|(at, _)| !place.1.contains(at));
        let (at, found) = new.or(fitting.last())?;
        place.1.insert(*at);
        Some(found)
    }

    fn template(&self, response: &Value) -> ResponseTemplate {
        let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
        let mut template = ResponseTemplate::new(status);
        if !response["body"].is_null() {
            template = template.set_body_json(&response["body"]);
        }
        for (name, value) in response["headers"].as_object().unwrap() {
            if name == "content-length" || name == "content-type" {
                continue;
            }
            let text = value.as_str().unwrap();
            let text = HOSTS.iter().fold(text.to_owned(), |t, host| t.replace(host, &self.base));
            template = template.insert_header(name.as_str(), text.as_str());
        }
        template
    }
}

impl Respond for Answers {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let (method, path) = (request.method.as_str(), request.url.path().to_ascii_lowercase());
        if let Some(found) = self.find(method, &path) {
            return self.template(&found["response"]);
        }
        let wrote = self.place.lock().unwrap().0.is_some();
        match (self.filler)(method, &path, wrote) {
            Some((status, body)) => ResponseTemplate::new(status)
                .set_body_json(body)
                .insert_header("date", "Wed, 12 Apr 2023 02:23:30 GMT"),
            None => ResponseTemplate::new(504),
        }
    }
}

impl Replay {
    /// Serves some exchanges.
    pub async fn of(exchanges: Vec<Value>, bindings: Bindings, filler: Filler) -> Self {
        let server = MockServer::start().await;
        let answers = Answers { base: server.uri(), exchanges, filler, place: Mutex::default() };
        Mock::given(any()).respond_with(answers).mount(&server).await;
        let secrets = Known::of(&[("token", "t"), ("conn", "connection1"), ("conn1", "conn1")]);
        let state = tempfile::tempdir().unwrap();
        Self { server, parts: Parts::new(bindings, secrets), state }
    }

    /// Answers in place of the recording, for a service that it leaves out.
    pub async fn beside(&self, mock: Mock) {
        mock.with_priority(1).mount(&self.server).await;
    }

    /// Its address.
    pub fn url(&self) -> String {
        self.server.uri()
    }

    /// The executors that speak to it.
    pub fn registry(&self) -> Registry {
        let url = self.url();
        let credential = json!({"kind": "static_token", "token": "token"});
        let azure = json!({
            "endpoint": url, "subscription": "00000000-0000-0000-0000-000000000000",
            "credential": credential,
        });
        let devops = json!({
            "endpoint": url, "release_endpoint": url, "organization": "fabrikam",
            "project": "buildtests", "build_definition": 178, "release_definition": 1,
            "credential": credential,
        });
        let providers = [("azure", azure), ("azure_devops", devops)];
        let providers = providers.into_iter().map(|(key, value)| (key.to_owned(), value));
        let env = Environment { providers: providers.collect(), ..Environment::default() };
        let deps = Deps {
            clock: self.parts.clock(),
            secrets: Arc::clone(&self.parts.secrets) as Arc<dyn Secrets>,
            state_dir: self.state.path().to_owned(),
            http: None,
        };
        registry(&env, deps).unwrap()
    }
}
