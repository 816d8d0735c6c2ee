//! What an answer, or its absence, says about whether a call acted: the rules of doubt (C5, C6).
//!
//! It must not know any operation. A call that was sent and whose fate is not known is *in doubt*;
//! everything
//! that the service refused before acting is not.

use super::client::SendError;
use super::error_body::{ServiceError, service_error};
use super::reply::Reply;
use windlass_model::Failure;
use windlass_ports::ActionError;

/// App Service's "an earlier change of this site is still at work".
const EARLIER_CHANGE_AT_WORK: &str = "59206";

/// SQL's word for throttling, which it says with 503.
const TOO_MANY_REQUESTS: &str = "TooManyRequests";

/// 409 that do not pass by waiting. All others mean that another operation is at work.
const LASTING_CONFLICTS: [&str; 5] = [
    "RemoteDatabaseExists",
    "DuplicateGeoDrRelation",
    "SubscriptionVcoreQuotaExceeded",
    "ServerDisabled",
    "CannotCancelOperation",
];

/// What Azure DevOps says of a revision that is not the newest.
const OLD_COPY: &str = "old copy of";

/// Whether a call changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// It only looks: nothing about it can be in doubt.
    Read,
    /// It changes something.
    Write,
}

/// The verdict on an answer that is no success. `what` completes "failed to …".
pub fn refused(aim: Aim, what: &str, reply: &Reply) -> ActionError {
    let said = service_error(reply);
    if aim == Aim::Write && in_doubt(reply.status, &said) {
        return ActionError::InDoubt(sentence(what, reply.status, &said));
    }
    let mut failure = Failure {
        code: code(reply.status, &said),
        message: sentence(what, reply.status, &said),
        transient: passes(reply.status, &said),
        retry_after_ms: reply.retry_after_ms(),
    };
    if let Some(advice) = advice(reply.status) {
        failure.message = format!("{}; {advice}", failure.message);
    }
    if failure.transient {
        ActionError::Transient(failure)
    } else {
        ActionError::Permanent(failure)
    }
}

/// The verdict on a call that got no answer.
pub fn unanswered(aim: Aim, what: &str, error: &SendError) -> ActionError {
    let message = format!("failed to {what}: {error}");
    match (aim, error) {
        (Aim::Write, SendError::NoAnswer { .. }) => ActionError::InDoubt(message),
        _ => ActionError::Transient(Failure::transient("unreachable", message)),
    }
}

/// The service wants somebody to sign in, so it did nothing.
fn not_signed_in(what: &str, service: &str) -> ActionError {
    ActionError::Permanent(Failure::permanent(
        "not_signed_in",
        format!(
            "failed to {what}: {service} answered with its sign-in page; look at the credential in \
             the environment \
             file"
        ),
    ))
}

/// The verdict on an answer without an error that is no data either: a page, half of a document, a
/// redirection. Those that lead to a sign-in page are known; whatever else answers a change in such
/// words may have made it.
pub fn no_data(aim: Aim, what: &str, service: &str, reply: &Reply) -> ActionError {
    let leads_away = (300..400).contains(&reply.status) || reply.status == 203;
    let message = format!(
        "failed to {what}: {service} answered {} with {}",
        reply.status,
        if reply.is_page() { "a page instead of data" } else { "data that cannot be read" }
    );
    match aim {
        _ if leads_away => not_signed_in(what, service),
        Aim::Read if reply.is_page() => not_signed_in(what, service),
        Aim::Read => ActionError::Transient(Failure::transient("unreadable", message)),
        Aim::Write => ActionError::InDoubt(message),
    }
}

fn in_doubt(status: u16, said: &ServiceError) -> bool {
    match status {
        503 => !said.is(TOO_MANY_REQUESTS),
        408 | 500..=599 => true,
        429 => said.extended.as_deref() == Some(EARLIER_CHANGE_AT_WORK),
        _ => false,
    }
}

