//! The check of the `Authorization` header. It must not know how a token was given.

use crate::http::{Answer, arm_gateway_error, html_error};
use crate::turn::Turn;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The resource id of Azure DevOps.
const DEVOPS_AUDIENCE: &str = "499b84ac-1321-427f-aa17-267ca6975798";

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// It may do everything.
    Contributor,
    /// It may look.
    Reader,
}

/// What a bearer token is worth.
enum Verdict {
    Good(Caller),
    Expired,
    OtherAudience,
    Unknown,
}

/// Admits a caller to ARM.
pub fn arm_caller(turn: &Turn<'_>) -> Result<Caller, Answer> {
    let Some(token) = bearer(turn) else {
        let message = "Authentication failed. The 'Authorization' header is missing.";
        return Err(unauthorized("AuthenticationFailed", message));
    };
    match weigh(turn, token, |audience| audience.contains("management.")) {
        Verdict::Good(caller) => Ok(caller),
        Verdict::Expired => {
            let message = "The access token expiry UTC time is earlier than current UTC time.";
            Err(unauthorized("ExpiredAuthenticationToken", message))
        }
        Verdict::OtherAudience => {
            let message = "The access token has been obtained for wrong audience or resource.";
            Err(unauthorized("InvalidAuthenticationTokenAudience", message))
        }
        Verdict::Unknown => {
            Err(unauthorized("InvalidAuthenticationToken", "The access token is invalid."))
        }
    }
}

/// Admits a caller to blob storage, or says why not.
pub fn storage_caller(turn: &Turn<'_>) -> Result<Caller, &'static str> {
    let Some(token) = bearer(turn) else {
        return Err("No authentication information is given in the correct format.");
    };
    match weigh(turn, token, |audience| audience.contains("storage.azure.com")) {
        Verdict::Good(caller) => Ok(caller),
        _ => Err("Server failed to authenticate the request."),
    }
}

/// Admits a caller to Azure DevOps: a personal access token with any user name, or a bearer token.
pub fn devops_caller(turn: &Turn<'_>) -> Result<Caller, Answer> {
    let basic = header(turn).and_then(|value| value.strip_prefix("Basic "));
    let basic = basic.and_then(|text| STANDARD.decode(text.trim()).ok());
    let basic = basic.and_then(|bytes| String::from_utf8(bytes).ok());
    let password = basic.as_deref().and_then(|pair| pair.split_once(':')).map(|(_, pass)| pass);
    if password == Some(turn.world.identity.pat.as_str()) {
        return Ok(Caller::Contributor);
    }
    match bearer(turn).map(|token| weigh(turn, token, |to| to.contains(DEVOPS_AUDIENCE))) {
        Some(Verdict::Good(caller)) => Ok(caller),
        _ => Err(devops_refusal(turn)),
    }
}

/// How Azure DevOps turns somebody away: with a page to sign in and status 203, or with 401 if the
/// caller asked not to be sent there.
fn devops_refusal(turn: &Turn<'_>) -> Answer {
    let suppress = turn.request.header("x-tfs-fedauthredirect");
    if suppress.is_some_and(|value| value.eq_ignore_ascii_case("suppress")) {
        let realm = format!("Basic realm=\"{}/\"", turn.request.base());
        return Answer::empty(401).with_header("www-authenticate", realm);
    }
    html_error(203, "Azure DevOps Services | Sign In", "Sign in to your account.")
}

fn weigh(turn: &Turn<'_>, text: &str, for_us: impl Fn(&str) -> bool) -> Verdict {
    let identity = &turn.world.identity;
    if text == identity.static_token {
        return Verdict::Good(Caller::Contributor);
    }
    if text == identity.reader_token {
        return Verdict::Good(Caller::Reader);
    }
    match identity.tokens.iter().find(|token| token.text == text) {
        Some(token) if token.expires <= turn.now => Verdict::Expired,
        Some(token) if !for_us(&token.audience) => Verdict::OtherAudience,
        Some(_) => Verdict::Good(Caller::Contributor),
        // One that ran out is forgotten after a while, and still has its form.
        None if text.starts_with("sim.") => Verdict::Expired,
        None => Verdict::Unknown,
    }
}

fn header<'t>(turn: &Turn<'t>) -> Option<&'t str> {
    turn.request.header("authorization")
}

fn bearer<'t>(turn: &Turn<'t>) -> Option<&'t str> {
    header(turn)?.strip_prefix("Bearer ").map(str::trim)
}

fn unauthorized(code: &str, message: &str) -> Answer {
    let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{message}\"");
    arm_gateway_error(401, code, message).with_header("www-authenticate", challenge)
}
