//! `http.request` against a service that keeps what it was sent, once for each key.

use crate::support::context::{Known, Parts};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use windlass_executors::{Deps, registry};
use windlass_model::{Environment, Millis};
use windlass_ports::{Action, ActionError, BoxFuture, Context, Executed, Probed, Secrets};
use windlass_testkit::action_conformance;
use windlass_testkit::action_kit::{Subject, Trial};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

const KEY: &str = "idempotency-key";

/// What a service keeps, and how it answers next.
#[derive(Clone, Default)]
struct Service {
    kept: Arc<Mutex<Vec<(String, Value)>>>,
    seen: Arc<Mutex<Vec<Request>>>,
    next: Arc<Mutex<Vec<ResponseTemplate>>>,
}

impl Respond for Service {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.seen.lock().unwrap().push(request.clone());
        let mut kept = self.kept.lock().unwrap();
        if request.method.as_str() == "GET" {
            return match kept.first() {
                Some((_, body)) => ResponseTemplate::new(200).set_body_json(body),
                None => ResponseTemplate::new(404),
            };
        }
        let key = request.headers.get(KEY).map(|key| key.to_str().unwrap().to_owned()).unwrap();
        if !kept.iter().any(|(known, _)| *known == key) {
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            kept.push((key, json!({"id": 41, "items": [{"name": "first"}], "got": body})));
        }
        match self.next.lock().unwrap().pop() {
            Some(answer) => answer,
            None => ResponseTemplate::new(201).set_body_json(&kept[0].1),
        }
    }
}

struct Sent {
    server: MockServer,
    service: Service,
    parts: Parts,
    input: Value,
    state: tempfile::TempDir,
}

impl Sent {
    async fn with(change: fn(&mut Value)) -> Self {
        let (server, service) = (MockServer::start().await, Service::default());
        Mock::given(any()).respond_with(service.clone()).mount(&server).await;
        let secrets = Known::of(&[("token", "CANARY-token"), ("hook", "not an address CANARY")]);
        let mut input = json!({
            "url": format!("{}/releases?key=x", server.uri()), "method": "POST",
            "headers": {"Authorization": {"$secret": "token"}, "X-Team": "dispatcher"},
            "body": {"version": "2.7.1.213", "token": {"$secret": "token"}},
            "expect": {"status": [201]},
            "outputs": {"id": "id", "name": "items.0.name"},
            "probe": {
                "url": format!("{}/releases/1", server.uri()), "expect": {"json": {"id": 41}},
            },
        });
        change(&mut input);
        let parts = Parts::new(Default::default(), secrets);
        Self { server, service, parts, input, state: tempfile::tempdir().unwrap() }
    }

    fn answers(&self, answer: ResponseTemplate) {
        self.service.next.lock().unwrap().push(answer);
    }
}

impl Subject for Sent {
    fn action(&self) -> Arc<dyn Action> {
        let deps = Deps {
            clock: self.parts.clock(),
            secrets: Arc::clone(&self.parts.secrets) as Arc<dyn Secrets>,
            state_dir: self.state.path().to_owned(),
            http: None,
        };
        let registry = registry(&Environment::default(), deps).unwrap();
        Arc::clone(registry.action("http.request").unwrap())
    }

    fn cut_off(&self) -> Option<Arc<dyn Action>> {
        None
    }

    fn context(&self) -> Context {
        self.parts.context()
    }

    fn input(&self) -> Value {
        self.input.clone()
    }

    fn observe(&self) -> BoxFuture<'_, Value> {
        Box::pin(async { json!(*self.service.kept.lock().unwrap()) })
    }

    fn changes(&self) -> BoxFuture<'_, usize> {
        Box::pin(async { self.service.kept.lock().unwrap().len() })
    }

    fn pass(&self, span: Millis) -> BoxFuture<'_, ()> {
        self.parts.clock.advance(span);
        Box::pin(async {})
    }
}

action_conformance!(request, Sent::with(|_| {}));

#[tokio::test]
async fn secrets_are_put_in_at_the_last_moment_and_values_come_out() {
    let subject = Sent::with(|_| {}).await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    assert_eq!(output, json!({"status": 201, "values": {"id": 41, "name": "first"}}));
    let seen = subject.service.seen.lock().unwrap();
    assert_eq!(seen[0].headers.get("authorization").unwrap(), "CANARY-token");
    assert_eq!(seen[0].headers.get("x-team").unwrap(), "dispatcher");
    let body: Value = serde_json::from_slice(&seen[0].body).unwrap();
    assert_eq!(body, json!({"version": "2.7.1.213", "token": "CANARY-token"}));
    assert!(!trial.attempt.input.to_string().contains("CANARY"));
}