fn passes(status: u16, said: &ServiceError) -> bool {
    match status {
        408 | 429 | 500..=599 => true,
        // A revision that somebody else was faster with: read again, and try again.
        400 => said.message.contains(OLD_COPY),
        409 => !LASTING_CONFLICTS.iter().any(|code| said.is(code)),
        _ => false,
    }
}

fn code(status: u16, said: &ServiceError) -> String {
    let number = |code: &str| code.bytes().all(|byte| byte.is_ascii_digit());
    match &said.code {
        Some(code) if !number(code) => code.clone(),
        _ => format!("http_{status}"),
    }
}

fn sentence(what: &str, status: u16, said: &ServiceError) -> String {
    let code = said.extended.as_ref().or(said.code.as_ref());
    let code = code.map(|code| format!(", {code}")).unwrap_or_default();
    format!("failed to {what}: {} (HTTP {status}{code})", said.message)
}

fn advice(status: u16) -> Option<&'static str> {
    match status {
        401 => Some("look at the credential in the environment file"),
        403 => Some("give the identity the role that this call needs"),
        404 => Some("look at the name in the environment file"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;

    fn reply(status: u16, body: &str) -> Reply {
        Reply { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() }
    }

    fn word(error: &ActionError) -> &'static str {
        match error {
            ActionError::InDoubt(_) => "in doubt",
            ActionError::Transient(_) => "transient",
            ActionError::Permanent(_) => "permanent",
        }
    }

    #[test]
    fn the_table_of_doubt() {
        let lock = r#"{"Code":"429","Message":"locked",
            "Details":[{"ErrorEntity":{"ExtendedCode":"59206"}}]}"#;
        let load = r#"{"error":{"code":"TooManyRequests","message":"slow down"}}"#;
        let quota = r#"{"error":{"code":"SubscriptionVcoreQuotaExceeded","message":"no cores"}}"#;
        let cases = [
            (400, "", "permanent", "permanent"),
            (401, "", "permanent", "permanent"),
            (403, "", "permanent", "permanent"),
            (404, "", "permanent", "permanent"),
            (408, "", "transient", "in doubt"),
            (409, "", "transient", "transient"),
            (409, quota, "permanent", "permanent"),
            (412, "", "permanent", "permanent"),
            (429, load, "transient", "transient"),
            (429, lock, "transient", "in doubt"),
            (500, "<html>oops</html>", "transient", "in doubt"),
            (502, "", "transient", "in doubt"),
            (503, "", "transient", "in doubt"),
            (503, load, "transient", "transient"),
            (504, "", "transient", "in doubt"),
        ];
        for (status, body, read, write) in cases {
            let reply = reply(status, body);
            assert_eq!(word(&refused(Aim::Read, "look", &reply)), read, "{status} {body}");
            assert_eq!(word(&refused(Aim::Write, "act", &reply)), write, "{status} {body}");
        }
    }

    #[test]
    fn silence_is_doubt_only_where_something_was_sent() {
        let unsent = SendError::NotSent { host: "h".into(), why: "refused".into() };
        let silent = SendError::NoAnswer { host: "h".into(), why: "reset".into() };
        assert_eq!(word(&unanswered(Aim::Write, "act", &unsent)), "transient");
        assert_eq!(word(&unanswered(Aim::Write, "act", &silent)), "in doubt");
        assert_eq!(word(&unanswered(Aim::Read, "look", &silent)), "transient");
    }

    #[test]
    fn the_wait_that_the_service_asks_for_travels_along() {
        let mut throttled = reply(429, "");
        throttled.headers.insert("retry-after", reqwest::header::HeaderValue::from_static("17"));
        let ActionError::Transient(failure) = refused(Aim::Write, "act", &throttled) else {
            panic!("429 passes");
        };
        assert_eq!((failure.retry_after_ms, failure.code.as_str()), (Some(17_000), "http_429"));
        assert!(failure.message.starts_with("failed to act: "), "{}", failure.message);
    }
}
