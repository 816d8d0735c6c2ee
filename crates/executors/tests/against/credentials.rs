//! The ways to a token, against a token endpoint of our own; tokens are kept, renewed, and
//! forgotten when refused.

use crate::support::context::{Known, start};
use serde_json::json;
use std::sync::Arc;
use windlass_executors::azure::credential::Credential;
use windlass_executors::azure::tokens::Tokens;
use windlass_executors::http::HttpClient;
use windlass_ports::{ActionError, Clock, Secrets};
use windlass_testkit::SimClock;
use wiremock::matchers::{body_string_contains, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

const SCOPE: &str = "https://management.azure.com/.default";

struct Desk {
    server: MockServer,
    clock: SimClock,
}

impl Desk {
    async fn open() -> Self {
        Self { server: MockServer::start().await, clock: SimClock::starting_at(start()) }
    }

    fn tokens(&self, credential: serde_json::Value) -> Tokens {
        let credential: Credential = serde_json::from_value(credential).unwrap();
        assert_eq!(credential.lacks(), None);
        let secrets =
            Known::of(&[("app", "CANARY-app"), ("pat", "CANARY-pat"), ("bearer", "CANARY-b")]);
        Tokens::new(
            credential,
            self.server.uri(),
            HttpClient::new().unwrap(),
            Arc::new(self.clock.clone()) as Arc<dyn Clock>,
            secrets as Arc<dyn Secrets>,
        )
    }

    async fn asked(&self) -> usize {
        self.server.received_requests().await.unwrap().len()
    }
}

fn token(text: &str, seconds: u64) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "token_type": "Bearer", "access_token": text, "expires_in": seconds,
    }))
}

fn client_secret() -> serde_json::Value {
    json!({"kind": "client_secret", "tenant": "t-1", "client_id": "c-1", "client_secret": "app"})
}

#[tokio::test]
async fn a_client_secret_gives_a_token_that_is_kept_and_renewed_in_time() {
    let desk = Desk::open().await;
    Mock::given(method("POST"))
        .and(path("/t-1/oauth2/v2.0/token"))
        .and(body_string_contains("grant_type=client_credentials"))
        .and(body_string_contains("client_id=c-1"))
        .and(body_string_contains("client_secret=CANARY-app"))
        .and(body_string_contains("scope=https%3A%2F%2Fmanagement.azure.com%2F.default"))
        .respond_with(token("one", 3600))
        .mount(&desk.server)
        .await;
    let tokens = desk.tokens(client_secret());
    for _ in 0..3 {
        assert_eq!(tokens.authorization(SCOPE).await.unwrap(), "Bearer one");
    }
    assert_eq!(desk.asked().await, 1, "kept");
    desk.clock.advance(3_299_000);
    tokens.authorization(SCOPE).await.unwrap();
    assert_eq!(desk.asked().await, 1, "still good");
    desk.clock.advance(2_000);
    tokens.authorization(SCOPE).await.unwrap();
    assert_eq!(desk.asked().await, 2, "renewed five minutes before its end");
    tokens.forget(SCOPE, "Bearer another").await;
    tokens.authorization(SCOPE).await.unwrap();
    assert_eq!(desk.asked().await, 2, "another token was refused");
    tokens.forget(SCOPE, "Bearer one").await;
    tokens.authorization(SCOPE).await.unwrap();
    assert_eq!(desk.asked().await, 3, "forgotten");
}

#[tokio::test]
async fn many_who_come_at_once_ask_once() {
    let desk = Desk::open().await;
    Mock::given(method("POST")).respond_with(token("one", 3600)).mount(&desk.server).await;
    let tokens = desk.tokens(client_secret());
    let all =
        (tokens.authorization(SCOPE), tokens.authorization(SCOPE), tokens.authorization(SCOPE));
    let (a, b, c) = tokio::join!(all.0, all.1, all.2);
    assert!([a, b, c].iter().all(|one| one.as_ref().unwrap() == "Bearer one"));
    assert_eq!(desk.asked().await, 1);
}

#[tokio::test]
async fn a_workload_identity_reads_its_file_anew_each_time() {
    let desk = Desk::open().await;
    Mock::given(method("POST"))
        .and(body_string_contains("client_assertion=second"))
        .and(body_string_contains("jwt-bearer"))
        .respond_with(token("two", 60))
        .mount(&desk.server)
        .await;
    Mock::given(method("POST"))
        .and(body_string_contains("client_assertion=first"))
        .respond_with(token("one", 60))
        .mount(&desk.server)
        .await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "first\n").unwrap();
    let tokens = desk.tokens(json!({
        "kind": "workload_identity", "tenant": "t", "client_id": "c",
        "token_file": file.path().to_str().unwrap(),
    }));
    assert_eq!(tokens.authorization(SCOPE).await.unwrap(), "Bearer one");
    std::fs::write(file.path(), "second\n").unwrap();
    desk.clock.advance(31_000);
    assert_eq!(
        tokens.authorization(SCOPE).await.unwrap(),
        "Bearer two",
        "a short life is used by half"
    );
}