#[tokio::test]
async fn every_attempt_has_the_same_key_and_another_step_another() {
    let subject = Sent::with(|_| {}).await;
    for number in 1..3 {
        let mut trial = Trial::prepare(&subject).await;
        trial.attempt.number = number;
        trial.attempt.request_id =
            windlass_model::RequestId(uuid::Uuid::from_u128(u128::from(number)));
        trial.finish().await;
    }
    assert_eq!(subject.changes().await, 1, "the service did it once");
    let mut other = Trial::prepare(&subject).await;
    other.context.step = windlass_model::StepId::new("another");
    other.finish().await;
    assert_eq!(subject.changes().await, 2);
}

#[tokio::test]
async fn an_answer_that_says_nothing_is_doubt_and_the_probe_settles_it() {
    for status in [500, 502, 504, 408] {
        let subject = Sent::with(|_| {}).await;
        let trial = Trial::prepare(&subject).await;
        assert_eq!(trial.probe(None).await, Probed::Absent);
        subject.answers(ResponseTemplate::new(status).set_body_string("CANARY-token is wrong"));
        match trial.act().await {
            Err(ActionError::InDoubt(why)) => {
                assert!(!why.contains("CANARY") && !why.contains("key=x"), "{why}");
            }
            other => panic!("{status}: {other:?}"),
        }
        let Probed::Done(output) = trial.probe(None).await else { panic!("it took place") };
        assert_eq!((&output["status"], &output["values"]["id"]), (&json!(200), &json!(41)));
        assert_eq!(subject.changes().await, 1);
    }
}

#[tokio::test]
async fn a_refusal_is_known_and_a_throttle_passes() {
    let subject = Sent::with(|_| {}).await;
    let trial = Trial::prepare(&subject).await;
    subject.answers(ResponseTemplate::new(422).set_body_string("CANARY-token is wrong"));
    match trial.act().await {
        Err(ActionError::Permanent(failure)) => {
            assert_eq!(failure.code, "http_422");
            assert!(!failure.message.contains("CANARY"), "{}", failure.message);
        }
        other => panic!("{other:?}"),
    }
    subject.answers(ResponseTemplate::new(429).insert_header("retry-after", "9"));
    match trial.act().await {
        Err(ActionError::Transient(failure)) => assert_eq!(failure.retry_after_ms, Some(9_000)),
        other => panic!("{other:?}"),
    }
    let redirect = ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:1/");
    subject.answers(redirect);
    assert!(matches!(trial.act().await, Err(ActionError::Permanent(_))), "nothing follows it");
}

#[tokio::test]
async fn without_a_probe_a_human_is_asked_and_a_look_is_never_in_doubt() {
    let subject = Sent::with(|input| {
        input.as_object_mut().unwrap().remove("probe");
    })
    .await;
    let trial = Trial::prepare(&subject).await;
    assert!(matches!(trial.probe(None).await, Probed::Unknown(_)));
    let looking = Sent::with(|input| {
        let url = input["url"].clone();
        *input = json!({"url": url, "outputs": {"id": "id"}});
    })
    .await;
    let trial = Trial::prepare(&looking).await;
    match trial.act().await {
        Err(ActionError::Permanent(failure)) => assert_eq!(failure.code, "http_404"),
        other => panic!("{other:?}"),
    }
    assert_eq!(trial.probe(None).await, Probed::Absent);
    looking.service.kept.lock().unwrap().push(("k".into(), json!({"id": 7})));
    let Executed::Done(output) = trial.act().await.unwrap() else { panic!("it is one request") };
    assert_eq!(output["values"]["id"], 7);
    assert!(looking.service.seen.lock().unwrap().iter().all(|one| !one.headers.contains_key(KEY)));
    assert!(looking.server.uri().starts_with("http://"));
}

#[tokio::test]
async fn inputs_are_checked_and_a_secret_address_is_not_repeated() {
    let subject = Sent::with(|_| {}).await;
    let action = subject.action();
    let wrong = |input: Value| action.check(&subject.parts.bindings, &input).len();
    assert_eq!(wrong(subject.input()), 0);
    assert_eq!(wrong(json!({})), 1);
    assert_eq!(wrong(json!({"url": "http://x/", "secret_url": "hook"})), 1);
    assert_eq!(wrong(json!({"url": "http://x/", "method": "FETCH"})), 1);
    assert_eq!(wrong(json!({"url": "http://x/", "body": {}, "probe": {"url": "http://x"}})), 2);
    let hook = Sent::with(|input| *input = json!({"secret_url": "hook", "method": "POST"})).await;
    let trial = Trial::prepare(&hook).await;
    match trial.act().await {
        Err(ActionError::Permanent(failure)) => {
            assert!(!failure.message.contains("CANARY"), "{}", failure.message);
        }
        other => panic!("{other:?}"),
    }
}
