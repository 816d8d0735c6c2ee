//! The two places that give tokens: the tenant's endpoint, and the machine's own (IMDS). They must
//! not know what a token opens.

use crate::clock::later;
use crate::http::{Answer, Request, arm_error, oauth_error};
use crate::turn::Turn;
use crate::world::Token;
use serde_json::json;

/// `POST /{tenant}/oauth2/v2.0/token`: client credentials with a secret or an assertion.
pub fn token(turn: &mut Turn<'_>, tenant: &str) -> Answer {
    let form = Request::new("POST", &format!("/?{}", turn.request.body));
    let identity = &turn.world.identity;
    if !tenant.eq_ignore_ascii_case(&turn.world.tenant) {
        let text = format!("AADSTS90002: Tenant '{tenant}' not found.");
        return oauth_error(400, "invalid_request", &text);
    }
    if form.query("grant_type") != Some("client_credentials") {
        let text = "AADSTS70003: The app requested an unsupported grant type.";
        return oauth_error(400, "unsupported_grant_type", text);
    }
    let client = form.query("client_id").unwrap_or_default();
    if client != identity.client_id {
        let text = format!("AADSTS700016: Application with identifier '{client}' was not found.");
        return oauth_error(400, "unauthorized_client", &text);
    }
    let assertion = form
        .query("client_assertion")
        .is_some_and(|text| text.split('.').filter(|part| !part.is_empty()).count() == 3);
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let assertion = assertion && form.query("client_assertion_type") == Some(kind);
    if !assertion && form.query("client_secret") != Some(identity.client_secret.as_str()) {
        let text = "AADSTS7000215: Invalid client secret provided.";
        return oauth_error(401, "invalid_client", text);
    }
    let Some(scope) = form.query("scope").and_then(|scope| scope.strip_suffix("/.default")) else {
        let text = "AADSTS1002012: The provided value for scope is not valid.";
        return oauth_error(400, "invalid_scope", text);
    };
    let (text, life) = issue(turn, scope);
    let body = json!({
        "token_type": "Bearer",
        "expires_in": life,
        "ext_expires_in": life,
        "access_token": text,
    });
    Answer::json(200, body).with_header("cache-control", "no-store, no-cache")
}

/// `GET /metadata/identity/oauth2/token`: the managed identity of the machine.
pub fn imds(turn: &mut Turn<'_>) -> Answer {
    if turn.request.header("metadata") != Some("true") {
        let body = json!({
            "error": "invalid_request",
            "error_description": "Required metadata header not specified",
        });
        return Answer::json(400, body);
    }
    let Some(resource) = turn.request.query("resource").map(str::to_owned) else {
        return arm_error(400, "invalid_request", "The resource query parameter is missing.");
    };
    let (text, life) = issue(turn, resource.trim_end_matches('/'));
    let now = turn.now.as_second();
    Answer::json(
        200,
        json!({
            "access_token": text,
            "client_id": turn.world.identity.client_id,
            "expires_in": life.to_string(),
            "expires_on": (now + life).to_string(),
            "ext_expires_in": life.to_string(),
            "not_before": now.to_string(),
            "resource": resource,
            "token_type": "Bearer",
        }),
    )
}

/// A new token and its life in seconds, which is told one second short, as the tenant does. The
/// canary is in it, so that a token that leaks is found as a password is.
fn issue(turn: &mut Turn<'_>, audience: &str) -> (String, i64) {
    let life = turn.world.timing.token_s;
    let text = format!("sim.{}.{}", turn.world.canary, turn.world.ids.fresh().simple());
    let expires = later(turn.now, life);
    let token = Token { text: text.clone(), audience: audience.to_owned(), expires };
    turn.world.identity.tokens.push(token);
    let left = expires.duration_since(turn.now).as_secs();
    (text, (left - 1).max(0))
}
