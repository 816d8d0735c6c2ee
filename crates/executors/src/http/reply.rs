//! A service's answer as it came. It must not judge it.

use super::retry_after::retry_after_ms;
use reqwest::header::HeaderMap;
use windlass_model::{Millis, Value};

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, within the limit of the client.
    pub body: Vec<u8>,
}

impl Reply {
    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether the status is one of success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON. A byte order mark, which some services send, is passed over.
    pub fn json(&self) -> Option<Value> {
        let body = self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body);
        serde_json::from_slice(body).ok()
    }

    /// Whether it is a web page: what services that want a person to sign in answer.
    pub fn is_page(&self) -> bool {
        let typed = self.header("content-type").is_some_and(|kind| kind.contains("html"));
        typed || self.body.trim_ascii_start().starts_with(b"<!DOCTYPE html") || {
            let start = self.body.trim_ascii_start();
            start.len() >= 5 && start[..5].eq_ignore_ascii_case(b"<html")
        }
    }

    /// The service's clock when it answered, as it wrote it.
    pub fn date(&self) -> Option<&str> {
        self.header("date")
    }

    /// How long the service asks one to wait.
    pub fn retry_after_ms(&self) -> Option<Millis> {
        retry_after_ms(self.header("retry-after"), self.date())
    }
}