#[tokio::test]
async fn a_managed_identity_asks_the_machine() {
    let desk = Desk::open().await;
    let ends = (start().0 / 1000 + 3600).to_string();
    let body = json!({"access_token": "imds", "expires_on": ends, "token_type": "Bearer"});
    Mock::given(method("GET"))
        .and(path("/metadata/identity/oauth2/token"))
        .and(header("metadata", "true"))
        .and(query_param("resource", "https://management.azure.com"))
        .and(query_param("client_id", "mine"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&desk.server)
        .await;
    let endpoint = format!("{}/metadata/identity/oauth2/token", desk.server.uri());
    let tokens =
        desk.tokens(json!({"kind": "managed_identity", "client_id": "mine", "endpoint": endpoint}));
    assert_eq!(tokens.authorization(SCOPE).await.unwrap(), "Bearer imds");
    desk.clock.advance(3_200_000);
    tokens.authorization(SCOPE).await.unwrap();
    assert_eq!(desk.asked().await, 1);
    desk.clock.advance(200_000);
    tokens.authorization(SCOPE).await.unwrap();
    assert_eq!(desk.asked().await, 2);
}

#[tokio::test]
async fn the_az_command_is_asked_and_its_complaint_is_passed_on() {
    let desk = Desk::open().await;
    let folder = tempfile::tempdir().unwrap();
    let az = |text: &str| {
        let path = folder.path().join("az");
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    // Nothing of windlass's own environment but what is named: the rest can hold secrets.
    let answer = r#"[ -z "$CARGO_MANIFEST_DIR" ] && [ -n "$PATH" ] || exit 8
[ "$6" = "https://management.azure.com/.default" ] || exit 9
echo '{"accessToken":"from-az","expiresOn":"2026-03-02 10:00:00.000000"}'"#;
    let tokens = desk.tokens(json!({"kind": "az_cli", "command": az(answer)}));
    assert_eq!(tokens.authorization(SCOPE).await.unwrap(), "Bearer from-az");
    let command = az("echo 'ERROR: Please run az login' >&2; exit 1");
    let tokens = desk.tokens(json!({"kind": "az_cli", "command": command}));
    match tokens.authorization(SCOPE).await {
        Err(ActionError::Permanent(failure)) => {
            assert!(failure.message.contains("Please run az login"), "{}", failure.message);
        }
        other => panic!("{other:?}"),
    }
    let tokens = desk.tokens(json!({"kind": "az_cli", "command": "no-such-az"}));
    assert!(matches!(tokens.authorization(SCOPE).await, Err(ActionError::Permanent(_))));
}

#[tokio::test]
async fn a_static_token_and_a_pat_go_as_they_are() {
    let desk = Desk::open().await;
    for kind in ["static_token", "bearer"] {
        let tokens = desk.tokens(json!({"kind": kind, "token": "bearer"}));
        assert_eq!(tokens.authorization(SCOPE).await.unwrap(), "Bearer CANARY-b");
    }
    let tokens = desk.tokens(json!({"kind": "pat", "token": "pat"}));
    assert_eq!(tokens.authorization(SCOPE).await.unwrap(), "Basic OkNBTkFSWS1wYXQ=");
    desk.clock.advance(365 * 86_400_000);
    assert_eq!(tokens.authorization(SCOPE).await.unwrap(), "Basic OkNBTkFSWS1wYXQ=");
    assert_eq!(desk.asked().await, 0);
}

#[tokio::test]
async fn a_refused_credential_is_permanent_a_sick_endpoint_passes_and_neither_tells_the_secret() {
    let cases = [
        (
            401,
            json!({"error": "invalid_client", "error_description": "AADSTS7000215: Invalid."}),
            true,
        ),
        (503, json!({}), false),
    ];
    for (status, body, permanent) in cases {
        let desk = Desk::open().await;
        let answer = ResponseTemplate::new(status).set_body_json(body);
        Mock::given(method("POST")).respond_with(answer).mount(&desk.server).await;
        let error = desk.tokens(client_secret()).authorization(SCOPE).await.unwrap_err();
        assert_eq!(matches!(error, ActionError::Permanent(_)), permanent, "{error:?}");
        assert!(!format!("{error:?} {error}").contains("CANARY"));
    }
}

#[tokio::test]
async fn a_lying_token_desk_gets_the_secret_once_and_sends_it_nowhere() {
    let other = Desk::open().await;
    Mock::given(method("POST")).respond_with(token("theirs", 60)).mount(&other.server).await;
    let leads = format!("{}/t-1/oauth2/v2.0/token", other.server.uri());
    let page = "<!DOCTYPE html><html>Everything is fine</html>";
    let answers = [
        ResponseTemplate::new(307).insert_header("location", leads.as_str()),
        ResponseTemplate::new(302).insert_header("location", leads.as_str()),
        ResponseTemplate::new(200).set_body_string(page),
        ResponseTemplate::new(200).set_body_string("{\"access_token\": \"cut"),
    ];
    for answer in answers {
        let desk = Desk::open().await;
        Mock::given(method("POST")).respond_with(answer).mount(&desk.server).await;
        let error = desk.tokens(client_secret()).authorization(SCOPE).await.unwrap_err();
        assert!(!format!("{error:?} {error}").contains("CANARY"));
        assert_eq!(desk.asked().await, 1);
    }
    assert_eq!(other.asked().await, 0);
    // A life beyond all measure is only a long one.
    let desk = Desk::open().await;
    let for_ever = token("long", u64::MAX / 2);
    Mock::given(method("POST")).respond_with(for_ever).mount(&desk.server).await;
    let tokens = desk.tokens(client_secret());
    assert_eq!(tokens.authorization(SCOPE).await.unwrap(), "Bearer long");
}

#[test]
fn what_a_kind_lacks_is_said() {
    let lacks = |value| serde_json::from_value::<Credential>(value).unwrap().lacks();
    let said = lacks(json!({"kind": "client_secret", "tenant": "t"})).unwrap();
    assert_eq!(said, "`credential` lacks client_id, client_secret");
    assert!(lacks(json!({"kind": "pat"})).is_some());
    assert_eq!(lacks(json!({"kind": "az_cli"})), None);
    assert!(serde_json::from_value::<Credential>(json!({"kind": "pat", "tokn": "x"})).is_err());
}
